package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"github.com/klauspost/cpuid/v2"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/kernel"
	"github.com/unslide/unslide/engine/nn"
)

type infoCmd struct {
	Layer string `placeholder:"LAYER" help:"Explain how this convolution is computed: LIST/NAME of a list that bench measures, or sizes: h, w (h), c, k, oc, s, d, g, n (1 each), pad (same)."`
	Tune  bool   `help:"Measure the layer by each algorithm on this machine, now."`
}

func (infoCmd) Help() string {
	return `Shows the processor, the BLAS, the engine's own kernels, and which of them
computes each operation of the article's network.

Examples:

  unslide info
  unslide info --layer resnet50/conv2_3x3
  unslide info --layer h=56,c=64,k=3,oc=128,s=2,n=8 --tune
  OPENBLAS_CORETYPE=Haswell unslide info`
}

func (i infoCmd) Validate() error {
	if i.Layer == "" && i.Tune {
		return errors.New("--tune: want --layer too: what to measure")
	}
	if i.Layer == "" {
		return nil
	}
	_, err := i.layer()
	return err
}

func (i infoCmd) Run(c console) error {
	if i.Layer != "" {
		l, err := i.layer()
		if err != nil {
			return err
		}
		return i.printLayer(c.out, l)
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	printCPU(w)
	fmt.Fprintf(w, "workers\t%d (GOMAXPROCS)\n", runtime.GOMAXPROCS(0))
	fmt.Fprintf(w, "own kernels\t%v; this build has %v\n", kernel.Best(), kernel.Available())
	for n, b := range gemm.Backends() {
		printBLAS(w, b.Info(), n == 0)
	}
	model, err := nn.New[float32](nn.Article())
	if err != nil {
		return err
	}
	for n, plan := range model.Plans() {
		name := ""
		if n == 0 {
			name = "article's network"
		}
		fmt.Fprintf(w, "%s\t%s\n", name, plan)
	}
	return w.Flush()
}

func printBLAS(w io.Writer, i gemm.Info, isDefault bool) {
	use := "also in this build"
	if isDefault {
		use = "the default"
	}
	fmt.Fprintf(w, "BLAS\t%v, %s\n", i, use)
	if i.Config != "" {
		fmt.Fprintf(w, "\t%s\n", i.Config)
	}
	if i.Callers > 0 {
		fmt.Fprintf(w, "\tone thread a call, at most %d calls at a time\n", i.Callers)
	}
	if i.Note != "" {
		fmt.Fprintf(w, "warning\t%s\n", i.Note)
	}
}

func printCPU(w io.Writer) {
	cpu := cpuid.CPU
	name := cpu.BrandName
	if name == "" {
		name = runtime.GOARCH
	}
	fmt.Fprintf(w, "CPU\t%s: %d cores, %d threads\n", name, cpu.PhysicalCores, cpu.LogicalCores)
	fmt.Fprintf(w, "caches\tL1 %s data, L2 %s, L3 %s\n", size(cpu.Cache.L1D), size(cpu.Cache.L2), size(cpu.Cache.L3))
	fmt.Fprintf(w, "features\t%s\n", features())
}

// features lists what the kernels here and in OpenBLAS ask for.
func features() string {
	var s string
	for _, f := range []cpuid.FeatureID{
		cpuid.SSE2, cpuid.AVX, cpuid.FMA3, cpuid.AVX2,
		cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL, cpuid.AVX512VNNI, cpuid.AVX512BF16, cpuid.AMXTILE,
		cpuid.ASIMD, cpuid.SVE,
	} {
		if cpuid.CPU.Supports(f) {
			s += " " + f.String()
		}
	}
	if s == "" {
		return "none that matter"
	}
	return s[1:]
}

// size prints a cache's bytes.
func size(n int) string {
	switch {
	case n <= 0:
		return "unknown"
	case n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	}
	return fmt.Sprintf("%d KiB", n>>10)
}
