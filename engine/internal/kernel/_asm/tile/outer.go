package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Bytes from the start of OuterArgs and of Run; layout_amd64.go asserts them.
const (
	outerDst        = 0
	outerA          = 24
	outerB          = 48
	outerRuns       = 72
	outerRunCount   = 80
	outerRows       = 96
	outerCols       = 104
	outerAStep      = 112
	outerBStep      = 120
	outerDstStride  = 128
	outerAlpha      = 136
	outerAAhead     = 144
	outerBAhead     = 152
	outerAccumulate = 160

	runA     = 0
	runB     = 8
	runCount = 16
	runSize  = 24
)

// outerTile is a kernel of outer products being written: mr rows by nv vectors.
type outerTile struct {
	target
	mr, nv int
	masks  masks
	rows   Mem // stack slot: rows not yet done
}

var (
	outerABase, outerBBase  = R8, R9 // the tile's first row, the panel
	outerRun, outerRunsLeft = R10, R11
	outerAInc, outerBInc    = R12, R13 // bytes from one term to the next
	outerAPtr, outerBPtr    = RSI, RDI
	outerDstTile            = RDX
	outerDstInc             = RBX      // bytes
	outerANext, outerBNext  = R14, R15 // bytes from a row to what is fetched with it
	outerMask               = RAX      // AVX2: where the masks are, while they are used
)

// outer writes the kernel that sums outer products over runs of terms. A tile
// too low to hide the latency of the multiply-adds has its accumulators twice
// or four times, each for every second or fourth term.
func outer(t target, mr, nv int) {
	TEXT(fmt.Sprintf("outer%sTile%dx%d%s", t.element, mr, nv*t.lanes, t.name), NOSPLIT, "func(args *byte)")
	o := &outerTile{target: t, mr: mr, nv: nv, rows: AllocLocal(8)}
	o.prologue()

	Label("next")
	MOVQ(o.rows, RAX)
	TESTQ(RAX, RAX)
	JE(LabelRef("end"))
	chooseHeight(RAX, mr)
	for h := mr; h >= 1; h-- {
		o.tile(h)
	}

	Label("end")
	VZEROUPPER()
	RET()
}

func (o *outerTile) prologue() {
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(outerRows), RCX)
	MOVQ(RCX, o.rows)
	MOVQ(field(outerCols), RCX)
	o.masks = o.loadMasks(RCX, RDX, o.nv)
	MOVQ(field(outerA), outerABase)
	MOVQ(field(outerB), outerBBase)
	MOVQ(field(outerDst), outerDstTile)
	for _, step := range []struct {
		offset int
		reg    GPPhysical
	}{{outerAStep, outerAInc}, {outerBStep, outerBInc}, {outerDstStride, outerDstInc}, {outerAAhead, outerANext}, {outerBAhead, outerBNext}} {
		MOVQ(field(step.offset), step.reg)
		SHLQ(o.shift, step.reg)
	}
}

// copies returns how many sets of accumulators a tile of h rows has: enough
// for two multiply-adds a cycle of latency 4, if there are registers.
func (o *outerTile) copies(h int) int {
	n := 1
	for n < 4 && n*h*o.nv < 8 && 2*n*h*o.nv <= len(o.file)-o.nv-2 {
		n *= 2
	}
	return n
}

// acc is the accumulator of row r, vector v in one of the sets.
func (o *outerTile) acc(h, set, r, v int) VecPhysical { return o.file[(set*h+r)*o.nv+v] }

// The vectors above all accumulators hold B and then broadcast elements of A.
func (o *outerTile) b(v int) VecPhysical { return o.file[len(o.file)-1-v] }
func (o *outerTile) a(i int) VecPhysical { return o.file[len(o.file)-1-o.nv-i%2] }

func (o *outerTile) tile(h int) {
	label := func(s string) string { return fmt.Sprintf("%s%d", s, h) }
	copies := o.copies(h)
	Label(label("tile"))
	args := Load(Param("args"), RAX).(GPPhysical)
	MOVQ(Mem{Base: args, Disp: outerRuns}, outerRun)
	MOVQ(Mem{Base: args, Disp: outerRunCount}, outerRunsLeft)
	MOVQ(outerDstTile, RAX)
	for r := range h {
		PREFETCHT0(Mem{Base: RAX})
		PREFETCHT0(Mem{Base: RAX, Disp: o.nv*o.bytes() - o.size})
		if r+1 < h {
			ADDQ(outerDstInc, RAX)
		}
	}
	for i := range copies * h * o.nv {
		o.target.zero(o.file[i])
	}

	Label(label("run"))
	MOVQ(Mem{Base: outerRun, Disp: runA}, outerAPtr)
	LEAQ(Mem{Base: outerABase, Index: outerAPtr, Scale: uint8(o.size)}, outerAPtr)
	MOVQ(Mem{Base: outerRun, Disp: runB}, outerBPtr)
	LEAQ(Mem{Base: outerBBase, Index: outerBPtr, Scale: uint8(o.size)}, outerBPtr)
	MOVQ(Mem{Base: outerRun, Disp: runCount}, RCX)
	if o.is512() {
		o.terms(h, copies, false, label)
	} else {
		args := Load(Param("args"), RAX).(GPPhysical)
		CMPQ(Mem{Base: args, Disp: outerCols}, U8(o.nv*o.lanes))
		JNE(LabelRef(label("partrun")))
		o.terms(h, copies, false, label)
		JMP(LabelRef(label("runend")))
		Label(label("partrun"))
		MOVQ(o.masks.mem, outerMask)
		o.terms(h, copies, true, func(s string) string { return label("part" + s) })
	}
	Label(label("runend"))
	ADDQ(U8(runSize), outerRun)
	DECQ(outerRunsLeft)
	JNE(LabelRef(label("run")))

	o.finish(h, copies)
	ADDQ(U8(o.size*h), outerABase)
	SUBQ(U8(h), o.rows)
	JMP(LabelRef("next"))
}

// terms adds the terms of one run, RCX of them.
func (o *outerTile) terms(h, copies int, part bool, label func(string) string) {
	if copies > 1 {
		SUBQ(U8(copies), RCX)
		JLT(LabelRef(label("rest")))
		Label(label("block"))
		for set := range copies {
			o.step(h, set, part)
		}
		SUBQ(U8(copies), RCX)
		JGE(LabelRef(label("block")))
		Label(label("rest"))
		ADDQ(U8(copies), RCX)
	} else {
		TESTQ(RCX, RCX)
	}
	JE(LabelRef(label("done")))
	Label(label("term"))
	o.step(h, 0, part)
	DECQ(RCX)
	JNE(LabelRef(label("term")))
	Label(label("done"))
}

// step adds the outer product of h elements of A and a row of B.
func (o *outerTile) step(h, set int, part bool) {
	for v := range o.nv {
		src := Mem{Base: outerBPtr, Disp: v * o.bytes()}
		switch {
		case o.is512():
			o.loadZ(src, o.masks.k[v], o.b(v))
		case part:
			o.move(Mem{Base: outerMask, Disp: v * o.bytes()}, o.b(v))
			o.maskMove(src, o.b(v), o.b(v))
		default:
			o.move(src, o.b(v))
		}
	}
	PREFETCHT1(Mem{Base: outerAPtr, Index: outerANext, Scale: 1})
	for at := 0; at < o.nv*o.bytes(); at += 64 {
		PREFETCHT1(Mem{Base: outerBPtr, Index: outerBNext, Scale: 1, Disp: at})
	}
	ADDQ(outerBInc, outerBPtr)
	for r := range h {
		element := Mem{Base: outerAPtr, Disp: o.size * r}
		if o.is512() && o.nv == 1 {
			o.fma231Each(element, o.b(0), o.acc(h, set, r, 0))
			continue
		}
		o.broadcast(element, o.a(r))
		for v := range o.nv {
			o.fma231(o.b(v), o.a(r), o.acc(h, set, r, v))
		}
	}
	ADDQ(outerAInc, outerAPtr)
}

// finish sums the sets, multiplies by alpha, adds what is in dst if asked to,
// and stores; dst is then the next tile's.
func (o *outerTile) finish(h, copies int) {
	for n := copies / 2; n >= 1; n /= 2 {
		for set := range n {
			for r := range h {
				for v := range o.nv {
					o.add(o.acc(h, set+n, r, v), o.acc(h, set, r, v), o.acc(h, set, r, v))
				}
			}
		}
	}
	label := func(s string) string { return fmt.Sprintf("%s%d", s, h) }
	args := Load(Param("args"), RAX).(GPPhysical)
	alpha := o.a(0)
	o.broadcast(Mem{Base: args, Disp: outerAlpha}, alpha)
	CMPB(Mem{Base: args, Disp: outerAccumulate}, U8(0))
	if !o.is512() {
		MOVQ(o.masks.mem, outerMask) // leaves the flags
	}
	JE(LabelRef(label("fresh")))
	for r := range h {
		for v := range o.nv {
			// The accumulator takes what is in dst: dst + alpha·sum.
			mask := o.mask(v)
			o.masks.load(v, Mem{Base: outerDstTile, Disp: v * o.bytes()}, o.b(v), mask)
			o.fma213(o.b(v), alpha, o.acc(h, 0, r, v))
			o.masks.store(v, o.acc(h, 0, r, v), Mem{Base: outerDstTile, Disp: v * o.bytes()}, mask)
		}
		ADDQ(outerDstInc, outerDstTile)
	}
	JMP(LabelRef(label("stored")))
	Label(label("fresh"))
	for r := range h {
		for v := range o.nv {
			o.mul(alpha, o.acc(h, 0, r, v), o.acc(h, 0, r, v))
			o.masks.store(v, o.acc(h, 0, r, v), Mem{Base: outerDstTile, Disp: v * o.bytes()}, o.mask(v))
		}
		ADDQ(outerDstInc, outerDstTile)
	}
	Label(label("stored"))
}

// mask loads the mask of vector v where AVX2 wants it, in a vector.
func (o *outerTile) mask(v int) VecPhysical {
	m := o.a(1)
	if !o.is512() {
		o.move(Mem{Base: outerMask, Disp: v * o.bytes()}, m)
	}
	return m
}
