package slide

import (
	"fmt"

	"github.com/unslide/unslide/naive"
)

// Gradient shows how a convolution's gradients slide back: each output's
// gradient goes to the input elements that its kernel covered, times the
// kernel, and to the kernel's elements, times the input.
//
//	dE/dx[p] += dE/dy[o] · w[k]    dE/dw[k] += dE/dy[o] · x[p]
//
// for every kernel element k that lay on input element p at output o. dOutput
// is the gradient to the outputs; nil stands for 1, 2, 3, ….
func Gradient(input, kernel, dOutput naive.Map, s naive.Slide) (Scene, error) {
	s.KH, s.KW = kernel.Rows(), kernel.Cols()
	w, err := newWindow(input, s)
	if err != nil {
		return Scene{}, err
	}
	if dOutput == nil {
		dOutput = naive.NewMap(w.g.OH, w.g.OW)
		for i := range w.g.OH * w.g.OW {
			dOutput[i/w.g.OW][i%w.g.OW] = float64(i + 1)
		}
	}
	if dOutput.Rows() != w.g.OH || dOutput.Cols() != w.g.OW {
		return Scene{}, fmt.Errorf("slide: gradient of %d×%d: want %d×%d, the output's size", dOutput.Rows(), dOutput.Cols(), w.g.OH, w.g.OW)
	}
	laid, _ := w.laid(kernel)
	dInput, dKernel := naive.NewMap(input.Rows(), input.Cols()), naive.NewMap(s.KH, s.KW)
	scene := Scene{Means: Meanings{"covered by the kernel", "its centre", "handed back"}, Title: fmt.Sprintf("gradients of a %s with a %d×%d kernel, centre (%d,%d), stride %d",
		kind(s), s.KH, s.KW, s.CenterRow, s.CenterCol, s.Stride)}
	for oh := range w.g.OH {
		for ow := range w.g.OW {
			d := dOutput[oh][ow]
			var touched []naive.Position
			for kh := range s.KH {
				for kw := range s.KW {
					if p, inside := w.under(oh, ow, kh, kw); inside {
						dInput[p.Row][p.Col] += d * kernel[kh][kw]
						dKernel[kh][kw] += d * input[p.Row][p.Col]
						touched = append(touched, naive.Position{Row: kh, Col: kw})
					}
				}
			}
			at := marks(Result, naive.Position{Row: oh, Col: ow})
			scene.Frames = append(scene.Frames, Frame{
				Caption: fmt.Sprintf("output (%d,%d) hands its gradient %s back to what its kernel covered", oh, ow, number(d)),
				Rows: [][]Grid{
					{
						{Title: "dE/dy", Values: dOutput, Marks: at},
						{Before: "·", Title: "kernel as it lay", Values: laid},
						{Before: "→", Title: "dE/dx", Values: copyOf(dInput), Margin: w.margin(), Marks: w.covered(oh, ow)},
					},
					{
						{Title: "dE/dy", Values: dOutput, Marks: at},
						{Before: "·", Title: "input", Values: input, Margin: w.margin(), Marks: w.covered(oh, ow)},
						{Before: "→", Title: "dE/dw", Values: copyOf(dKernel), Marks: marks(Covered, touched...)},
					},
				},
				Lines: []string{fmt.Sprintf("at each covered element: dE/dx += %s·w and dE/dw += %s·x", factor(d), factor(d))},
			})
		}
	}
	equal := "Sliding the other way round, asking for each element which outputs it fed, gives the same."
	if !same(dInput, s.InputGradient(dOutput, kernel, input.Rows(), input.Cols())) || !same(dKernel, s.KernelGradient(input, dOutput)) {
		equal = "Sliding the other way round, asking for each element which outputs it fed, differs by rounding."
	}
	scene.Frames = append(scene.Frames, Frame{
		Caption: "the gradients, summed over all outputs",
		Rows:    [][]Grid{{{Title: "dE/dx", Values: dInput}, {Title: "dE/dw", Values: dKernel}}},
		Lines:   []string{equal},
	})
	return scene, nil
}

// same reports whether two matrices are equal.
func same(a, b naive.Map) bool {
	for i := range a {
		for j := range a[i] {
			if a[i][j] != b[i][j] {
				return false
			}
		}
	}
	return true
}
