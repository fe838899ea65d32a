package im2col

import (
	"math/rand/v2"
	"testing"
)

// drawAxis returns an axis of any small sizes, with padding of either sign.
func drawAxis(r *rand.Rand) Axis {
	return Axis{
		Size: 1 + r.IntN(12), Kernel: 1 + r.IntN(6), Stride: 1 + r.IntN(6), Dilation: 1 + r.IntN(6),
		Pad: r.IntN(20) - 8, Outputs: 1 + r.IntN(10),
	}
}

// meets is the definition: output o's kernel element u lies on this input.
func (a Axis) meets(o, u int) (input int, inside bool) {
	input = o*a.Stride - a.Pad + u*a.Dilation
	return input, input >= 0 && input < a.Size
}

func TestAxisIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a := drawAxis(r)
		inside, firstOutside := 0, -1
		for o := range a.Outputs {
			lo, hi := a.Elements(o)
			met := 0
			for u := range a.Kernel {
				_, in := a.meets(o, u)
				if in {
					met++
				}
				if in != (u >= lo && u < hi) {
					t.Fatalf("%+v: output %d meets elements [%d,%d), but element %d: %t", a, o, lo, hi, u, in)
				}
				if first, end := a.OutputsAt(u * a.Dilation); in != (o >= first && o < end) {
					t.Fatalf("%+v: element %d lies on inputs for outputs [%d,%d), but output %d: %t", a, u, first, end, o, in)
				}
			}
			if met == 0 && firstOutside < 0 {
				firstOutside = o
			}
			inside += met
		}
		if got := a.FirstOutside(); got != firstOutside {
			t.Fatalf("%+v: first output outside %d, want %d", a, got, firstOutside)
		}
		if got, want := a.Inside(), float64(inside)/float64(a.Kernel*a.Outputs); got != want {
			t.Fatalf("%+v: share inside %v, want %v", a, got, want)
		}
		last, _ := a.meets(a.Outputs-1, a.Kernel-1)
		if got := a.PadEnd(); got != last-a.Size+1 {
			t.Fatalf("%+v: %d zeros behind, want %d", a, got, last-a.Size+1)
		}
	}
}

func TestAxisWithinIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		a := drawAxis(r)
		lo := r.IntN(a.Size)
		hi := lo + 1 + r.IntN(a.Size-lo)
		b := a.Within(lo, hi)
		for o := range a.Outputs {
			for u := range a.Kernel {
				input, _ := a.meets(o, u)
				if got, in := b.meets(o, u); got != input-lo || in != (input >= lo && input < hi) {
					t.Fatalf("%+v within [%d,%d): output %d, element %d: input %d, inside %t", a, lo, hi, o, u, got, in)
				}
			}
		}
	}
}

// Classes are runs of outputs that meet the same elements.
func TestClassesAreTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		a := drawAxis(r)
		classes, at := a.Classes()
		if at[0] != 0 || at[len(classes)] != a.Outputs {
			t.Fatalf("%+v: classes begin at %v", a, at)
		}
		for i, e := range classes {
			for o := at[i]; o < at[i+1]; o++ {
				lo, hi := a.Elements(o)
				if e.Size() != hi-lo || lo < hi && e != (Extent{lo, hi}) {
					t.Fatalf("%+v: output %d is of class %v, but meets [%d,%d)", a, o, e, lo, hi)
				}
			}
		}
	}
}

// Every product of an output and a kernel element on an input is in exactly one
// phase.
func TestPhasesAreTheDefinition(t *testing.T) {
	type product struct{ o, u int }
	r := rand.New(rand.NewPCG(7, 8))
	for range 20000 {
		a := drawAxis(r)
		want := map[int]map[product]bool{} // by input
		for o := range a.Outputs {
			for u := range a.Kernel {
				if input, in := a.meets(o, u); in {
					if want[input] == nil {
						want[input] = map[product]bool{}
					}
					want[input][product{o, u}] = true
				}
			}
		}
		for _, p := range a.Phases() {
			if p.Step != a.Period() {
				t.Fatalf("%+v: step %d, period %d", a, p.Step, a.Period())
			}
			for i := range p.Size {
				input := p.First + i*a.Stride
				element, output, n := p.Meeting(i, a.Outputs)
				for j := range n {
					q := product{output - j*p.Dilation, element + j*p.Step}
					if !want[input][q] {
						t.Fatalf("%+v: input %d meets %+v in %+v, which it does not", a, input, q, p)
					}
					delete(want[input], q)
				}
				// The convolution of the outputs' gradient reads the same.
				for j := range p.Kernel {
					o := i + (p.Kernel-1-j)*p.Dilation - p.Pad
					in := o >= 0 && o < a.Outputs
					if got, _ := a.meets(o, p.Element+j*p.Step); in && got != input {
						t.Fatalf("%+v: element %d of %+v reads output %d, of input %d instead of %d", a, j, p, o, got, input)
					}
				}
			}
		}
		for input, products := range want {
			if len(products) > 0 {
				t.Fatalf("%+v: no phase has %v of input %d", a, products, input)
			}
		}
	}
}

// Inputs beside each other, taken for one, meet the same outputs.
func TestFoldedAxisIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	folds := 0
	for range 50000 {
		a := drawAxis(r)
		if !a.Folds() {
			continue
		}
		folds++
		f := a.Folded()
		for o := range a.Outputs {
			whole, in := f.meets(o, 0)
			for u := range a.Kernel {
				if input, inside := a.meets(o, u); inside != in || inside && input != whole*a.Kernel+u {
					t.Fatalf("%+v folds to %+v: output %d, element %d lies on input %d, want element %d of %d", a, f, o, u, input, u, whole)
				}
			}
		}
	}
	if folds < 100 {
		t.Errorf("%d axes fold: want more", folds)
	}
}
