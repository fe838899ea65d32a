package engine

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// What each pass of a plan is computed by, and why.
func TestChoices(t *testing.T) {
	large, small := trial.Same(t, 14, 14, 64, 3, 64), trial.Same(t, 14, 14, 8, 3, 64)
	strided := trial.Same(t, 14, 14, 64, 3, 64, im2col.Stride(2, 2))
	stem, wide := trial.Same(t, 40, 40, 3, 3, 64), trial.Same(t, 8, 8, 1024, 1, 256)
	asm := BestISA() != kernel.Portable
	type row struct {
		name    string
		g       im2col.Geometry
		opts    []Option
		want    [numPasses]Algorithm
		why     string // of the forward pass
		ifAsm   bool
		double  bool
		inWhole string // part of the plan's String
	}
	ran := 0
	for _, c := range []row{
		{name: "auto", g: large, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyDirect, ifAsm: true, inWhole: "forward direct"},
		{name: "few channels", g: stem, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyDirect, ifAsm: true, inWhole: "backward-data direct f32-"},
		{name: "pages", g: wide, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyDirect, ifAsm: true},
		{name: "without OpenBLAS", g: wide, opts: []Option{WithBLAS(packed[BestISA()])}, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyDirect, ifAsm: true},
		{name: "portable", g: large, opts: []Option{WithISA(kernel.Portable)}, want: [...]Algorithm{GEMM, GEMM, GEMM, GEMM}, why: whyPortable, inWhole: "forward gemm by"},
		{name: "float64", g: large, want: [...]Algorithm{GEMM, GEMM, GEMM, GEMM}, why: whyFloat64, double: true},
		{name: "float64 told otherwise", g: large, opts: []Option{WithAlgorithm(Direct)}, want: [...]Algorithm{GEMM, GEMM, GEMM, GEMM}, why: whyFloat64, double: true},
		{name: "fast", g: large, opts: []Option{WithFastAlgorithms()}, want: [...]Algorithm{Winograd, Winograd, Winograd, Winograd}, why: whyFast, ifAsm: true, inWhole: "forward winograd"},
		{name: "fast, few tiles", g: trial.Same(t, 7, 7, 64, 3, 64), opts: []Option{WithFastAlgorithms()}, want: [...]Algorithm{Winograd, Winograd, Winograd, Winograd}, why: whyFast, ifAsm: true, inWhole: "from 2 images on, below that direct"},
		{name: "fast, few channels", g: small, opts: []Option{WithFastAlgorithms()}, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyDirect, ifAsm: true},
		{name: "fast, strided", g: strided, opts: []Option{WithFastAlgorithms()}, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyDirect, ifAsm: true, inWhole: "in 4 phases"},
		{name: "told gemm", g: large, opts: []Option{WithFastAlgorithms(), WithAlgorithm(GEMM)}, want: [...]Algorithm{GEMM, GEMM, GEMM, GEMM}, why: whyForced},
		{name: "told direct", g: large, opts: []Option{WithISA(kernel.Portable), WithAlgorithm(Direct)}, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyForced},
		{name: "told winograd", g: small, opts: []Option{WithAlgorithm(Winograd)}, want: [...]Algorithm{Winograd, Winograd, Winograd, Winograd}, why: whyForced},
		{name: "told winograd, strided", g: strided, opts: []Option{WithAlgorithm(Winograd)}, want: [...]Algorithm{Direct, Direct, Direct, Direct}, why: whyNot3x3},
		{name: "told by pass", g: large, opts: []Option{WithAlgorithm(Direct), WithPassAlgorithm(PassData, GEMM)}, want: [...]Algorithm{Direct, GEMM, Direct, Direct}, why: whyForced},
	} {
		if c.ifAsm && !asm {
			continue
		}
		ran++
		t.Run(c.name, func(t *testing.T) {
			var choices []Choice
			var whole string
			if c.double {
				choices, whole = planned[float64](t, c.g, c.opts)
			} else {
				choices, whole = planned[float32](t, c.g, c.opts)
			}
			for i, want := range c.want {
				if got := choices[i]; got.Pass != Pass(i) || got.Algorithm != want || got.How == "" || got.Why == "" {
					t.Errorf("choice %+v, want %v by %v", got, Pass(i), want)
				}
			}
			if choices[0].Why != c.why {
				t.Errorf("because %q, want %q", choices[0].Why, c.why)
			}
			if !strings.Contains(whole, c.inWhole) || !strings.Contains(whole, choices[2].How) {
				t.Errorf("the plan describes itself as %q", whole)
			}
		})
	}
	if ran < 6 {
		t.Errorf("%d cases ran", ran)
	}
}

func planned[T Float](t *testing.T, g im2col.Geometry, opts []Option) ([]Choice, string) {
	p, err := NewConv2D[T](g, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return p.Choices(), p.String()
}

// A call of few images may be computed by another algorithm; both are right.
func TestChoiceByBatch(t *testing.T) {
	if BestISA() == kernel.Portable {
		t.Skip("needs assembly")
	}
	g := trial.Same(t, 7, 8, 32, 3, 32)
	plan, err := NewConv2D[float32](g, WithFastAlgorithms())
	if err != nil {
		t.Fatal(err)
	}
	exact, err := NewConv2D[float32](g)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(13, 14))
	for _, n := range []int{1, 2, 3, 4} { // 4 tiles an image
		fast := by(plan.forward.at(n), "winograd")
		if fast != (n >= 2) {
			t.Errorf("%d images by Winograd: %v", n, fast)
		}
		if is := by(plan.filter.at(n), "winograd"); is != fast {
			t.Errorf("%d images' gradient to the filter by Winograd: %v", n, is)
		}
		src, filter := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, g.FilterLen())
		got, want := trial.Destination[float32](n*g.OutputLen()), make([]float32, n*g.OutputLen())
		plan.Forward(got.Data, src, filter, nil)
		exact.Forward(want, src, filter, nil)
		if !fast {
			got.Check(t, "dst", want)
			continue
		}
		for i, x := range got.Data {
			// The sum of 288 products of normals is about 17.
			if diff := math.Abs(float64(x - want[i])); !(diff <= 1e-3) {
				t.Fatalf("n=%d: dst[%d] = %v, want about %v", n, i, x, want[i])
			}
		}
	}
}

func TestTuneTakesTheFastest(t *testing.T) {
	if raceEnabled {
		t.Skip("measures")
	}
	g := trial.Same(t, 14, 14, 32, 3, 32)
	for _, fast := range []bool{false, true} {
		var opts []Option
		want := 2 // gemm and direct
		if fast {
			opts = append(opts, WithFastAlgorithms())
			want++
		}
		tuning, err := Tune[float32](g, 2, opts...)
		if err != nil {
			t.Fatal(err)
		}
		plan, err := NewConv2D[float32](g, append(opts, tuning.Options()...)...)
		if err != nil {
			t.Fatal(err)
		}
		for pass := range numPasses {
			var of []Timing
			for _, x := range tuning.Timings {
				if x.Pass == pass {
					of = append(of, x)
				}
			}
			if len(of) != want {
				t.Errorf("%v: %d timings, want %d", pass, len(of), want)
			}
			for i, x := range of {
				if !(x.Seconds > 0) || x.Algorithm == Auto || i > 0 && x.Seconds < of[i-1].Seconds {
					t.Errorf("%v: timings %+v", pass, of)
				}
			}
			if got := plan.Choices()[pass].Algorithm; got != of[0].Algorithm {
				t.Errorf("%v is computed by %v, the fastest was %v", pass, got, of[0].Algorithm)
			}
		}
	}
	if _, err := Tune[float32](g, 0); err == nil {
		t.Error("a batch of no images was accepted")
	}
	if _, err := Tune[float32](im2col.Geometry{}, 1); err == nil {
		t.Error("the zero geometry was accepted")
	}
}
