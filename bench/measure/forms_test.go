package measure

import (
	"testing"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine/gemm"
)

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
	forms, err := StepForms(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	f, err := NaiveStep()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range append(forms, f) {
		f.Call()
	}
}
