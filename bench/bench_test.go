package bench_test

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/unslide/unslide/bench/measure"
	"github.com/unslide/unslide/bench/shapes"
)

func TestMain(m *testing.M) {
	// Benchmarks say where they ran, as their first line does for the CPU.
	if slicesHas(os.Args, "-test.bench") {
		machine := measure.ThisMachine()
		fmt.Printf("blas: %s\nkernels: %s\n", strings.Join(machine.BLAS, ", "), machine.ISA)
		for _, note := range machine.Notes {
			fmt.Printf("warning: %s\n", note)
		}
	}
	os.Exit(m.Run())
}

func slicesHas(args []string, flag string) bool {
	for _, a := range args {
		if strings.HasPrefix(a, flag) && !strings.HasSuffix(a, "=") {
			return true
		}
	}
	return false
}

// BenchmarkConv times each pass of each layer: the sliding reference, lowering
// with each BLAS, each algorithm of own kernels, what Auto chooses with the filter
// packed in the call and beforehand, and a bare matrix product of the same M, N
// and K.
func BenchmarkConv(b *testing.B) {
	for _, name := range shapes.ListNames() {
		list, err := shapes.Layers(name)
		if err != nil {
			b.Fatal(err)
		}
		for _, l := range list.Layers {
			for _, p := range measure.Passes() {
				b.Run(fmt.Sprintf("layer=%s-%s/pass=%s", name, l.Name, p), func(b *testing.B) { benchmarkLayer(b, l, p) })
			}
		}
	}
}

func benchmarkLayer(b *testing.B, l shapes.Layer, p measure.Pass) {
	b.Run("algo=naive", func(b *testing.B) {
		f, pairs, seconds := measure.NaivePair(l, p)
		if seconds > naiveLimit {
			b.Skipf("the sliding reference would take about %.1f s on one pair of maps", seconds)
		}
		benchmarkForm(b, f, l.FLOP()/float64(pairs))
	})
	forms, err := measure.LayerForms(l, p, runtime.GOMAXPROCS(0))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range forms {
		name := f.Name
		if f.Program == measure.Sgemm {
			name = measure.Sgemm
		}
		b.Run("algo="+name, func(b *testing.B) { benchmarkForm(b, f, l.FLOP()) })
	}
}

// naiveLimit bounds what the sliding reference takes on one pair of maps, the
// part of a layer that is timed: that is for layers of 150×150 and less.
const naiveLimit = 1.0 // seconds

func benchmarkForm(b *testing.B, f measure.Form, flop float64) {
	f.Call()
	b.ReportAllocs()
	for b.Loop() {
		f.Call()
	}
	b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}

// BenchmarkStep times a training step of the article's network.
func BenchmarkStep(b *testing.B) {
	for _, batch := range []int{1, 128} {
		b.Run(fmt.Sprintf("batch=%d", batch), func(b *testing.B) {
			forms, err := measure.StepForms(batch, runtime.GOMAXPROCS(0))
			if err != nil {
				b.Fatal(err)
			}
			if batch == 1 {
				f, err := measure.NaiveStep()
				if err != nil {
					b.Fatal(err)
				}
				forms = append(forms, f)
			}
			for _, f := range forms {
				b.Run("algo="+f.Name, func(b *testing.B) { benchmarkForm(b, f, float64(batch)*measure.ArticleFLOP()) })
			}
		})
	}
}

// BenchmarkPeak times a large square product by each BLAS: what a machine can
// do at most, more or less.
func BenchmarkPeak(b *testing.B) {
	forms, flop := measure.PeakForms(runtime.GOMAXPROCS(0))
	for _, f := range forms {
		b.Run("algo=sgemm-"+f.Name, func(b *testing.B) { benchmarkForm(b, f, flop) })
	}
}
