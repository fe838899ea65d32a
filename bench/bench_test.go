package bench

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine/gemm"
)

func TestMain(m *testing.M) {
	// Benchmarks say where they ran, as their first line does for the CPU.
	if slicesHas(os.Args, "-test.bench") {
		machine := ThisMachine()
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
			for _, p := range Passes() {
				b.Run(fmt.Sprintf("layer=%s-%s/pass=%s", name, l.Name, p), func(b *testing.B) { benchmarkLayer(b, l, p) })
			}
		}
	}
}

func benchmarkLayer(b *testing.B, l shapes.Layer, p Pass) {
	b.Run("algo=naive", func(b *testing.B) {
		if s := naiveSeconds(l, p); s > naiveLimit {
			b.Skipf("the sliding reference would take about %.1f s on one pair of maps", s)
		}
		benchmarkForm(b, Form{Naive, Naive, naivePair(l, p)}, l.FLOP()/float64(naivePairs(l)))
	})
	workers := runtime.GOMAXPROCS(0)
	forms, err := engineForms(l, p, workers, newLayerData(l))
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range append(forms, sgemmForm(l, p, workers)) {
		name := f.Name
		if f.Program == Sgemm {
			name = Sgemm
		}
		b.Run("algo="+name, func(b *testing.B) { benchmarkForm(b, f, l.FLOP()) })
	}
}

// naiveLimit bounds what the sliding reference takes on one pair of maps, the
// part of a layer that is timed: that is for layers of 150×150 and less.
const naiveLimit = 1.0 // seconds

func benchmarkForm(b *testing.B, f Form, flop float64) {
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
			forms, err := stepForms(batch, runtime.GOMAXPROCS(0))
			if err != nil {
				b.Fatal(err)
			}
			if batch == 1 {
				f, err := naiveStepForm()
				if err != nil {
					b.Fatal(err)
				}
				forms = append(forms, f)
			}
			for _, f := range forms {
				b.Run("algo="+f.Name, func(b *testing.B) { benchmarkForm(b, f, float64(batch)*articleFLOP()) })
			}
		})
	}
}

// BenchmarkPeak times a large square product by each BLAS: what a machine can
// do at most, more or less.
func BenchmarkPeak(b *testing.B) {
	forms, flop := peakForms(runtime.GOMAXPROCS(0))
	for _, f := range forms {
		b.Run("algo=sgemm-"+f.Name, func(b *testing.B) { benchmarkForm(b, f, flop) })
	}
}

// Every form computes what it says: no error, no panic, the engine's and the
// product's results no longer what they were.
func TestForms(t *testing.T) {
	list, err := shapes.Layers("article")
	if err != nil {
		t.Fatal(err)
	}
	l := list.Layers[1]
	l.Batch = 2
	for _, p := range Passes() {
		d := newLayerData(l)
		forms, err := engineForms(l, p, 2, d)
		if err != nil {
			t.Fatal(err)
		}
		if want := 1 + len(gemm.Backends()); len(forms) < want {
			t.Errorf("%s: %d forms: want at least %d", p, len(forms), want)
		}
		out := map[Pass][]float32{Forward: d.dst, BackwardData: d.dSrc, BackwardFilter: d.dFilter}[p]
		var first []float32
		for _, f := range forms {
			if p != Forward { // whose output is the gradients' input
				clear(out)
			}
			f.Call()
			if first == nil {
				first = append(first, out...)
			}
			for i := range out {
				if diff := out[i] - first[i]; !(diff*diff <= 1e-6) {
					t.Fatalf("%s by %s: element %d is %v, by %s %v", p, f.Name, i, out[i], forms[0].Name, first[i])
				}
			}
		}
		q := newProduct(l, p)
		if q.FLOP() != l.FLOP() {
			t.Errorf("%s: a product of %g operations: want the pass's %g", p, q.FLOP(), l.FLOP())
		}
		q.run(measuredBLAS(), 2)
		for _, v := range q.c {
			if v != float32(q.k)/4 {
				t.Fatalf("%s: the bare product has %v: want %v", p, v, float32(q.k)/4)
			}
		}
		naiveForm(l, p).Call()
	}
}

func TestStepForms(t *testing.T) {
	forms, err := stepForms(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := naiveStepForm()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(forms, f) {
		f.Call()
	}
}
