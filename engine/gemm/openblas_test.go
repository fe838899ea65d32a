//go:build cgo && !purego

package gemm

import "testing"

func TestOpenBLASRunsOneThread(t *testing.T) {
	i := Default().Info()
	if i.Name != "openblas" || i.Threads != 1 || i.Version == "" || i.Kernels == "" {
		t.Errorf("the default of a cgo build is %+v", i)
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
