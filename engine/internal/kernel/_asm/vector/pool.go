package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// maxPool writes MaxPool: one block of channels after the other, each over all
// pixels, so that the mask of the last block is made once.
func (t *target) maxPool() {
	t.text("maxPool", "(dst *float32, arg *int32, src *float32, c int, table *int, taps, pixels, base int)",
		"is MaxPool for at least one pixel, src from base on; arg may be nil.")
	p := &pooling{target: t}
	p.dst, p.arg, p.src = t.pointer("dst"), t.pointer("arg"), t.pointer("src")
	p.c = t.count("c")
	left := GP64()
	MOVQ(p.c, left)
	p.first, p.lane, p.least = GP64(), t.vec(), t.vec()
	XORQ(p.first, p.first)
	VMOVUPS(t.constant(math.Inf(-1)), p.least)
	lanes := GP64()
	LEAQ(t.table("lanes", 4, t.lanes, func(i int) Constant { return U32(i) }), lanes)
	VMOVUPS(Mem{Base: lanes}, p.lane)
	base, bases := GP64(), t.vec()
	Load(Param("base"), base)
	p.spread(base, bases)
	VPADDD(bases, p.lane, p.lane)

	Label("block")
	CMPQ(left, U8(t.lanes))
	JLT(LabelRef("tail"))
	p.block("full", nil)
	ADDQ(U8(t.lanes), p.first)
	SUBQ(U8(t.lanes), left)
	JMP(LabelRef("block"))
	Label("tail")
	TESTQ(left, left)
	JE(LabelRef("end"))
	m := t.mask(left)
	p.block("part", &m)
	Label("end")
	t.ret()
}

type pooling struct {
	*target
	dst, arg, src, c GPVirtual
	first            GPVirtual // channel of the block
	lane             VecVirtual
	least            VecVirtual
}

// block writes the loop over the pixels for one block of channels.
func (p *pooling) block(name string, m *mask) {
	label := func(s string) string { return name + s }
	table, taps, pixels := p.pointer("table"), GP64(), p.count("pixels")
	at, offset := GP64(), GP64() // at is the element of dst
	MOVQ(p.first, at)
	best, where := p.vec(), p.vec()

	load := func(v VecVirtual) {
		src := Mem{Base: p.src, Index: offset, Scale: 4}
		if m == nil {
			VMOVUPS(src, v)
		} else {
			m.load(src, v)
		}
	}
	store := func(v VecVirtual, base GPVirtual) {
		dst := Mem{Base: base, Index: at, Scale: 4}
		if m == nil {
			VMOVUPS(v, dst)
		} else {
			m.store(v, dst)
		}
	}

	Label(label("pixel"))
	Load(Param("taps"), taps)
	// The first tap inside the image is the best so far.
	Label(label("search"))
	MOVQ(Mem{Base: table}, offset)
	ADDQ(U8(8), table)
	DECQ(taps)
	TESTQ(offset, offset)
	JGE(LabelRef(label("found")))
	TESTQ(taps, taps)
	JNE(LabelRef(label("search")))
	VMOVAPS(p.least, best)
	p.ones(where)
	JMP(LabelRef(label("store")))
	Label(label("found"))
	ADDQ(p.first, offset)
	load(best)
	p.spread(offset, where)
	VPADDD(p.lane, where, where)

	Label(label("tap"))
	DECQ(taps)
	JLT(LabelRef(label("store")))
	MOVQ(Mem{Base: table}, offset)
	ADDQ(U8(8), table)
	TESTQ(offset, offset)
	JLT(LabelRef(label("tap")))
	ADDQ(p.first, offset)
	v, index := p.vec(), p.vec()
	load(v)
	p.spread(offset, index)
	// A tap wins if it is not ≤ the best, which includes a NaN on either
	// side, and if the best is not NaN.
	if p.is512() {
		sound, wins := K(), K()
		VCMPPS(U8(ordered), best, best, sound)
		VCMPPS(U8(notLessOrEqual), best, v, sound, wins)
		VMOVAPS(v, wins, best)
		VPADDD(p.lane, index, wins, where)
	} else {
		sound, wins := p.vec(), p.vec()
		VCMPPS(U8(ordered), best, best, sound)
		VCMPPS(U8(notLessOrEqual), best, v, wins)
		VANDPS(sound, wins, wins)
		VPADDD(p.lane, index, index)
		VBLENDVPS(wins, v, best, best)
		VBLENDVPS(wins, index, where, where)
	}
	JMP(LabelRef(label("tap")))

	Label(label("store"))
	store(best, p.dst)
	TESTQ(p.arg, p.arg)
	JE(LabelRef(label("next")))
	store(where, p.arg)
	Label(label("next"))
	ADDQ(p.c, at)
	DECQ(pixels)
	JNE(LabelRef(label("pixel")))
}

// spread puts a number into every lane.
func (p *pooling) spread(n GPVirtual, v VecVirtual) {
	if p.is512() {
		VPBROADCASTD(n.As32(), v)
		return
	}
	VMOVD(n.As32(), v.AsX())
	VPBROADCASTD(v.AsX(), v)
}

// ones puts −1 into every lane.
func (p *pooling) ones(v VecVirtual) {
	if p.is512() {
		VPTERNLOGD(U8(255), v, v, v)
	} else {
		VPCMPEQD(v, v, v)
	}
}
