package im2col

import (
	"math/big"
	"math/rand/v2"
	"testing"
)

// Sizes up to the largest int are refused, or all that follows from them is
// what it would be without a bound on integers.
func TestExtremeSizes(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	size := func() int { return int(1 + r.Int64N(1<<r.IntN(31))) }
	small := func() int { return 1 + r.IntN(4) }
	accepted := 0
	for range 50000 {
		in, f := Input{small(), small(), small()}, Filter{small(), small(), small()}
		stride, dilation, pad := [2]int{small(), small()}, [2]int{small(), small()}, [4]int{}
		sizes := []*int{&in.H, &in.W, &in.C, &f.KH, &f.KW, &f.OC, &stride[0], &stride[1], &dilation[0], &dilation[1]}
		for range 3 {
			*sizes[r.IntN(len(sizes))] = size()
		}
		for i := range pad {
			pad[i] = r.IntN(size()) - r.IntN(size())
		}
		rule := []Padding{Same(), Valid(), Padded(pad[0], pad[1], pad[2], pad[3]), PaddedCeil(pad[0], pad[1], pad[2], pad[3]), Centred(r.IntN(f.KH), r.IntN(f.KW))}[r.IntN(5)]
		opts := []Option{Stride(stride[0], stride[1]), Dilation(dilation[0], dilation[1])}
		if r.IntN(2) == 0 {
			opts = append(opts, Flip())
		}
		g, err := New(in, f, rule, opts...)
		if err != nil {
			continue
		}
		accepted++
		checkLengths(t, &g)
		if t.Failed() {
			t.Fatal(g)
		}
	}
	if accepted < 1000 {
		t.Errorf("%d of 50000 geometries were accepted: want enough to tell", accepted)
	}
}

func checkLengths(t *testing.T, g *Geometry) {
	t.Helper()
	product := func(sizes ...int) *big.Int {
		x := big.NewInt(1)
		for _, s := range sizes {
			x.Mul(x, big.NewInt(int64(s)))
		}
		return x
	}
	check := func(what string, got int, want *big.Int) {
		t.Helper()
		if big.NewInt(int64(got)).Cmp(want) != 0 {
			t.Errorf("%s %d, want %d", what, got, want)
		}
	}
	end := func(outputs, stride, k, dilation, pad, size int) *big.Int {
		x := product(outputs-1, stride)
		x.Add(x, product(k-1, dilation))
		x.Add(x, big.NewInt(1-int64(pad)))
		return x.Sub(x, big.NewInt(int64(size)))
	}
	check("input", g.InputLen(), product(g.H, g.W, g.C))
	check("filter", g.FilterLen(), product(g.KH, g.KW, g.C/g.Groups, g.OC))
	check("output", g.OutputLen(), product(g.OH, g.OW, g.OC))
	check("last row", g.TapRow(g.KH-1)+g.TapRow(0), product(g.KH-1, g.DilationH))
	check("last column", g.TapCol(g.KW-1)+g.TapCol(0), product(g.KW-1, g.DilationW))
	check("padding below", g.PadBottom(), end(g.OH, g.StrideH, g.KH, g.DilationH, g.PadTop, g.H))
	check("padding at the right", g.PadRight(), end(g.OW, g.StrideW, g.KW, g.DilationW, g.PadLeft, g.W))
}
