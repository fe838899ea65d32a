package naive

import (
	"slices"
	"testing"
)

// tolerance is relative. The sums have the article's order, so that only the
// exponential function and fused multiplication may differ.
const tolerance = 1e-12

func TestConvArticle(t *testing.T) {
	type golden struct {
		KH, KW, Stride int
		Center         [2]int
		Convolution    bool
		OutMaps        int        `json:"out_maps"`
		Activation     Activation `json:"activation"`
		Rate           float64    `json:"learning_rate"`
		X              []Map
		Kernels        []Map
		Bias           []float64
		Y              []Map
		DY             []Map     `json:"dEdy"`
		DX             []Map     `json:"dEdx"`
		KernelsAfter   []Map     `json:"kernels_after"`
		BiasAfter      []float64 `json:"bias_after"`
	}
	for i, c := range readLines[golden](t, "article_conv.jsonl", 120) {
		l := Conv{Slide{c.KH, c.KW, c.Stride, c.Center[0], c.Center[1], c.Convolution}, c.OutMaps, c.Activation}
		if err := l.Slide.Validate(); err != nil {
			t.Errorf("case %d: %v", i, err)
		}
		y := l.Forward(c.X, c.Kernels, c.Bias)
		dx, dKernels, dBias := l.Backward(c.X, c.Kernels, y, c.DY)
		SGDMaps(c.Kernels, dKernels, c.Rate)
		SGD(c.Bias, dBias, c.Rate)
		for _, v := range []struct {
			what string
			diff float64
		}{
			{"y", diffMaps(y, c.Y)},
			{"dx", diffMaps(dx, c.DX)},
			{"kernels", diffMaps(c.Kernels, c.KernelsAfter)},
			{"bias", diff(c.Bias, c.BiasAfter)},
		} {
			if !(v.diff <= tolerance) {
				t.Errorf("case %d, %+v: %s differs by %g", i, l, v.what, v.diff)
			}
		}
	}
}

func TestMaxPoolArticle(t *testing.T) {
	type golden struct {
		KH, KW, Stride int
		Center         [2]int
		Convolution    bool
		X, Y           []Map
		Argmax         [][][][2]int
		DY             []Map `json:"dEdy"`
		DX             []Map `json:"dEdx"`
	}
	overlaps := 0
	for i, c := range readLines[golden](t, "article_maxpool.jsonl", 60) {
		l := MaxPool{Slide: Slide{c.KH, c.KW, c.Stride, c.Center[0], c.Center[1], c.Convolution}}
		y, argmax := l.Forward(c.X)
		if d := diffMaps(y, c.Y); !(d == 0) {
			t.Errorf("case %d, %+v: y differs by %g", i, l, d)
			continue
		}
		for m := range argmax {
			for oh := range argmax[m] {
				for ow, p := range argmax[m][oh] {
					if want := c.Argmax[m][oh][ow]; p != (Position{want[0], want[1]}) {
						t.Errorf("case %d, %+v: argmax[%d][%d][%d] is %v, want %v", i, l, m, oh, ow, p, want)
					}
				}
			}
		}
		rows, cols := c.X[0].Rows(), c.X[0].Cols()
		if d := diffMaps(l.Backward(c.DY, argmax, rows, cols), c.DX); !(d == 0) {
			t.Errorf("case %d, %+v: dx differs by %g", i, l, d)
		}

		// By the adding rule nothing gets lost.
		l.Add = true
		added := l.Backward(c.DY, argmax, rows, cols)
		for m := range added {
			got, want := sum(added[m]), sum(c.DY[m])
			if d := got - want; !(d <= 1e-12 && d >= -1e-12) {
				t.Errorf("case %d, %+v: the added gradient sums to %g, want %g", i, l, got, want)
			}
		}
		if diffMaps(added, c.DX) != 0 {
			overlaps++
		}
	}
	if overlaps == 0 {
		t.Error("no case tells the two rules apart")
	}
}

func sum(m Map) (s float64) {
	for _, row := range m {
		for _, v := range row {
			s += v
		}
	}
	return s
}

func TestMaxPoolOverlap(t *testing.T) {
	x := []Map{{{1, 9, 2}}}
	l := MaxPool{Slide: Slide{KH: 1, KW: 2, Stride: 1}}
	_, argmax := l.Forward(x) // windows 1 9, 9 2 and 2
	dy := []Map{{{10, 20, 40}}}
	if got := l.Backward(dy, argmax, 1, 3)[0][0]; !slices.Equal(got, []float64{0, 20, 40}) {
		t.Errorf("overwriting: %v", got)
	}
	l.Add = true
	if got := l.Backward(dy, argmax, 1, 3)[0][0]; !slices.Equal(got, []float64{0, 30, 40}) {
		t.Errorf("adding: %v", got)
	}
}

// Of equal elements the one under the first element of the window wins, which in
// convolution mode is the last in the input: the article's program's places.
func TestMaxPoolTies(t *testing.T) {
	x := []Map{{{-1.41, -0.31, -0.42, -0.31}}}
	l := MaxPool{Slide: Slide{KH: 1, KW: 3, Stride: 1, CenterCol: 2, Convolution: true}}
	_, argmax := l.Forward(x)
	if got, want := argmax[0][0], []Position{{0, 1}, {0, 3}, {0, 3}, {0, 3}}; !slices.Equal(got, want) {
		t.Errorf("chose %v, want %v", got, want)
	}
}

func TestVector(t *testing.T) {
	maps := []Map{{{1, 2}, {3, 4}}, {{10, 20}, {30, 40}}, {{100, 200}, {300, 400}}}
	v := Vector(maps)
	if want := []float64{1, 10, 100, 2, 20, 200, 3, 30, 300, 4, 40, 400}; !slices.Equal(v, want) {
		t.Errorf("Vector: %v, want %v", v, want)
	}
	if d := diffMaps(Maps(v, 3, 2, 2), maps); d != 0 {
		t.Errorf("Maps(Vector) differs by %g", d)
	}
}

func TestOutputSize(t *testing.T) {
	for _, c := range []struct {
		s            Slide
		h, w, oh, ow int
	}{
		{Slide{KH: 2, KW: 2, Stride: 2}, 28, 28, 14, 14},
		{Slide{KH: 3, KW: 3, Stride: 1, CenterRow: 1, CenterCol: 1}, 7, 7, 7, 7},
		{Slide{KH: 2, KW: 2, Stride: 2, CenterRow: 1, Convolution: true}, 28, 28, 14, 15},
		{Slide{KH: 2, KW: 2, Stride: 2}, 14, 15, 7, 8},
		// The centre of a wide kernel leaves the input before the kernel does.
		{Slide{KH: 5, KW: 5, Stride: 4, CenterRow: 4, CenterCol: 0}, 9, 9, 4, 3},
		// At most one output an input element.
		{Slide{KH: 9, KW: 9, Stride: 2, CenterRow: 8, CenterCol: 8}, 2, 3, 2, 3},
	} {
		if oh, ow := c.s.OutputSize(c.h, c.w); oh != c.oh || ow != c.ow {
			t.Errorf("%+v on %d×%d: %d×%d, want %d×%d", c.s, c.h, c.w, oh, ow, c.oh, c.ow)
		}
	}
	// The sizes in closed form.
	for k := 1; k <= 5; k++ {
		for c := range k {
			for s := 1; s <= 4; s++ {
				for h := 1; h <= 12; h++ {
					for _, flip := range []bool{false, true} {
						reach := c
						if flip {
							reach = k - 1 - c
						}
						got, _ := Slide{k, 1, s, c, 0, flip}.OutputSize(h, 1)
						if want := min(h, (h-1+reach)/s+1); got != want {
							t.Errorf("kernel %d, centre %d, stride %d, turned %v, input %d: %d outputs, want %d", k, c, s, flip, h, got, want)
						}
					}
				}
			}
		}
	}
}
