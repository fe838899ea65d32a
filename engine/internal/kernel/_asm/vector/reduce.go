package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// softmax writes the two reductions that Softmax is made of.
func (t *target) softmax() {
	t.text("largest", "(src *float32, n int) float32", "returns the largest src[i], NaN if one is NaN.")
	best, least, nan := t.vec(), t.vec(), t.vec()
	VMOVUPS(t.constant(math.Inf(-1)), least)
	VMOVUPS(least, best)
	t.zero(nan)
	max := loop{t: t, in: []string{"src"}, body: func(in []VecVirtual, m *mask) []VecVirtual {
		// The maximum forgets a NaN; nan keeps it.
		t.choose(unordered, in[0], in[0], in[0], nan, nan)
		switch {
		case m == nil:
			VMAXPS(in[0], best, best)
		case t.is512():
			VMAXPS(in[0], best, m.k, best)
		default:
			VBLENDVPS(m.v, in[0], least, in[0])
			VMAXPS(in[0], best, best)
		}
		return nil
	}}
	max.write(t.count("n"))
	half := YMM()
	if t.is512() {
		VEXTRACTF64X4(U8(1), best, half)
		VMAXPS(best.AsY(), half, half)
	} else {
		VMOVAPS(best, half)
	}
	x, y := XMM(), XMM()
	VEXTRACTF128(U8(1), half, x)
	VMAXPS(half.AsX(), x, x)
	VPERMILPS(U8(0b1110), x, y)
	VMAXPS(y, x, x)
	VPERMILPS(U8(1), x, y)
	VMAXPS(y, x, x)
	// The lanes of nan are 0 or NaN, and so is their sum.
	number := t.sum(nan)
	VADDSS(number, x, x)
	Store(x, ReturnIndex(0))
	t.ret()

	t.text("expSum", "(dst, src *float32, n int, max float32) float32", "computes dst[i] = e^(src[i]−max) and returns Σ dst[i].")
	c := t.expConstants()
	shift, total := t.scalar("max"), t.vec()
	t.zero(total)
	sum := loop{t: t, in: []string{"src"}, out: []string{"dst"}, body: func(in []VecVirtual, m *mask) []VecVirtual {
		VSUBPS(shift, in[0], in[0])
		e := t.exp(c, in[0], false)
		if m != nil {
			m.keep(e)
		}
		VADDPS(e, total, total)
		return []VecVirtual{e}
	}}
	sum.write(t.count("n"))
	Store(t.sum(total), ReturnIndex(0))
	t.ret()
}

// dot writes Dot: four chains of multiply-adds in each lane.
func (t *target) dot() {
	t.text("dot", "(x, y *float32, n int) float32", "returns Σ x[i]·y[i].")
	chains := make([]VecVirtual, 4)
	for i := range chains {
		chains[i] = t.vec()
		t.zero(chains[i])
	}
	next := 0
	l := loop{t: t, in: []string{"x", "y"}, unroll: len(chains), body: func(in []VecVirtual, _ *mask) []VecVirtual {
		VFMADD231PS(in[0], in[1], chains[next%len(chains)])
		next++
		return nil
	}}
	l.write(t.count("n"))
	VADDPS(chains[1], chains[0], chains[0])
	VADDPS(chains[3], chains[2], chains[2])
	VADDPS(chains[2], chains[0], chains[0])
	Store(t.sum(chains[0]), ReturnIndex(0))
	t.ret()
}

// sumBlock is how many rows ColumnSums sums by themselves.
const sumBlock = 1 << sumShift

const sumShift = 6

// columnSums writes ColumnSums. A strip of columns is four vectors wide where
// it can be; a narrower one is cut into single vectors, and to have as many
// sums under way, four blocks of rows are summed at the same time.
func (t *target) columnSums() {
	t.text("columnSums", "(sums, x *float32, ld, rows, cols int)", "computes sums[j] += Σᵢ x[i·ld+j].")
	sums, x, ld, rows, cols := t.pointer("sums"), t.pointer("x"), t.count("ld"), t.count("rows"), t.count("cols")
	SHLQ(U8(2), ld)
	const chains = 4
	total, part := make([]VecVirtual, chains), make([]VecVirtual, chains)
	for i := range chains {
		total[i], part[i] = t.vec(), t.vec()
	}
	left, count, block := GP64(), GP64(), GP64()
	row := make([]GPVirtual, chains)
	for i := range row {
		row[i] = GP64()
	}
	// blockOf sets count = min(sumBlock, left) and takes it from left.
	blockOf := func() {
		MOVQ(U32(sumBlock), count)
		CMPQ(left, count)
		CMOVQLT(left, count)
		SUBQ(count, left)
	}

	Label("wide")
	SUBQ(U8(chains*t.lanes), cols)
	JLT(LabelRef("widedone"))
	MOVQ(x, row[0])
	MOVQ(rows, left)
	for i, v := range total {
		VMOVUPS(Mem{Base: sums, Disp: i * t.bytes()}, v)
	}
	Label("wideblock")
	TESTQ(left, left)
	JE(LabelRef("widestore"))
	blockOf()
	for _, v := range part {
		t.zero(v)
	}
	Label("widerow")
	for i, v := range part {
		VADDPS(Mem{Base: row[0], Disp: i * t.bytes()}, v, v)
	}
	ADDQ(ld, row[0])
	DECQ(count)
	JNE(LabelRef("widerow"))
	for i := range total {
		VADDPS(part[i], total[i], total[i])
	}
	JMP(LabelRef("wideblock"))
	Label("widestore")
	for i, v := range total {
		VMOVUPS(v, Mem{Base: sums, Disp: i * t.bytes()})
	}
	ADDQ(I32(chains*t.bytes()), x)
	ADDQ(I32(chains*t.bytes()), sums)
	JMP(LabelRef("wide"))
	Label("widedone")
	ADDQ(U8(chains*t.lanes), cols)

	Label("narrow")
	TESTQ(cols, cols)
	JLE(LabelRef("end"))
	lanes := GP64()
	MOVQ(U32(t.lanes), lanes)
	CMPQ(cols, lanes)
	CMOVQLT(cols, lanes)
	m := t.mask(lanes)
	m.load(Mem{Base: sums}, total[0])
	MOVQ(x, row[0])
	MOVQ(rows, left)
	MOVQ(ld, block)
	SHLQ(U8(sumShift), block)
	value := t.vec()
	Label("four")
	CMPQ(left, I32(chains*sumBlock))
	JLT(LabelRef("one"))
	for i := range part {
		t.zero(part[i])
		if i > 0 {
			LEAQ(Mem{Base: row[i-1], Index: block, Scale: 1}, row[i])
		}
	}
	MOVQ(U32(sumBlock), count)
	Label("fourrows")
	for i := range part {
		m.load(Mem{Base: row[i]}, value)
		VADDPS(value, part[i], part[i])
		ADDQ(ld, row[i])
	}
	DECQ(count)
	JNE(LabelRef("fourrows"))
	for i := range part {
		VADDPS(part[i], total[0], total[0])
	}
	MOVQ(row[chains-1], row[0])
	SUBQ(I32(chains*sumBlock), left)
	JMP(LabelRef("four"))
	Label("one")
	TESTQ(left, left)
	JE(LabelRef("narrowstore"))
	blockOf()
	t.zero(part[0])
	Label("onerow")
	m.load(Mem{Base: row[0]}, value)
	VADDPS(value, part[0], part[0])
	ADDQ(ld, row[0])
	DECQ(count)
	JNE(LabelRef("onerow"))
	VADDPS(part[0], total[0], total[0])
	JMP(LabelRef("one"))
	Label("narrowstore")
	m.store(total[0], Mem{Base: sums})
	ADDQ(U8(t.bytes()), x)
	ADDQ(U8(t.bytes()), sums)
	SUBQ(U8(t.lanes), cols)
	JMP(LabelRef("narrow"))
	Label("end")
	t.ret()
}
