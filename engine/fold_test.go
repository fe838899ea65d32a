package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/trial"
	"github.com/unslide/unslide/im2col"
)

// A folded geometry multiplies the same elements in the same order.
func TestFoldingRenamesElements(t *testing.T) {
	r := rand.New(rand.NewPCG(15, 16))
	for range 300 {
		k := 1 + r.IntN(3)
		pad := func() int { return k * (r.IntN(4) - 1) }
		g, err := im2col.New(
			im2col.Input{H: k * (1 + r.IntN(4)), W: k * (1 + r.IntN(4)), C: 1 + r.IntN(3)},
			im2col.Filter{KH: 1 + r.IntN(3), KW: k, OC: 1 + r.IntN(3)},
			im2col.Padded(pad(), pad(), pad(), pad()), im2col.Stride(1+r.IntN(3), k*(1+r.IntN(2))))
		if err != nil {
			continue
		}
		checkFolded(t, g)
		checkFolded(t, trial.RandomGeometry(r))
	}
}

func checkFolded(t *testing.T, g im2col.Geometry) {
	t.Helper()
	f := conv.Folded(g)
	if err := f.Validate(); err != nil {
		t.Fatalf("%v became %v: %v", g, f, err)
	}
	if f.InputLen() != g.InputLen() || f.FilterLen() != g.FilterLen() || f.OutputLen() != g.OutputLen() || f.FLOP() != g.FLOP() {
		t.Fatalf("%v became %v, of other lengths", g, f)
	}
	visits := func(g im2col.Geometry) (v [][3]int) {
		trial.Reference(g, 2, func(s, f, d int) { v = append(v, [3]int{s, f, d}) })
		return v
	}
	if f != g && !slices.Equal(visits(f), visits(g)) {
		t.Fatalf("%v became %v, which multiplies other elements", g, f)
	}
}

func TestFolding(t *testing.T) {
	for _, c := range []struct {
		name      string
		h, w      int
		kh, kw    int
		p         im2col.Padding
		opts      []im2col.Option
		c         int // for 3 channels
		wantH, kH int
		wantW, kW int
	}{
		{name: "as_large_as_the_image", h: 5, w: 5, kh: 5, kw: 5, p: im2col.Valid(), c: 75, wantH: 1, kH: 1, wantW: 1, kW: 1},
		{name: "patches", h: 32, w: 48, kh: 16, kw: 16, p: im2col.Valid(), opts: []im2col.Option{im2col.Stride(16, 16)}, c: 48, wantH: 32, kH: 16, wantW: 3, kW: 1},
		{name: "whole_pads", h: 4, w: 4, kh: 3, kw: 2, p: im2col.Padded(1, 1, 2, 2), opts: []im2col.Option{im2col.Stride(1, 4)}, c: 6, wantH: 4, kH: 3, wantW: 2, kW: 1},
		{name: "columns_in_rows_of_one", h: 8, w: 4, kh: 2, kw: 4, p: im2col.Valid(), opts: []im2col.Option{im2col.Stride(2, 3)}, c: 24, wantH: 4, kH: 1, wantW: 1, kW: 1},
		{name: "overlap", h: 6, w: 6, kh: 3, kw: 3, p: im2col.Valid(), c: 3, wantH: 6, kH: 3, wantW: 6, kW: 3},
		{name: "part_of_a_kernel_left", h: 6, w: 7, kh: 2, kw: 2, p: im2col.Valid(), opts: []im2col.Option{im2col.Stride(2, 2)}, c: 3, wantH: 6, kH: 2, wantW: 7, kW: 2},
		{name: "odd_pad", h: 6, w: 6, kh: 2, kw: 2, p: im2col.Padded(1, 1, 1, 1), opts: []im2col.Option{im2col.Stride(2, 2)}, c: 3, wantH: 6, kH: 2, wantW: 6, kW: 2},
		{name: "dilated", h: 6, w: 6, kh: 2, kw: 2, p: im2col.Valid(), opts: []im2col.Option{im2col.Stride(2, 2), im2col.Dilation(1, 2)}, c: 3, wantH: 6, kH: 2, wantW: 6, kW: 2},
		{name: "turned", h: 5, w: 5, kh: 5, kw: 5, p: im2col.Valid(), opts: []im2col.Option{im2col.Flip()}, c: 3, wantH: 5, kH: 5, wantW: 5, kW: 5},
		{name: "column", h: 9, w: 1, kh: 4, kw: 1, p: im2col.Padded(2, 3, 0, 0), opts: []im2col.Option{im2col.Stride(2, 5), im2col.Dilation(3, 4)}, c: 3, wantH: 1, kH: 1, wantW: 9, kW: 4},
		{name: "column_of_groups", h: 9, w: 1, kh: 4, kw: 1, p: im2col.Valid(), opts: []im2col.Option{im2col.Groups(3), im2col.Flip()}, c: 3, wantH: 1, kH: 1, wantW: 9, kW: 4},
		{name: "column_with_margins", h: 9, w: 1, kh: 4, kw: 1, p: im2col.Padded(0, 0, 1, 1), c: 3, wantH: 9, kH: 4, wantW: 1, kW: 1},
		{name: "groups", h: 4, w: 4, kh: 2, kw: 2, p: im2col.Valid(), opts: []im2col.Option{im2col.Stride(2, 2), im2col.Groups(3)}, c: 3, wantH: 4, kH: 2, wantW: 4, kW: 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			g, err := im2col.New(im2col.Input{H: c.h, W: c.w, C: 3}, im2col.Filter{KH: c.kh, KW: c.kw, OC: 6}, c.p, c.opts...)
			if err != nil {
				t.Fatal(err)
			}
			checkFolded(t, g)
			f := conv.Folded(g)
			got, want := fmt.Sprint(f.C, f.H, f.KH, f.W, f.KW), fmt.Sprint(c.c, c.wantH, c.kH, c.wantW, c.kW)
			if got != want {
				t.Errorf("C, H, KH, W, KW = %s, want %s", got, want)
			}
		})
	}
}
