package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// depthwise writes the kernel that convolves every channel with a filter of its
// own: pixel by pixel, four vectors of channels at a time, then one, then a
// masked one.
func depthwise(t target) {
	TEXT("depthwiseF32"+t.name, NOSPLIT, "func(args *byte)")
	d := &depthwiseKernel{target: t}
	zeros, ldf, tapStride := AllocLocal(8), AllocLocal(8), AllocLocal(8)
	rows, srcOffsets, dstOffsets := AllocLocal(8), AllocLocal(8), AllocLocal(8)
	d.zeros, d.srcOffsets = zeros, srcOffsets
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	for _, c := range []struct {
		offset int
		slot   Mem
		bytes  bool
	}{
		{convZero, zeros, false}, {convFilterStride, ldf, true}, {convTapStride, tapStride, true},
		{convRows, rows, false}, {convSrcOffsets, srcOffsets, false}, {convDstOffsets, dstOffsets, false},
	} {
		MOVQ(field(c.offset), RDX)
		if c.bytes {
			SHLQ(U8(2), RDX)
		}
		MOVQ(RDX, c.slot)
	}
	// The mask of what is left behind the last whole vector.
	MOVQ(field(convCols), RCX)
	ANDQ(U8(t.lanes-1), RCX)
	d.masks = t.loadMasks(RCX, RDX, 1)
	d.mask = t.file[len(t.file)-1]
	d.masks.inVectors([]VecPhysical{d.mask}, RDX)
	d.zero = t.file[len(t.file)-2]
	t.zero(d.zero)
	MOVQ(field(convSrc), RSI)
	MOVQ(tapStride, R11)
	MOVQ(ldf, R12)

	// RSI Src, RDI the pixel of Dst, R8 bytes done of it, R9 channels left,
	// R11 and R12 the steps from tap to tap.
	Label("row")
	Load(Param("args"), RAX)
	MOVQ(dstOffsets, RBX)
	MOVLQSX(Mem{Base: RBX}, RCX)
	MOVQ(field(convDst), RDI)
	LEAQ(Mem{Base: RDI, Index: RCX, Scale: 4}, RDI)
	XORQ(R8, R8)
	MOVQ(field(convCols), R9)

	Label("four")
	CMPQ(R9, U8(4*t.lanes))
	JLT(LabelRef("one"))
	d.vectors("four", 4, false)
	SUBQ(U8(4*t.lanes), R9)
	JMP(LabelRef("four"))
	Label("one")
	CMPQ(R9, U8(t.lanes))
	JLT(LabelRef("part"))
	d.vectors("one", 1, false)
	SUBQ(U8(t.lanes), R9)
	JMP(LabelRef("one"))
	Label("part")
	TESTQ(R9, R9)
	JE(LabelRef("next"))
	d.vectors("part", 1, true)

	Label("next")
	ADDQ(U8(4), srcOffsets)
	ADDQ(U8(4), dstOffsets)
	DECQ(rows)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

type depthwiseKernel struct {
	target
	masks             masks
	mask, zero        VecPhysical
	zeros, srcOffsets Mem
}

func (d *depthwiseKernel) load(masked bool, src Mem, v VecPhysical) {
	if masked {
		d.masks.load(0, src, v, d.mask)
	} else {
		VMOVUPS(src, v)
	}
}

// vectors computes n vectors of channels of a pixel and goes on by them.
func (d *depthwiseKernel) vectors(label string, n int, masked bool) {
	at := func(base GPPhysical, v int) Mem {
		return Mem{Base: base, Index: R8, Scale: 1, Disp: v * d.bytes()}
	}
	acc, src, filter := d.file[:n], d.file[4:8], d.file[8]
	field := func(offset int) Mem { return Mem{Base: RAX, Disp: offset} }
	for _, v := range acc {
		d.target.zero(v)
	}
	MOVQ(field(convBias), RBX)
	TESTQ(RBX, RBX)
	JE(LabelRef(label + "taps"))
	for v := range n {
		d.load(masked, at(RBX, v), acc[v])
	}
	Label(label + "taps")
	MOVQ(d.srcOffsets, RDX)
	MOVQ(field(convFilter), R10)
	MOVQ(field(convTaps), R13)
	Label(label + "tap")
	MOVLQSX(Mem{Base: RDX}, RCX)
	TESTQ(RCX, RCX)
	LEAQ(Mem{Base: RSI, Index: RCX, Scale: 4}, RCX)
	CMOVQLT(d.zeros, RCX)
	for v := range n {
		d.load(masked, at(RCX, v), src[v])
		if masked {
			d.load(masked, at(R10, v), filter)
			VFMADD231PS(filter, src[v], acc[v])
		} else {
			VFMADD231PS(at(R10, v), src[v], acc[v])
		}
	}
	ADDQ(R11, RDX)
	ADDQ(R12, R10)
	DECQ(R13)
	JNE(LabelRef(label + "tap"))

	CMPB(field(convReLU), U8(0))
	JE(LabelRef(label + "store"))
	for _, v := range acc {
		// What comes out for a NaN is the second source, Go's first.
		VMAXPS(v, d.zero, v)
	}
	Label(label + "store")
	for v := range n {
		if masked {
			d.masks.store(0, acc[v], at(RDI, v), d.mask)
		} else {
			VMOVUPS(acc[v], at(RDI, v))
		}
	}
	ADDQ(U32(n*d.bytes()), R8)
}
