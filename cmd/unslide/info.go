package main

import (
	"errors"
	"fmt"
	"runtime"

	"github.com/klauspost/cpuid/v2"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/gemm/openblas"
	"github.com/unslide/unslide/engine/nn"
)

type infoCmd struct {
	Layer   string `placeholder:"LAYER" help:"Explain how this convolution is computed: LIST/NAME of a list that bench measures, or sizes: h, w (h), c, k, oc, s, d, g, n (1 each), pad (same)."`
	Network string `placeholder:"NETWORK" help:"Show this network's layers, sizes, memory and what computes them: article, experiment, strong or a JSON file."`
	Batch   int    `default:"1" placeholder:"N" help:"Images at a time, with --network (1)."`
	Tune    bool   `help:"Measure the layer by each algorithm on this machine, now."`
}

func (infoCmd) Help() string {
	return `Shows the processor, the BLAS, the engine's own kernels, and which of them
computes each operation of the article's network; or a layer, or a network.

Examples:

  unslide info
  unslide info --layer resnet50/conv2_3x3
  unslide info --layer h=56,c=64,k=3,oc=128,s=2,n=8 --tune
  unslide info --network strong --batch 128
  OPENBLAS_CORETYPE=Haswell unslide info`
}

func (i infoCmd) Validate() error {
	if i.Layer == "" && i.Tune {
		return errors.New("--tune: want --layer too: what to measure")
	}
	switch {
	case i.Layer != "" && i.Network != "":
		return errors.New("--layer and --network: want one of them")
	case i.Batch < 1 || i.Batch > 1<<16:
		return fmt.Errorf("--batch: %d: want 1 to %d", i.Batch, 1<<16)
	case i.Batch != 1 && i.Network == "":
		return errors.New("--batch: want --network too")
	case i.Network != "":
		_, err := namedNetwork("--network", i.Network)
		return err
	case i.Layer == "":
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
	if i.Network != "" {
		return i.printNetwork(c)
	}
	var f facts
	f.addCPU()
	f.add("workers", "%d (GOMAXPROCS)", runtime.GOMAXPROCS(0))
	f.add("own kernels", "%v; this build has %v", engine.BestISA(), engine.ISAs())
	for n, b := range gemm.Backends() {
		f.addBLAS(b.Info(), n == 0)
	}
	if _, err := openblas.Backend(); err != nil {
		f.add("no OpenBLAS", "%v", err)
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
		f.add(name, "%s", plan)
	}
	return f.write(c.out)
}

func (f *facts) addBLAS(i gemm.Info, isDefault bool) {
	use := "also in this build"
	if isDefault {
		use = "the default"
	}
	f.add("BLAS", "%v, %s", i, use)
	if i.Config != "" {
		f.add("", "%s", i.Config)
	}
	if i.Callers > 0 {
		f.add("", "one thread a call, at most %d calls at a time", i.Callers)
	}
	if i.Note != "" {
		f.add("warning", "%s", i.Note)
	}
}

func (f *facts) addCPU() {
	cpu := cpuid.CPU
	name := cpu.BrandName
	if name == "" {
		name = runtime.GOARCH
	}
	f.add("CPU", "%s: %d cores, %d threads", name, cpu.PhysicalCores, cpu.LogicalCores)
	f.add("caches", "L1 %s data, L2 %s, L3 %s", size(cpu.Cache.L1D), size(cpu.Cache.L2), size(cpu.Cache.L3))
	f.add("features", "%s", features())
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
