package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Bytes from the start of DepthwiseFilterArgs; layout_amd64.go asserts them.
const (
	dwDst        = 0
	dwA          = 24
	dwB          = 48
	dwRuns       = 72
	dwRunCount   = 80
	dwTaps       = 96
	dwCols       = 104
	dwTapStep    = 112
	dwAStep      = 120
	dwBStep      = 128
	dwDstStride  = 136
	dwAccumulate = 144

	dwMaxTaps = 7
)

// depthwiseGradient is the kernel of the gradient to depthwise filters being
// written.
type depthwiseGradient struct {
	target
	masks masks
	mask  VecPhysical
}

var (
	dwArgs                = RAX
	dwDone, dwLeft        = R8, R9        // bytes of the channels done, channels left
	dwRun, dwRunsLeft     = R10, R11      //
	dwAInc, dwBInc        = R12, R13      // bytes from one pixel to the next
	dwTap, dwTap3, dwTap5 = R14, R15, RBX // bytes from a tap to the next, three, five
	dwAPtr, dwBPtr        = RSI, RDI
	dwDstPtr              = RDX
)

// depthwiseFilter writes the kernel that sums products of two tensors' pixels,
// channel by channel, for up to seven taps at once: as many vectors of channels
// at a time as there are registers for their sums, then one, then a masked one.
func depthwiseFilter(t target) {
	TEXT("depthwiseFilterF32"+t.name, NOSPLIT, "func(args *byte)")
	d := &depthwiseGradient{target: t}
	Load(Param("args"), dwArgs)
	field := func(offset int) Mem { return Mem{Base: dwArgs, Disp: offset} }
	MOVQ(field(dwCols), RCX)
	ANDQ(U8(t.lanes-1), RCX)
	d.masks = t.loadMasks(RCX, RDX, 1)
	d.mask = t.file[len(t.file)-1]
	d.masks.inVectors([]VecPhysical{d.mask}, RDX)
	for _, step := range []struct {
		offset int
		reg    GPPhysical
	}{{dwAStep, dwAInc}, {dwBStep, dwBInc}, {dwTapStep, dwTap}} {
		MOVQ(field(step.offset), step.reg)
		SHLQ(U8(2), step.reg)
	}
	LEAQ(Mem{Base: dwTap, Index: dwTap, Scale: 2}, dwTap3)
	LEAQ(Mem{Base: dwTap, Index: dwTap, Scale: 4}, dwTap5)
	XORQ(dwDone, dwDone)
	MOVQ(field(dwCols), dwLeft)
	for taps := 1; taps < dwMaxTaps; taps++ {
		CMPQ(field(dwTaps), U8(taps))
		JE(LabelRef(fmt.Sprint("taps", taps)))
	}
	for taps := dwMaxTaps; taps >= 1; taps-- {
		d.taps(taps)
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// taps goes over all channels.
func (d *depthwiseGradient) taps(taps int) {
	Label(fmt.Sprint("taps", taps))
	most := 4
	for (taps+1)*most+2 > len(d.file) {
		most /= 2
	}
	for n := most; n >= 1; n /= 2 {
		loop, end := fmt.Sprintf("taps%dvectors%d", taps, n), fmt.Sprintf("taps%dless%d", taps, n)
		Label(loop)
		CMPQ(dwLeft, U8(n*d.lanes))
		JLT(LabelRef(end))
		d.vectors(loop, taps, n, false)
		SUBQ(U8(n*d.lanes), dwLeft)
		JMP(LabelRef(loop))
		Label(end)
	}
	TESTQ(dwLeft, dwLeft)
	JE(LabelRef("end"))
	d.vectors(fmt.Sprintf("taps%dpart", taps), taps, 1, true)
	JMP(LabelRef("end"))
}

// vectors sums n vectors of channels over all runs and goes on by them.
func (d *depthwiseGradient) vectors(label string, taps, n int, masked bool) {
	acc := func(tap, v int) VecPhysical { return d.file[tap*n+v] }
	b, a := d.file[taps*n:(taps+1)*n], d.file[(taps+1)*n]
	field := func(offset int) Mem { return Mem{Base: dwArgs, Disp: offset} }
	load := func(src Mem, v VecPhysical) {
		if masked {
			d.masks.load(0, src, v, d.mask)
		} else {
			VMOVUPS(src, v)
		}
	}
	for i := range taps * n {
		d.target.zero(d.file[i])
	}
	MOVQ(field(dwRuns), dwRun)
	MOVQ(field(dwRunCount), dwRunsLeft)
	Label(label + "run")
	for _, p := range []struct {
		ptr         GPPhysical
		field, base int
	}{{dwAPtr, runA, dwA}, {dwBPtr, runB, dwB}} {
		MOVQ(Mem{Base: dwRun, Disp: p.field}, p.ptr)
		LEAQ(Mem{Base: dwDone, Index: p.ptr, Scale: 4}, p.ptr)
		ADDQ(field(p.base), p.ptr)
	}
	MOVQ(Mem{Base: dwRun, Disp: runCount}, RCX)
	TESTQ(RCX, RCX)
	JE(LabelRef(label + "ran"))
	Label(label + "pixel")
	for v := range n {
		load(Mem{Base: dwBPtr, Disp: v * d.bytes()}, b[v])
	}
	for tap := range taps {
		for v := range n {
			src := []Mem{
				{Base: dwAPtr},
				{Base: dwAPtr, Index: dwTap, Scale: 1},
				{Base: dwAPtr, Index: dwTap, Scale: 2},
				{Base: dwAPtr, Index: dwTap3, Scale: 1},
				{Base: dwAPtr, Index: dwTap, Scale: 4},
				{Base: dwAPtr, Index: dwTap5, Scale: 1},
				{Base: dwAPtr, Index: dwTap3, Scale: 2},
			}[tap]
			src.Disp = v * d.bytes()
			if masked {
				load(src, a)
				VFMADD231PS(a, b[v], acc(tap, v))
			} else {
				VFMADD231PS(src, b[v], acc(tap, v))
			}
		}
	}
	ADDQ(dwAInc, dwAPtr)
	ADDQ(dwBInc, dwBPtr)
	DECQ(RCX)
	JNE(LabelRef(label + "pixel"))
	Label(label + "ran")
	ADDQ(U8(runSize), dwRun)
	DECQ(dwRunsLeft)
	JNE(LabelRef(label + "run"))

	MOVQ(field(dwDst), dwDstPtr)
	ADDQ(dwDone, dwDstPtr)
	MOVQ(field(dwDstStride), RCX)
	SHLQ(U8(2), RCX)
	for tap := range taps {
		for v := range n {
			place := Mem{Base: dwDstPtr, Disp: v * d.bytes()}
			done := fmt.Sprintf("%sstore%d_%d", label, tap, v)
			CMPB(field(dwAccumulate), U8(0))
			JE(LabelRef(done))
			load(place, a)
			VADDPS(a, acc(tap, v), acc(tap, v))
			Label(done)
			if masked {
				d.masks.store(0, acc(tap, v), place, d.mask)
			} else {
				VMOVUPS(acc(tap, v), place)
			}
		}
		if tap+1 < taps {
			ADDQ(RCX, dwDstPtr)
		}
	}
	ADDQ(U32(n*d.bytes()), dwDone)
}
