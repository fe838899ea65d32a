//go:build cgo && !purego && !windows

package openblas

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/unslide/unslide/engine/gemm"
)

func TestImportRegisters(t *testing.T) {
	b, err := Backend()
	if err != nil || gemm.Default() != b {
		t.Errorf("Backend() = %v, %v; the default is %v", b, err, gemm.Default())
	}
	if i := b.Info(); i.Name != "openblas" || i.Version == "" || i.Kernels == "" || i.Callers == 0 {
		t.Errorf("it is %+v", i)
	}
}

// The number of threads is the process's, so a process of its own: nothing but
// a product changes it.
func TestFirstProductSetsOneThread(t *testing.T) {
	const child = "UNSLIDE_TEST_THREADS"
	if os.Getenv(child) != "" {
		before := backend.Info().Threads
		c := []float64{0}
		backend.Dgemm(blas.NoTrans, blas.NoTrans, 1, 1, 1, 1, []float64{2}, 1, []float64{3}, 1, 0, c, 1)
		fmt.Printf("threads: %d %d, product %v\n", before, backend.Info().Threads, c[0])
		return
	}
	if o := newOpenBLAS(); o.openMP || cap(o.callers) == 1 {
		t.Skip("this OpenBLAS has no threads of its own")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestFirstProductSetsOneThread$")
	cmd.Env = append(os.Environ(), child+"=1", "OPENBLAS_NUM_THREADS=2")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "threads: 2 1, product 6\n") {
		t.Errorf("want 2 threads before the first product and 1 after: %v\n%s", err, out)
	}
}

func TestMaxCallers(t *testing.T) {
	for _, c := range []struct {
		config string
		serial bool
		want   int
	}{
		{"OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Cooperlake MAX_THREADS=64", false, 120},
		{"OpenBLAS 0.3.26 DYNAMIC_ARCH NO_AFFINITY USE_OPENMP Zen MAX_THREADS=8", false, 42},
		{"OpenBLAS 0.3.30 Haswell", false, 42},
		{"OpenBLAS 0.3.21 DYNAMIC_ARCH NO_AFFINITY Zen SINGLE_THREADED", true, 1},
		{"OpenBLAS 0.3.29 DYNAMIC_ARCH NO_AFFINITY USE_LOCKING Zen SINGLE_THREADED", true, 42},
	} {
		if got := maxCallers(c.config, c.serial); got != c.want {
			t.Errorf("maxCallers(%q, %v) = %d, want %d", c.config, c.serial, got, c.want)
		}
	}
}
