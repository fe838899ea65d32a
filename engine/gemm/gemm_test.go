package gemm_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/klauspost/cpuid/v2"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/unslide/unslide/engine/gemm"
	_ "github.com/unslide/unslide/engine/gemm/openblas"
)

func TestByName(t *testing.T) {
	seen := map[string]bool{}
	for _, want := range gemm.Backends() {
		name := want.Info().Name
		if seen[name] {
			t.Errorf("two backends are called %q", name)
		}
		seen[name] = true
		if got, err := gemm.ByName(name); err != nil || got != want {
			t.Errorf("ByName(%q) = %v, %v", name, got, err)
		}
		if got := gemm.NameOf(want); got != name {
			t.Errorf("NameOf the backend called %q is %q", name, got)
		}
	}
	if !seen["gonum"] {
		t.Error("gonum's Go code is missing")
	}
	if gemm.Default() != gemm.Backends()[0] {
		t.Error("the default is not the first backend")
	}
	if _, err := gemm.ByName("mkl"); err == nil || !strings.Contains(err.Error(), `"mkl": want `) {
		t.Errorf("an unknown name gives %v", err)
	}
	if got := gemm.NameOf(gonum.Implementation{}); got != "gonum.Implementation" {
		t.Errorf("a foreign BLAS is called %q", got)
	}
}

// OpenBLAS takes its kernels by the environment when it is loaded, so each
// kind runs the suite in a process of its own.
func TestOpenBLASCoreTypes(t *testing.T) {
	if _, err := gemm.ByName("openblas"); err != nil {
		t.Skip("not in this build")
	}
	if testing.Short() || raceEnabled {
		t.Skip("starts a process for each core type, a second each")
	}
	ran := 0
	for _, kind := range []struct {
		core  string
		needs cpuid.FeatureID // OpenBLAS takes the environment's word for it
	}{
		{"Prescott", cpuid.SSE3},
		{"Nehalem", cpuid.SSE42},
		{"Sandybridge", cpuid.AVX},
		{"Haswell", cpuid.AVX2},
		{"Zen", cpuid.AVX2},
		{"SkylakeX", cpuid.AVX512DQ},
		{"Cooperlake", cpuid.AVX512BF16},
		{"SapphireRapids", cpuid.AVX512BF16},
	} {
		core := kind.core
		t.Run(core, func(t *testing.T) {
			if !cpuid.CPU.Supports(kind.needs) {
				t.Skipf("this CPU lacks %v", kind.needs)
			}
			cmd := exec.Command(os.Args[0], "-test.run=^(TestReportCore|TestBackends)$/^(openblas)?$", "-test.v")
			cmd.Env = append(os.Environ(), "OPENBLAS_CORETYPE="+core)
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			_, report, _ := strings.Cut(string(out), reportMark)
			runs, note, _ := strings.Cut(strings.SplitN(report, "\n", 2)[0], "; ")
			if runs != core {
				t.Skipf("this OpenBLAS runs %s here", runs)
			}
			if !strings.Contains(string(out), "--- PASS: TestBackends/openblas") {
				t.Fatalf("the suite did not run:\n%s", out)
			}
			t.Log(core, note)
			if held := strings.Contains(note, "OPENBLAS_CORETYPE="+core); core == "Prescott" && !held {
				t.Errorf("the note on SSE kernels does not name the environment: %q", note)
			}
			ran++
		})
	}
	t.Logf("%d core types ran", ran)
	if ran == 0 {
		t.Skip("this OpenBLAS has kernels of one kind only")
	}
}

const reportMark = "core type: "

func TestReportCore(t *testing.T) {
	for _, b := range gemm.Backends() {
		if i := b.Info(); i.Name == "openblas" {
			fmt.Printf("%s%s; %s\n", reportMark, i.Kernels, i.Note)
		}
	}
}

func ExampleByName() {
	b, err := gemm.ByName("gonum")
	if err != nil {
		panic(err)
	}
	// [1 2; 3 4]·[1; 10]
	c := make([]float32, 2)
	b.Sgemm(blas.NoTrans, blas.NoTrans, 2, 1, 2, 1, []float32{1, 2, 3, 4}, 2, []float32{1, 10}, 1, 0, c, 1)
	fmt.Println(c)
	// Output: [21 43]
}
