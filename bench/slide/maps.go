package slide

import (
	"fmt"

	"github.com/unslide/unslide/naive"
)

// Maps shows how several input maps become output maps: there is a kernel for
// each pair, each slides over its own input map, and the intermediate maps are
// added, with the output map's bias. Kernel ci·outputs+co leads from input map
// ci to output map co.
func Maps(inputs, kernels []naive.Map, bias []float64, s naive.Slide) (Scene, error) {
	outputs := len(bias)
	if len(inputs) == 0 || outputs == 0 || len(kernels) != len(inputs)*outputs {
		return Scene{}, fmt.Errorf("slide: %d kernels from %d input maps to %d output maps: want one for each pair", len(kernels), len(inputs), outputs)
	}
	for i, m := range inputs {
		if m.Rows() != inputs[0].Rows() || m.Cols() != inputs[0].Cols() {
			return Scene{}, fmt.Errorf("slide: input map %d is %d×%d: want %d×%d, as the first", i, m.Rows(), m.Cols(), inputs[0].Rows(), inputs[0].Cols())
		}
	}
	for i, k := range kernels {
		if k.Rows() != kernels[0].Rows() || k.Cols() != kernels[0].Cols() {
			return Scene{}, fmt.Errorf("slide: kernel %d is %d×%d: want %d×%d, as the first", i, k.Rows(), k.Cols(), kernels[0].Rows(), kernels[0].Cols())
		}
	}
	s.KH, s.KW = kernels[0].Rows(), kernels[0].Cols()
	w, err := newWindow(inputs[0], s)
	if err != nil {
		return Scene{}, err
	}
	scene := Scene{Means: Meanings{Centre: "the kernel's centre", Result: "computed"}, Title: fmt.Sprintf("%d input maps become %d by %d kernels (%s, centre (%d,%d), stride %d)",
		len(inputs), outputs, len(kernels), kind(s), s.CenterRow, s.CenterCol, s.Stride)}
	y := naive.Conv{Slide: s, Maps: outputs, Activation: naive.None}.Forward(inputs, kernels, bias)
	for co := range outputs {
		var parts []Grid
		for ci, x := range inputs {
			kernel := kernels[ci*outputs+co]
			part := s.Convolve(x, kernel)
			laid, centre := w.laid(kernel)
			scene.Frames = append(scene.Frames, Frame{
				Caption: fmt.Sprintf("input map %d to output map %d: a kernel of their own", ci, co),
				Rows: [][]Grid{{
					{Title: fmt.Sprintf("input map %d", ci), Values: x},
					{Before: "*", Title: fmt.Sprintf("kernel %d→%d", ci, co), Values: laid, Marks: marks(Centre, centre)},
					{Before: "=", Title: "intermediate map", Values: part},
				}},
			})
			g := Grid{Title: fmt.Sprintf("from map %d", ci), Values: part}
			if ci > 0 {
				g.Before = "+"
			}
			parts = append(parts, g)
		}
		parts = append(parts,
			Grid{Before: "+", Title: "bias", Values: naive.Map{{bias[co]}}},
			Grid{Before: "=", Title: fmt.Sprintf("output map %d", co), Values: y[co], Marks: everywhere(Result, y[co])})
		scene.Frames = append(scene.Frames, Frame{
			Caption: fmt.Sprintf("output map %d is the sum of its intermediate maps and its bias", co),
			Rows:    [][]Grid{parts},
		})
	}
	return scene, nil
}

// everywhere marks all elements.
func everywhere(kind Mark, m naive.Map) map[naive.Position]Mark {
	all := map[naive.Position]Mark{}
	for i := range m {
		for j := range m[i] {
			all[naive.Position{Row: i, Col: j}] = kind
		}
	}
	return all
}

// Reshape shows how maps become the vector that a dense layer reads: pixel by
// pixel, and at each pixel one value of every map, as TensorFlow lays images
// out in memory, channel last.
func Reshape(maps []naive.Map) (Scene, error) {
	if len(maps) == 0 {
		return Scene{}, fmt.Errorf("slide: no maps: want at least one")
	}
	rows, cols, n := maps[0].Rows(), maps[0].Cols(), len(maps)
	for i, m := range maps {
		if m.Rows() != rows || m.Cols() != cols {
			return Scene{}, fmt.Errorf("slide: map %d is %d×%d: want %d×%d, as the first", i, m.Rows(), m.Cols(), rows, cols)
		}
	}
	if rows*cols*n > 4*maxSide {
		return Scene{}, fmt.Errorf("slide: vector of %d elements: want at most %d, few enough to look at", rows*cols*n, 4*maxSide)
	}
	vector := naive.Vector(maps)
	scene := Scene{Means: Meanings{Covered: "the pixel", Result: "its place in the vector"}, Title: fmt.Sprintf("%d maps of %d×%d become a vector of %d: pixel by pixel", n, rows, cols, len(vector))}
	shown := blank(1, len(vector))
	for h := range rows {
		for w := range cols {
			first := (h*cols + w) * n
			var grids []Grid
			var added []naive.Position
			for c, m := range maps {
				shown[0][first+c] = vector[first+c]
				added = append(added, naive.Position{Col: first + c})
				grids = append(grids, Grid{Title: fmt.Sprintf("map %d", c), Values: m, Marks: marks(Covered, naive.Position{Row: h, Col: w})})
			}
			scene.Frames = append(scene.Frames, Frame{
				Caption: fmt.Sprintf("pixel (%d,%d) of every map comes next: elements %d to %d", h, w, first, first+n-1),
				Rows:    [][]Grid{grids, {{Title: "vector", Values: copyOf(shown), Marks: marks(Result, added...), Small: true}}},
				Lines:   []string{fmt.Sprintf("element (row·%d + column)·%d + map", cols, n)},
			})
		}
	}
	var byMap naive.Map = [][]float64{nil}
	for _, m := range maps {
		byMap[0] = append(byMap[0], flat(m)...)
	}
	scene.Frames = append(scene.Frames, Frame{
		Caption: "map by map is another order: weights trained for one do not fit the other",
		Rows: [][]Grid{
			{{Title: "pixel by pixel, as images lie in memory", Values: naive.Map{vector}, Small: true}},
			{{Title: "map by map", Values: byMap, Small: true}},
		},
		Lines: []string{"The convolution leaves all maps' values of a pixel side by side, so that this reshape moves nothing."},
	})
	return scene, nil
}
