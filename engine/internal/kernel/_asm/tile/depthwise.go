package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// depthwisePixels is how many pixels share the filter's vectors.
const depthwisePixels = 4

// depthwise writes the kernel that convolves every channel with a filter of its
// own: four pixels at a time, then pixel by pixel; of these as many vectors of
// channels as there are registers for, then half as many, then a masked one.
func depthwise(t target) {
	TEXT("depthwiseF32"+t.name, NOSPLIT, "func(args *byte)")
	d := &depthwiseKernel{target: t}
	zeros, ldf, tapStride := AllocLocal(8), AllocLocal(8), AllocLocal(8)
	rows, srcOffsets, dstOffsets := AllocLocal(8), AllocLocal(8), AllocLocal(8)
	d.zeros, d.srcOffsets, d.dstOffsets = zeros, srcOffsets, dstOffsets
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
	MOVQ(field(convDst), RDI)
	MOVQ(tapStride, R11)
	MOVQ(ldf, R12)

	// RSI Src, RDI Dst, R8 bytes done of the pixels, R9 channels left, R11 and
	// R12 the steps from tap to tap.
	Label("rows")
	CMPQ(rows, U8(depthwisePixels))
	JLT(LabelRef("few"))
	d.pixels("all", depthwisePixels, len(t.file)/8)
	SUBQ(U8(depthwisePixels), rows)
	JMP(LabelRef("rows"))
	Label("few")
	CMPQ(rows, U8(0))
	JE(LabelRef("end"))
	d.pixels("one", 1, 4)
	DECQ(rows)
	JMP(LabelRef("few"))
	Label("end")
	VZEROUPPER()
	RET()
}

type depthwiseKernel struct {
	target
	masks      masks
	mask, zero VecPhysical
	zeros      Mem
	srcOffsets Mem // of the first of the pixels
	dstOffsets Mem
}

func (d *depthwiseKernel) load(masked bool, src Mem, v VecPhysical) {
	if masked {
		d.masks.load(0, src, v, d.mask)
	} else {
		VMOVUPS(src, v)
	}
}

// pixels computes p pixels, most vectors at a time, and goes on to the next.
func (d *depthwiseKernel) pixels(name string, p, most int) {
	label := func(s string) string { return name + s }
	Load(Param("args"), RAX)
	XORQ(R8, R8)
	MOVQ(Mem{Base: RAX, Disp: convCols}, R9)
	for n := most; n >= 1; n /= 2 {
		loop, end := label(fmt.Sprint("vectors", n)), label(fmt.Sprint("less", n))
		Label(loop)
		CMPQ(R9, U8(n*d.lanes))
		JLT(LabelRef(end))
		d.vectors(loop, p, n, false)
		SUBQ(U8(n*d.lanes), R9)
		JMP(LabelRef(loop))
		Label(end)
	}
	TESTQ(R9, R9)
	JE(LabelRef(label("next")))
	d.vectors(label("part"), p, 1, true)
	Label(label("next"))
	ADDQ(U8(4*p), d.srcOffsets)
	ADDQ(U8(4*p), d.dstOffsets)
}

// vectors computes n vectors of channels of p pixels and goes on by them.
func (d *depthwiseKernel) vectors(label string, p, n int, masked bool) {
	at := func(base GPPhysical, v int) Mem {
		return Mem{Base: base, Index: R8, Scale: 1, Disp: v * d.bytes()}
	}
	acc, filter, src := d.file[:p*n], d.file[p*n:(p+1)*n], d.file[(p+1)*n]
	pixels := []GPPhysical{RCX, RBX, R14, R15}[:p]
	field := func(offset int) Mem { return Mem{Base: RAX, Disp: offset} }
	for _, v := range acc {
		d.target.zero(v)
	}
	MOVQ(field(convBias), RBX)
	TESTQ(RBX, RBX)
	JE(LabelRef(label + "taps"))
	for i := range acc {
		d.load(masked, at(RBX, i%n), acc[i])
	}
	Label(label + "taps")
	MOVQ(d.srcOffsets, RDX)
	MOVQ(field(convFilter), R10)
	MOVQ(field(convTaps), R13)
	Label(label + "tap")
	for i, pixel := range pixels {
		MOVLQSX(Mem{Base: RDX, Disp: 4 * i}, pixel)
		TESTQ(pixel, pixel)
		LEAQ(Mem{Base: RSI, Index: pixel, Scale: 4}, pixel)
		CMOVQLT(d.zeros, pixel)
	}
	for v := range n {
		d.load(masked, at(R10, v), filter[v])
	}
	for i, pixel := range pixels {
		for v := range n {
			if masked {
				d.load(masked, at(pixel, v), src)
				VFMADD231PS(filter[v], src, acc[i*n+v])
			} else {
				VFMADD231PS(at(pixel, v), filter[v], acc[i*n+v])
			}
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
	MOVQ(d.dstOffsets, RDX)
	for i := range pixels {
		MOVLQSX(Mem{Base: RDX, Disp: 4 * i}, RCX)
		LEAQ(Mem{Base: RDI, Index: RCX, Scale: 4}, RCX)
		for v := range n {
			if masked {
				d.masks.store(0, acc[i*n+v], at(RCX, v), d.mask)
			} else {
				VMOVUPS(acc[i*n+v], at(RCX, v))
			}
		}
	}
	ADDQ(U32(n*d.bytes()), R8)
}
