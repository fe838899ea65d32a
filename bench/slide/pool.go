package slide

import (
	"fmt"

	"github.com/unslide/unslide/naive"
)

// Pool shows max-pooling: the largest element under each window, the map of
// where each came from, and how gradients go back there.
func Pool(input naive.Map, s naive.Slide) (Scene, error) {
	w, err := newWindow(input, s)
	if err != nil {
		return Scene{}, err
	}
	pool := naive.MaxPool{Slide: s, Add: true}
	maps, argmax := pool.Forward([]naive.Map{input})
	y, from := maps[0], argmax[0]
	scene := Scene{Means: Meanings{Covered: "under the window", Result: "chosen"}, Title: fmt.Sprintf("max-pooling of %d×%d with a %d×%d window, stride %d", input.Rows(), input.Cols(), s.KH, s.KW, s.Stride)}
	output, dOutput := blank(y.Rows(), y.Cols()), naive.NewMap(y.Rows(), y.Cols())
	words := make([][]string, y.Rows())
	for i := range words {
		words[i] = make([]string, y.Cols())
	}
	for oh := range y {
		for ow := range y[oh] {
			p := from[oh][ow]
			output[oh][ow] = y[oh][ow]
			words[oh][ow] = fmt.Sprintf("%d,%d", p.Row, p.Col)
			dOutput[oh][ow] = float64(oh*y.Cols() + ow + 1)
			covered := w.covered(oh, ow)
			for at := range covered {
				covered[at] &^= Centre
			}
			covered[p] |= Result
			at := marks(Result, naive.Position{Row: oh, Col: ow})
			scene.Frames = append(scene.Frames, Frame{
				Caption: fmt.Sprintf("window (%d,%d): the largest element is %s at (%d,%d)", oh, ow, number(y[oh][ow]), p.Row, p.Col),
				Rows: [][]Grid{{
					{Title: "input", Values: input, Margin: w.margin(), Marks: covered},
					{Before: "→", Title: "output", Values: copyOf(output), Marks: at},
					{Title: "argmax: row,column", Values: copyOf(output), Words: copyOfWords(words), Marks: at},
				}},
			})
		}
	}
	dInput := naive.NewMap(input.Rows(), input.Cols())
	for oh := range y {
		for ow := range y[oh] {
			p := from[oh][ow]
			dInput[p.Row][p.Col] += dOutput[oh][ow]
			at := marks(Result, naive.Position{Row: oh, Col: ow})
			scene.Frames = append(scene.Frames, Frame{
				Caption: fmt.Sprintf("back: the gradient of output (%d,%d) goes to (%d,%d) alone", oh, ow, p.Row, p.Col),
				Rows: [][]Grid{{
					{Title: "dE/dy", Values: dOutput, Marks: at},
					{Before: "→", Title: "argmax: row,column", Values: y, Words: words, Marks: at},
					{Before: "→", Title: "dE/dx", Values: copyOf(dInput), Marks: marks(Result, p)},
				}},
			})
		}
	}
	return scene, nil
}

func copyOfWords(w [][]string) [][]string {
	c := make([][]string, len(w))
	for i := range w {
		c[i] = append([]string(nil), w[i]...)
	}
	return c
}
