package main

import (
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Bytes from the start of addSpansArgs, Span and permuteArgs; layout_amd64.go
// asserts them.
const (
	spansDst     = 0
	spansSrc     = 24
	spansDstStep = 48
	spansSrcStep = 56
	spansRows    = 64
	spansSpans   = 72
	spansCount   = 80

	spanDst   = 0
	spanSrc   = 8
	spanCount = 16
	spanSize  = 24

	interDst     = 0
	interSrc     = 24
	interDstStep = 48
	interSrcStep = 56
	interLd      = 64
	interStreams = 72
	interN       = 80
	interRows    = 88
	interIndex   = 96
	interMasks   = 104
)

// addSpans writes the kernel that adds spans of rows to spans of rows: span by
// span, row by row.
func addSpans(t target) {
	TEXT("addSpansF32"+t.name, NOSPLIT, "func(args *byte)")
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(spansDst), RBX)
	MOVQ(field(spansSrc), RDX)
	MOVQ(field(spansDstStep), R8)
	SHLQ(U8(2), R8)
	MOVQ(field(spansSrcStep), R9)
	SHLQ(U8(2), R9)
	MOVQ(field(spansRows), R10)
	MOVQ(field(spansSpans), R11)
	MOVQ(field(spansCount), R12)

	// R13 whole vectors, R15 what is left of a row behind them.
	Label("span")
	MOVQ(Mem{Base: R11, Disp: spanDst}, RDI)
	LEAQ(Mem{Base: RBX, Index: RDI, Scale: 4}, RDI)
	MOVQ(Mem{Base: R11, Disp: spanSrc}, RSI)
	LEAQ(Mem{Base: RDX, Index: RSI, Scale: 4}, RSI)
	MOVQ(Mem{Base: R11, Disp: spanCount}, R13)
	MOVQ(R13, R15)
	ANDQ(U8(t.lanes-1), R15)
	SHRQ(U8(bits.Len(uint(t.lanes))-1), R13)
	var m masks
	if t.is512() {
		MOVQ(R15, RCX)
		m = t.loadMasks(RCX, RAX, 1)
	}
	MOVQ(R10, R14)

	v := t.file[0]
	Label("row")
	XORQ(RAX, RAX)
	dst, src := Mem{Base: RDI, Index: RAX, Scale: 1}, Mem{Base: RSI, Index: RAX, Scale: 1}
	MOVQ(R13, RCX)
	TESTQ(RCX, RCX)
	JE(LabelRef("rest"))
	Label("vector")
	VMOVUPS(dst, v)
	VADDPS(src, v, v)
	VMOVUPS(v, dst)
	ADDQ(U8(t.bytes()), RAX)
	DECQ(RCX)
	JNE(LabelRef("vector"))
	Label("rest")
	MOVQ(R15, RCX)
	TESTQ(RCX, RCX)
	JE(LabelRef("next"))
	if t.is512() {
		m.load(0, dst, v, nil)
		m.load(0, src, t.file[1], nil)
		VADDPS(t.file[1], v, v)
		m.store(0, v, dst, nil)
	} else {
		// Masked stores are slow on some machines.
		Label("one")
		VMOVSS(dst, X0)
		VADDSS(src, X0, X0)
		VMOVSS(X0, dst)
		ADDQ(U8(4), RAX)
		DECQ(RCX)
		JNE(LabelRef("one"))
	}
	Label("next")
	ADDQ(R8, RDI)
	ADDQ(R9, RSI)
	DECQ(R14)
	JNE(LabelRef("row"))
	ADDQ(U8(spanSize), R11)
	DECQ(R12)
	JNE(LabelRef("span"))
	VZEROUPPER()
	RET()
}

// interleave writes the kernel that turns streams of elements into pixels of one
// element of each: of as many pixels as a vector has lanes, as many vectors as
// there are streams, each put together from all streams.
func interleave(t target) {
	TEXT("interleaveF32"+t.name, NOSPLIT, "func(args *byte)")
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(interDst), RDI)
	MOVQ(field(interSrc), RSI)
	MOVQ(field(interLd), R8)
	SHLQ(U8(2), R8)
	MOVQ(field(interStreams), R9)
	MOVQ(field(interRows), R10)
	out, index := t.file[0], t.file[1]

	// R11 and R12 go along the row, R13 counts elements.
	Label("row")
	MOVQ(RSI, R11)
	MOVQ(RDI, R12)
	MOVQ(field(interN), R13)
	IMULQ(R9, R13)
	Label("pixels")
	MOVQ(field(interIndex), R14)
	MOVQ(field(interMasks), R15)
	MOVQ(R9, RBX)
	Label("vector")
	VMOVUPS(Mem{Base: R14}, index)
	MOVQ(R11, RDX)
	MOVQ(R9, RCX)
	// The first stream clears the others' lanes, so that a vector does not wait
	// for the one before it.
	KMOVW(Mem{Base: R15}, K1)
	VPERMPS_Z(Mem{Base: RDX}, index, K1, out)
	JMP(LabelRef("next"))
	Label("stream")
	KMOVW(Mem{Base: R15}, K1)
	VPERMPS(Mem{Base: RDX}, index, K1, out)
	Label("next")
	ADDQ(R8, RDX)
	ADDQ(U8(2), R15)
	DECQ(RCX)
	JNE(LabelRef("stream"))
	CMPQ(R13, U8(t.lanes))
	JLE(LabelRef("last"))
	VMOVUPS(out, Mem{Base: R12})
	ADDQ(U8(t.bytes()), R12)
	ADDQ(U8(t.bytes()), R14)
	SUBQ(U8(t.lanes), R13)
	DECQ(RBX)
	JNE(LabelRef("vector"))
	ADDQ(U8(t.bytes()), R11)
	JMP(LabelRef("pixels"))

	Label("last")
	MOVQ(R13, RCX)
	m := t.loadMasks(RCX, RDX, 1)
	m.store(0, out, Mem{Base: R12}, nil)
	MOVQ(field(interDstStep), RDX)
	LEAQ(Mem{Base: RDI, Index: RDX, Scale: 4}, RDI)
	MOVQ(field(interSrcStep), RDX)
	LEAQ(Mem{Base: RSI, Index: RDX, Scale: 4}, RSI)
	DECQ(R10)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}
