package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// sumRows is how many rows VecMat sums by themselves.
const sumRows = 8

// vecMat writes y[j] += Σᵢ x[i]·w[i·ld+j]. Groups of 8 rows go over all whole
// vectors of columns, so that y, which stays in the first-level cache, is read
// and written once for 8 rows; the columns after the last whole vector keep
// their y in a register.
func (t *target) vecMat() {
	t.text("vecMat", "(y, x, w *float32, ld, rows, cols int)", "computes y[j] += Σᵢ x[i]·w[i·ld+j].")
	y, x, ld := t.pointer("y"), t.pointer("x"), t.count("ld")
	SHLQ(U8(t.shift()), ld)
	row := make([]GPVirtual, sumRows)
	for i := range row {
		row[i] = GP64()
	}
	Load(Param("w"), row[0])
	whole := t.count("cols")
	ANDQ(I8(-t.lanes), whole)
	JE(LabelRef("tail"))
	SHLQ(U8(t.shift()), whole)

	rows := t.count("rows")
	at := GP64()
	factor := make([]VecVirtual, sumRows)
	for i := range factor {
		factor[i] = t.vec()
	}
	SUBQ(U8(sumRows), rows)
	JLT(LabelRef("few"))
	Label("group")
	for i := range row {
		t.broadcast(Mem{Base: x, Disp: t.size * i}, factor[i])
		if i > 0 {
			LEAQ(Mem{Base: row[i-1], Index: ld, Scale: 1}, row[i])
		}
	}
	XORQ(at, at)
	Label("vector")
	sum := t.vec()
	for i := range row {
		src := Mem{Base: row[i], Index: at, Scale: 1}
		if i == 0 {
			t.mul(src, factor[i], sum)
		} else {
			t.fma(src, factor[i], sum)
		}
	}
	t.add(Mem{Base: y, Index: at, Scale: 1}, sum, sum)
	VMOVUPS(sum, Mem{Base: y, Index: at, Scale: 1})
	ADDQ(U8(t.bytes()), at)
	CMPQ(at, whole)
	JLT(LabelRef("vector"))
	LEAQ(Mem{Base: row[sumRows-1], Index: ld, Scale: 1}, row[0])
	ADDQ(U8(t.size*sumRows), x)
	SUBQ(U8(sumRows), rows)
	JGE(LabelRef("group"))

	Label("few")
	ADDQ(U8(sumRows), rows)
	JE(LabelRef("tail"))
	XORQ(at, at)
	Label("fewvector")
	place, i, f := GP64(), GP64(), t.vec()
	LEAQ(Mem{Base: row[0], Index: at, Scale: 1}, place)
	XORQ(i, i)
	t.zero(sum)
	Label("fewrow")
	t.broadcast(Mem{Base: x, Index: i, Scale: uint8(t.size)}, f)
	t.fma(Mem{Base: place}, f, sum)
	ADDQ(ld, place)
	INCQ(i)
	CMPQ(i, rows)
	JLT(LabelRef("fewrow"))
	t.add(Mem{Base: y, Index: at, Scale: 1}, sum, sum)
	VMOVUPS(sum, Mem{Base: y, Index: at, Scale: 1})
	ADDQ(U8(t.bytes()), at)
	CMPQ(at, whole)
	JLT(LabelRef("fewvector"))

	Label("tail")
	t.vecMatTail()
	t.ret()
}

// vecMatTail writes VecMat for the columns after the last whole vector.
func (t *target) vecMatTail() {
	left, skip := t.count("cols"), GP64()
	MOVQ(left, skip)
	ANDQ(I8(t.lanes-1), left)
	JE(LabelRef("end"))
	m := t.mask(left)
	ANDQ(I8(-t.lanes), skip)
	y, x, w, ld, rows := t.pointer("y"), t.pointer("x"), t.pointer("w"), t.count("ld"), t.count("rows")
	LEAQ(Mem{Base: y, Index: skip, Scale: uint8(t.size)}, y)
	LEAQ(Mem{Base: w, Index: skip, Scale: uint8(t.size)}, w)
	SHLQ(U8(t.shift()), ld)
	ld3, w4 := GP64(), GP64()
	LEAQ(Mem{Base: ld, Index: ld, Scale: 2}, ld3)
	total, sum, value, f := t.vec(), t.vec(), t.vec(), t.vec()
	m.load(Mem{Base: y}, total)
	multiply := func(factor, src Mem) {
		t.broadcast(factor, f)
		m.load(src, value)
		t.fma(value, f, sum)
	}

	SUBQ(U8(sumRows), rows)
	JLT(LabelRef("tailfew"))
	Label("tailgroup")
	LEAQ(Mem{Base: w, Index: ld, Scale: 4}, w4)
	t.zero(sum)
	for i := range sumRows {
		base := []GPVirtual{w, w4}[i/4]
		src := []Mem{{Base: base}, {Base: base, Index: ld, Scale: 1}, {Base: base, Index: ld, Scale: 2}, {Base: base, Index: ld3, Scale: 1}}[i%4]
		multiply(Mem{Base: x, Disp: t.size * i}, src)
	}
	t.add(sum, total, total)
	LEAQ(Mem{Base: w4, Index: ld, Scale: 4}, w)
	ADDQ(U8(t.size*sumRows), x)
	SUBQ(U8(sumRows), rows)
	JGE(LabelRef("tailgroup"))
	Label("tailfew")
	ADDQ(U8(sumRows), rows)
	JE(LabelRef("tailstore"))
	t.zero(sum)
	Label("tailrow")
	multiply(Mem{Base: x}, Mem{Base: w})
	ADDQ(ld, w)
	ADDQ(U8(t.size), x)
	DECQ(rows)
	JNE(LabelRef("tailrow"))
	t.add(sum, total, total)
	Label("tailstore")
	m.store(total, Mem{Base: y})
	Label("end")
}
