package im2col

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// randomGeometry draws a valid Geometry: any stride, dilation, groups, turning
// and padding rule, negative padding and kernels larger than the image
// included.
func randomGeometry(rng *rand.Rand) Geometry {
	for {
		in := Input{1 + rng.IntN(9), 1 + rng.IntN(9), 1 + rng.IntN(4)}
		f := Filter{1 + rng.IntN(5), 1 + rng.IntN(5), 1 + rng.IntN(3)}
		groups := 1
		if rng.IntN(3) == 0 {
			groups = 1 + rng.IntN(3)
			in.C *= groups
			f.OC *= groups
		}
		opts := []Option{Stride(1+rng.IntN(4), 1+rng.IntN(4)), Groups(groups)}
		if rng.IntN(3) == 0 {
			opts = append(opts, Dilation(1+rng.IntN(3), 1+rng.IntN(3)))
		}
		if rng.IntN(3) == 0 {
			opts = append(opts, Flip())
		}
		pad := func() int { return rng.IntN(8) - 3 }
		var p Padding
		switch rng.IntN(4) {
		case 0:
			p = Same()
		case 1:
			p = Valid()
		case 2:
			p = Padded(pad(), pad(), pad(), pad())
		case 3:
			p = Centred(rng.IntN(f.KH), rng.IntN(f.KW))
		}
		if g, err := New(in, f, p, opts...); err == nil {
			return g
		}
	}
}

// randomBlock draws a block of the patch matrix: usually a part, sometimes all,
// sometimes nothing.
func randomBlock(rng *rand.Rand, g *Geometry) Block {
	part := func(n int) (int, int) {
		switch rng.IntN(3) {
		case 0:
			return 0, n
		default:
			a, b := rng.IntN(n+1), rng.IntN(n+1)
			return min(a, b), max(a, b)
		}
	}
	b := Block{Group: rng.IntN(g.Groups)}
	b.Row0, b.Row1 = part(g.Rows())
	b.Tap0, b.Tap1 = part(g.Taps())
	return b
}

// patch returns one element of the patch matrix by its definition, and its
// place in the image, -1 if that is outside.
func patchAt(g *Geometry, group, row, tap, c int) int {
	kh, kw := tap/g.KW, tap%g.KW
	if g.Flip {
		kh, kw = g.KH-1-kh, g.KW-1-kw
	}
	h := row/g.OW*g.StrideH - g.PadTop + kh*g.DilationH
	w := row%g.OW*g.StrideW - g.PadLeft + kw*g.DilationW
	if h < 0 || h >= g.H || w < 0 || w >= g.W {
		return -1
	}
	return (h*g.W+w)*g.C + group*(g.C/g.Groups) + c
}

// guarded returns n elements of NaN with guard zones on both sides, and a check
// that these are untouched.
func guarded[T Float](n int) (s []T, check func() error) {
	const zone, mark = 9, -1234
	all := make([]T, n+2*zone)
	for i := range all {
		all[i] = mark
	}
	s = all[zone : zone+n : zone+n]
	for i := range s {
		s[i] = T(math.NaN())
	}
	return s, func() error {
		for i, x := range all {
			if (i < zone || i >= zone+n) && x != mark {
				return fmt.Errorf("element %d of %d was written", i-zone, n)
			}
		}
		return nil
	}
}

func randomImage[T Float](rng *rand.Rand, n int) []T {
	s := make([]T, n)
	for i := range s {
		s[i] = T(1 + rng.IntN(1000))
	}
	return s
}

func TestLowerAgainstDefinition(t *testing.T) {
	t.Run("float32", testLower[float32])
	t.Run("float64", testLower[float64])
}

func testLower[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		g := randomGeometry(rng)
		checkLower[T](t, rng, &g, randomBlock(rng, &g))
		if t.Failed() {
			return
		}
	}
}

// checkLower compares Lower, Raise and Indirect on one block with their
// definitions.
func checkLower[T Float](t *testing.T, rng *rand.Rand, g *Geometry, b Block) {
	t.Helper()
	taps, gc := b.Tap1-b.Tap0, g.GroupC()
	rows := b.Row1 - b.Row0
	src := randomImage[T](rng, g.InputLen())
	cols, check := guarded[T](rows * taps * gc)
	table := make([]int, rows*taps)
	Lower(cols, src, g, b)
	Indirect(table, g, b)
	if err := check(); err != nil {
		t.Errorf("%v %+v: Lower: %v", g, b, err)
	}
	raised, checkRaised := guarded[T](g.InputLen())
	clear(raised)
	grad := randomImage[T](rng, len(cols))
	Raise(raised, grad, g, b)
	if err := checkRaised(); err != nil {
		t.Errorf("%v %+v: Raise: %v", g, b, err)
	}
	for i, x := range cols {
		row, tap, c := b.Row0+i/(taps*gc), b.Tap0+i/gc%taps, i%gc
		want, at := T(0), patchAt(g, b.Group, row, tap, c)
		if at >= 0 {
			want = src[at]
			raised[at] -= grad[i]
		}
		if x != want {
			t.Fatalf("%v %+v: Lower: row %d tap %d channel %d = %v, want %v", g, b, row, tap, c, x, want)
		}
		if c == 0 && table[i/gc] != at {
			t.Fatalf("%v %+v: Indirect: row %d tap %d = %d, want %d", g, b, row, tap, table[i/gc], at)
		}
	}
	for i, x := range raised {
		if x != 0 {
			t.Fatalf("%v %+v: Raise: element %d is off by %v", g, b, i, x)
		}
	}
}
