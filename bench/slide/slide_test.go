package slide

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/gif"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/vg"

	"github.com/unslide/unslide/im2col"
	"github.com/unslide/unslide/internal/golden"
	"github.com/unslide/unslide/naive"
)

func randomMap(r *rand.Rand, rows, cols int) naive.Map {
	m := naive.NewMap(rows, cols)
	for i := range m {
		for j := range m[i] {
			m[i][j] = float64(r.IntN(19) - 9)
		}
	}
	return m
}

// randomSlide is a kernel's way over an input, both of random size.
func randomSlide(r *rand.Rand) (input, kernel naive.Map, s naive.Slide) {
	input, kernel = randomMap(r, 1+r.IntN(6), 1+r.IntN(6)), randomMap(r, 1+r.IntN(4), 1+r.IntN(4))
	return input, kernel, naive.Slide{
		KH: kernel.Rows(), KW: kernel.Cols(), Stride: 1 + r.IntN(3),
		CenterRow: r.IntN(kernel.Rows()), CenterCol: r.IntN(kernel.Cols()), Convolution: r.IntN(2) == 0,
	}
}

// TestConvolution: the frames' sums, made from where the kernel lies, are what
// sliding gives, and so is the product of matrices; the marks are the article's
// formula.
func TestConvolution(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		input, kernel, s := randomSlide(r)
		want := s.Convolve(input, kernel)
		scene, err := Convolution(input, kernel, s)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		outputs := want.Rows() * want.Cols()
		if len(scene.Frames) != 2*outputs+1 {
			t.Fatalf("%+v: %d frames: want two for each of %d outputs and one", s, len(scene.Frames), outputs)
		}
		if got := scene.Frames[outputs-1].Rows[0][2].Values; !same(got, want) {
			t.Errorf("%+v: sums %v, slid %v", s, got, want)
		}
		last := scene.Frames[2*outputs]
		if !strings.Contains(last.Caption, "equal") || !same(last.Rows[0][0].Values, want) || !same(last.Rows[0][1].Values, want) {
			t.Errorf("%+v: %s: %v and %v, want %v", s, last.Caption, last.Rows[0][0].Values, last.Rows[0][1].Values, want)
		}
		for o, f := range scene.Frames[:outputs] {
			oh, ow := o/want.Cols(), o%want.Cols()
			if m := f.Rows[0][0].Marks[naive.Position{Row: oh * s.Stride, Col: ow * s.Stride}]; m != Covered|Centre {
				t.Errorf("%+v: output (%d,%d): the centre is not marked", s, oh, ow)
			}
			covered := 0
			for p, m := range f.Rows[0][0].Marks {
				a, b := p.Row-oh*s.Stride, p.Col-ow*s.Stride
				if s.Convolution {
					a, b = -a, -b
				}
				kh, kw := a+s.CenterRow, b+s.CenterCol
				if m&Covered != 0 && kh >= 0 && kh < s.KH && kw >= 0 && kw < s.KW {
					covered++
				}
			}
			if covered != s.KH*s.KW || len(f.Rows[0][0].Marks) != covered {
				t.Errorf("%+v: output (%d,%d): %d of %d marks lie under the kernel", s, oh, ow, covered, len(f.Rows[0][0].Marks))
			}
		}
	}
}

// TestGradient: what the outputs hand back is what sliding back collects.
func TestGradient(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		input, kernel, s := randomSlide(r)
		y := s.Convolve(input, kernel)
		d := randomMap(r, y.Rows(), y.Cols())
		scene, err := Gradient(input, kernel, d, s)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		last := scene.Frames[len(scene.Frames)-1]
		if !same(last.Rows[0][0].Values, s.InputGradient(d, kernel, input.Rows(), input.Cols())) ||
			!same(last.Rows[0][1].Values, s.KernelGradient(input, d)) || !strings.Contains(last.Lines[0], "gives the same") {
			t.Errorf("%+v: the gradients differ", s)
		}
		if len(scene.Frames) != y.Rows()*y.Cols()+1 {
			t.Errorf("%+v: %d frames", s, len(scene.Frames))
		}
	}
	if _, err := Gradient(naive.NewMap(3, 3), naive.NewMap(2, 2), naive.NewMap(2, 2), naive.Slide{Stride: 1}); err == nil || !strings.Contains(err.Error(), "gradient of 2×2: want 3×3") {
		t.Errorf("a gradient of the wrong size gives %v", err)
	}
}

func TestPool(t *testing.T) {
	scene, err := Demo("pool", Options{Inputs: []naive.Map{{{1, 5, 2}, {4, 3, 9}, {7, 7, 0}}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(scene.Frames) != 8 {
		t.Fatalf("%d frames: want 4 forward, 4 back", len(scene.Frames))
	}
	if y := scene.Frames[3].Rows[0][1].Values; !same(y, naive.Map{{5, 9}, {7, 0}}) {
		t.Errorf("pooled %v", y)
	}
	if from := scene.Frames[3].Rows[0][2].Words; fmt.Sprint(from) != "[[0,1 1,2] [2,0 2,2]]" {
		t.Errorf("argmax %v", from)
	}
	if d := scene.Frames[7].Rows[0][2].Values; !same(d, naive.Map{{0, 1, 0}, {0, 0, 2}, {3, 0, 4}}) {
		t.Errorf("gradient %v", d)
	}
}

func TestMapsAddUp(t *testing.T) {
	scene, err := Demo("maps", Options{})
	if err != nil {
		t.Fatal(err)
	}
	sums := 0
	for _, f := range scene.Frames {
		grids := f.Rows[0]
		if grids[len(grids)-1].Title[:6] != "output" {
			continue
		}
		sums++
		total := naive.NewMap(3, 3)
		for _, g := range grids[:len(grids)-2] {
			for i := range total {
				for j := range total[i] {
					total[i][j] += g.Values[i][j]
				}
			}
		}
		for i := range total {
			for j := range total[i] {
				if want := total[i][j] + grids[len(grids)-2].Values[0][0]; grids[len(grids)-1].Values[i][j] != want {
					t.Errorf("%s: element (%d,%d) is %v: want %v", f.Caption, i, j, grids[len(grids)-1].Values[i][j], want)
				}
			}
		}
	}
	if sums != 2 {
		t.Errorf("%d sums: want 2", sums)
	}
	for _, o := range []Options{
		{Inputs: examples("1 2", "1 2"), Kernels: examples("1"), Bias: []float64{1}},
		{Inputs: examples("1 2", "1 2 3"), Kernels: examples("1", "2")},
		{Inputs: examples("1 2", "1 2"), Kernels: examples("1", "2 3")},
		{Kernels: examples("1")},
	} {
		if _, err := Demo("maps", o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestReshape(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	maps := []naive.Map{randomMap(r, 2, 3), randomMap(r, 2, 3), randomMap(r, 2, 3), randomMap(r, 2, 3)}
	scene, err := Reshape(maps)
	if err != nil {
		t.Fatal(err)
	}
	if len(scene.Frames) != 7 {
		t.Fatalf("%d frames: want one for each of 6 pixels and one", len(scene.Frames))
	}
	got := scene.Frames[5].Rows[1][0].Values[0]
	for h := range 2 {
		for w := range 3 {
			for c := range 4 {
				if got[(h*3+w)*4+c] != maps[c][h][w] {
					t.Errorf("element (%d,%d) of map %d is at another place", h, w, c)
				}
			}
		}
	}
}

// TestMovingCentreIsTensorFlows: TensorFlow's SAME convolutions are the
// article's cross-correlations with the centre that SameCentre says, the
// outputs beyond TensorFlow's left out.
func TestMovingCentreIsTensorFlows(t *testing.T) {
	cases, moved := 0, 0
	for _, c := range readTensorFlow(t) {
		if c.Padding != "SAME" || c.Stride[0] != c.Stride[1] {
			continue
		}
		row, oh := SameCentre(c.H, c.KH, c.Stride[0])
		col, ow := SameCentre(c.W, c.KW, c.Stride[1])
		if oh != c.OutH || ow != c.OutW {
			t.Fatalf("%+v: %d×%d outputs: TensorFlow has %d×%d", c, oh, ow, c.OutH, c.OutW)
		}
		if row != (c.KH-1)/2 || col != (c.KW-1)/2 {
			moved++
		}
		l := naive.Conv{Slide: naive.Slide{KH: c.KH, KW: c.KW, Stride: c.Stride[0], CenterRow: row, CenterCol: col}, Maps: c.OutC, Activation: naive.None}
		kernels := make([]naive.Map, c.C*c.OutC)
		for i := range kernels {
			kernels[i] = naive.NewMap(c.KH, c.KW)
			for k := range c.KH * c.KW {
				kernels[i][k/c.KW][k%c.KW] = c.Filter[k*c.C*c.OutC+i]
			}
		}
		for n := range c.N {
			x := naive.Maps(c.X[n*c.H*c.W*c.C:(n+1)*c.H*c.W*c.C], c.C, c.H, c.W)
			y := l.Forward(x, kernels, make([]float64, c.OutC))
			for h := range oh {
				for w := range ow {
					for o := range c.OutC {
						if want := c.Y[((n*oh+h)*ow+w)*c.OutC+o]; y[o][h][w] != want {
							t.Fatalf("%d×%d, kernel %d×%d, stride %v: output (%d,%d) of map %d is %v: TensorFlow has %v",
								c.H, c.W, c.KH, c.KW, c.Stride, h, w, o, y[o][h][w], want)
						}
					}
				}
			}
		}
		cases++
	}
	if cases < 5 || moved == 0 {
		t.Errorf("%d cases, %d with a moved centre: want some of each", cases, moved)
	}
	t.Logf("%d SAME convolutions, in %d of them the centre is not the kernel's middle", cases, moved)
	for h := 1; h <= 40; h++ {
		for k := 1; k <= 9; k++ {
			for s := 1; s <= 5; s++ {
				g, err := im2col.New(im2col.Input{H: h, W: h, C: 1}, im2col.Filter{KH: k, KW: k, OC: 1}, im2col.Same(), im2col.Stride(s, s))
				if err != nil {
					t.Fatal(err)
				}
				if c, n := SameCentre(h, k, s); c != g.PadTop || n != g.OH {
					t.Errorf("h %d, k %d, s %d: centre %d of %d outputs: the geometry has padding %d, %d outputs", h, k, s, c, n, g.PadTop, g.OH)
				}
			}
		}
	}
}

func readTensorFlow(t *testing.T) (cases []golden.TensorFlowConv) {
	t.Helper()
	err := golden.Cases("../../internal/golden/testdata/conv_tensorflow.jsonl.gz", func(_ int, c any) error {
		cases = append(cases, c.(golden.TensorFlowConv))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// TestPictures: every demonstration can be drawn in every form; the animation
// has all frames, of one size.
func TestPictures(t *testing.T) {
	demos := Demos()
	if testing.Short() {
		demos = demos[2:4]
	}
	for _, name := range demos {
		scene, err := Demo(name, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		dir := t.TempDir()
		for _, ext := range []string{".gif", ".png", ".svg"} {
			if err := scene.Write(filepath.Join(dir, "picture"+ext), time.Second/2); err != nil {
				t.Fatalf("%s%s: %v", name, ext, err)
			}
		}
		read := func(ext string) *bytes.Reader {
			b, err := os.ReadFile(filepath.Join(dir, "picture"+ext))
			if err != nil {
				t.Fatal(err)
			}
			return bytes.NewReader(b)
		}
		animation, err := gif.DecodeAll(read(".gif"))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(animation.Image) != len(scene.Frames) || animation.Delay[0] != 50 || animation.LoopCount != 0 {
			t.Errorf("%s: %d frames for %d/100 s, loops %d: want %d for 50, endlessly", name, len(animation.Image), animation.Delay[0], animation.LoopCount, len(scene.Frames))
		}
		for _, f := range animation.Image {
			if f.Bounds() != animation.Image[0].Bounds() {
				t.Errorf("%s: frames of %v and %v", name, f.Bounds(), animation.Image[0].Bounds())
			}
		}
		if _, err := png.Decode(read(".png")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for d := xml.NewDecoder(read(".svg")); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %v", name, err)
				break
			}
		}
	}
	scene, err := Demo("pool", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := scene.Write(filepath.Join(t.TempDir(), "picture.bmp"), time.Second); err == nil {
		t.Error("a form that is none gives no error")
	}
	long := Scene{Frames: make([]Frame, maxFrames+1)}
	if err := long.WriteGIF(io.Discard, time.Second); err == nil || !strings.Contains(err.Error(), "121 frames in a picture: want 1 to 120") {
		t.Errorf("a scene too long gives %v", err)
	}
}

// TestLegend: what a reader meets in the frames has an entry, what he does not
// has none, and title and entries end within the picture.
func TestLegend(t *testing.T) {
	for _, test := range []struct {
		demo            string
		options         Options
		beyond, unknown bool
	}{
		{"convolution", Options{}, true, true},
		{"convolution", Options{Inputs: examples("1 2"), Kernels: examples("3")}, false, true},
		{"gradient", Options{}, true, false},
		{"maps", Options{}, false, false},
		{"pool", Options{}, false, true},
		{"reshape", Options{}, false, true},
		{"centre", Options{}, false, false},
		{"convolution", Options{Inputs: examples("1"), Kernels: examples("100; 200"), Slide: naive.Slide{CenterRow: 1, Stride: 1000, Convolution: true}}, true, false},
	} {
		scene, err := Demo(test.demo, test.options)
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		if err := scene.WriteText(&text); err != nil {
			t.Fatal(err)
		}
		head, _, _ := strings.Cut(text.String(), "\n\n")
		if strings.Contains(head, "_ beyond the edge") != test.beyond || strings.Contains(head, "? not yet known") != test.unknown {
			t.Errorf("%s: the head says %q: beyond the edge %v, not yet known %v", test.demo, head, test.beyond, test.unknown)
		}
		for _, f := range scene.Frames {
			for _, row := range f.Rows {
				for _, g := range row {
					if cells := strings.Join(g.lines(), ""); strings.Contains(cells, "·") {
						t.Errorf("%s: the sign of products stands for an element: %q", test.demo, cells)
					}
				}
			}
		}
		width, _ := scene.frameSize()
		h, entries := scene.head(width), 0
		for _, line := range h.title {
			if w := titleStyle.Width(line); w > width-2*edge {
				t.Errorf("%s: the title's line %q is %v wide, the picture %v", test.demo, line, w, width)
			}
		}
		for _, row := range h.legend {
			used := -vg.Length(keyGap)
			for _, key := range row {
				used += keyGap + key.width()
				entries++
			}
			if used > width-2*edge {
				t.Errorf("%s: the legend is %v wide, the picture %v", test.demo, used, width)
			}
		}
		if marks, places := scene.legend(); entries != len(marks)+len(places) || entries == 0 {
			t.Errorf("%s: the picture has %d entries, the scene %d", test.demo, entries, len(marks)+len(places))
		}
	}
}

// TestMatrixReadsWhatIsPrinted: numbers are read as they are printed.
func TestMatrixReadsWhatIsPrinted(t *testing.T) {
	for _, x := range []float64{0, 1, -1, 17, -0.5, 1234567, -1.25e-9, -3e20} {
		if m, err := Matrix(number(x)); err != nil || m[0][0] != x && math.Abs(m[0][0]-x) > 0.005*math.Abs(x) {
			t.Errorf("%v is printed as %s and read as %v, %v", x, number(x), m, err)
		}
	}
}

func TestMatrix(t *testing.T) {
	for text, want := range map[string]naive.Map{
		"1 2; 3 4":          {{1, 2}, {3, 4}},
		"1,2\n3,4\n":        {{1, 2}, {3, 4}},
		"  -1.5\t2e1\r\n\n": {{-1.5, 20}},
		"7":                 {{7}},
	} {
		if got, err := Matrix(text); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q: %v, %v: want %v", text, got, err, want)
		}
	}
	for text, says := range map[string]string{
		"":                           "at least one element",
		"1 2; 3":                     "row 2 has 1 elements: want 2",
		"1 x":                        `row 1, element 2: "x": want a number`,
		"nan":                        "want a number",
		"1e999":                      "want a number",
		strings.Repeat("1 ", 17):     "1×17: want at most 16×16",
		strings.Repeat("1;", 100000): "100000×1: want at most 16×16",
	} {
		if _, err := Matrix(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q: error %v: want one with %q", text, err, says)
		}
	}
}

func TestDemoRefuses(t *testing.T) {
	two := examples("1 2; 3 4", "1 2; 3 4")
	for name, o := range map[string]Options{
		"nothing":     {},
		"convolution": {Inputs: two},
		"gradient":    {Kernels: two},
		"pool":        {Slide: naive.Slide{KH: 2, KW: 2, CenterRow: 5, Stride: 1}},
		"reshape":     {Inputs: append(slices.Clone(two), examples("1")...)},
	} {
		if _, err := Demo(name, o); err == nil {
			t.Errorf("%s with %+v: no error", name, o)
		}
	}
}
