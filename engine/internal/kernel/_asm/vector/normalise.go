package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// normalisation writes the loops of normalisations: over dense rows, beside which
// run vectors of an element a column.
func (t *target) normalisation() {
	t.columnwise("normalise", "(dst, src, mean, scale, shift *float32, rows, cols int)",
		"computes dst[i][j] = (src[i][j]−mean[j])·scale[j] + shift[j].",
		[]string{"dst", "src"}, []string{"mean", "scale", "shift"}, func(c columnStep) {
			x := c.load("src")
			VSUBPS(c.load("mean"), x, x)
			scale := c.load("scale")
			VFMADD213PS(c.load("shift"), scale, x)
			c.store(x, "dst")
		})
	t.columnwise("normaliseGrad", "(dSrc, dDst, src, mean, scale, slope, offset *float32, rows, cols int)",
		"computes dSrc[i][j] = dDst[i][j]·scale[j] − ((src[i][j]−mean[j])·slope[j] + offset[j]).",
		[]string{"dSrc", "dDst", "src"}, []string{"mean", "scale", "slope", "offset"}, func(c columnStep) {
			x := c.load("src")
			VSUBPS(c.load("mean"), x, x)
			slope := c.load("slope")
			VFMADD213PS(c.load("offset"), slope, x)
			scale := c.load("scale")
			VFMSUB231PS(c.load("dDst"), scale, x)
			c.store(x, "dSrc")
		})
	t.columnwise("addSquares", "(sums, x, mean *float32, rows, cols int)",
		"computes sums[j] += Σᵢ (x[i][j]−mean[j])².",
		[]string{"x"}, []string{"sums", "mean"}, func(c columnStep) {
			x, sum := c.load("x"), c.load("sums")
			VSUBPS(c.load("mean"), x, x)
			VFMADD231PS(x, x, sum)
			c.store(sum, "sums")
		})
	t.columnwise("addProducts", "(sums, d, x, mean *float32, rows, cols int)",
		"computes sums[j] += Σᵢ d[i][j]·(x[i][j]−mean[j]).",
		[]string{"d", "x"}, []string{"sums", "mean"}, func(c columnStep) {
			x, sum := c.load("x"), c.load("sums")
			VSUBPS(c.load("mean"), x, x)
			VFMADD231PS(c.load("d"), x, sum)
			c.store(sum, "sums")
		})
}

// columnStep is one vector of columns of one row.
type columnStep struct {
	t  *target
	of map[string]GPVirtual
	at GPVirtual
	m  *mask
}

func (c *columnStep) load(name string) VecVirtual {
	v := c.t.vec()
	if src := (Mem{Base: c.of[name], Index: c.at, Scale: 4}); c.m == nil {
		VMOVUPS(src, v)
	} else {
		c.m.load(src, v)
	}
	return v
}

func (c *columnStep) store(v VecVirtual, name string) {
	if dst := (Mem{Base: c.of[name], Index: c.at, Scale: 4}); c.m == nil {
		VMOVUPS(v, dst)
	} else {
		c.m.store(v, dst)
	}
}

// columnwise writes a loop over rows of cols elements, from each of matrices, beside
// which run vectors.
func (t *target) columnwise(name, signature, doc string, matrices, vectors []string, body func(columnStep)) {
	t.text(name, signature, doc)
	c := columnStep{t: t, of: map[string]GPVirtual{}, at: GP64()}
	for _, p := range append(append([]string{}, matrices...), vectors...) {
		c.of[p] = t.pointer(p)
	}
	rows, cols := t.count("rows"), t.count("cols")
	whole, left := GP64(), GP64()
	MOVQ(cols, whole)
	ANDQ(I8(-t.lanes), whole)
	MOVQ(cols, left)
	ANDQ(I8(t.lanes-1), left)
	m := t.mask(left)

	Label("row")
	XORQ(c.at, c.at)
	CMPQ(c.at, whole)
	JGE(LabelRef("tail"))
	Label("vector")
	body(c)
	ADDQ(U8(t.lanes), c.at)
	CMPQ(c.at, whole)
	JLT(LabelRef("vector"))
	Label("tail")
	TESTQ(left, left)
	JE(LabelRef("next"))
	c.m = &m
	body(c)
	Label("next")
	for _, p := range matrices {
		LEAQ(Mem{Base: c.of[p], Index: cols, Scale: 4}, c.of[p])
	}
	DECQ(rows)
	JNE(LabelRef("row"))
	t.ret()
}
