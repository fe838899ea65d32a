package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Bytes from the start of packArgs; layout_amd64.go asserts them.
const (
	packDst   = 0
	packSrc   = 24
	packStep  = 48
	packLd    = 56
	packDepth = 64
	packCols  = 72
)

// pack writes the kernels that pack rows and columns.
func pack(t target) {
	packRows(t, 2)
	packRows(t, 1)
	packColumns(t)
}

// packRows writes the kernel that copies depth rows of up to nv vectors.
func packRows(t target, nv int) {
	TEXT(fmt.Sprintf("packRows%sx%d%s", t.element, nv*t.lanes, t.name), NOSPLIT, "func(args *byte)")
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(packCols), RCX)
	masks := t.loadMasks(RCX, RDX, nv)
	MOVQ(field(packDst), RDI)
	MOVQ(field(packSrc), RSI)
	MOVQ(field(packDepth), RCX)
	MOVQ(field(packStep), RDX)
	SHLQ(t.shift, RDX)
	MOVQ(field(packLd), RBX)
	SHLQ(t.shift, RBX)
	masks.inVectors(t.file[4:][:nv], RAX)
	Label("row")
	for v := range nv {
		masks.load(v, Mem{Base: RSI, Disp: v * t.bytes()}, t.file[v], t.file[4+v])
	}
	for v := range nv {
		t.move(t.file[v], Mem{Base: RDI, Disp: v * t.bytes()})
	}
	ADDQ(RBX, RSI)
	ADDQ(RDX, RDI)
	DECQ(RCX)
	JNE(LabelRef("row"))
	VZEROUPPER()
	RET()
}

// packColumns writes the kernel that transposes up to as many rows of src as a
// vector has lanes: squares of that many elements, then a masked rest.
func packColumns(t target) {
	TEXT(fmt.Sprintf("packColumns%sx%d%s", t.element, t.lanes, t.name), NOSPLIT, "func(args *byte)")
	rows := AllocLocal(8 * t.lanes) // where each row of src begins
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(packSrc), RSI)
	MOVQ(field(packLd), RBX)
	SHLQ(t.shift, RBX)
	MOVQ(field(packCols), RCX)
	for j := range t.lanes {
		// Beyond the last row, the last one again: lanes that nobody reads.
		MOVQ(RSI, rows.Offset(8*j))
		CMPQ(RCX, U8(j+2))
		JLT(LabelRef(fmt.Sprintf("last%d", j)))
		ADDQ(RBX, RSI)
		Label(fmt.Sprintf("last%d", j))
	}
	MOVQ(field(packDst), RDI)
	MOVQ(field(packStep), RDX)
	SHLQ(t.shift, RDX)
	MOVQ(field(packDepth), RCX)
	XORQ(R8, R8) // bytes done of each row
	SUBQ(U8(t.lanes), RCX)
	JLT(LabelRef("rest"))
	Label("square")
	for j := range t.lanes {
		MOVQ(rows.Offset(8*j), RAX)
		t.move(Mem{Base: RAX, Index: R8, Scale: 1}, t.file[j])
	}
	for _, column := range t.transpose() {
		t.move(column, Mem{Base: RDI})
		ADDQ(RDX, RDI)
	}
	ADDQ(U8(t.bytes()), R8)
	SUBQ(U8(t.lanes), RCX)
	JGE(LabelRef("square"))

	Label("rest")
	ADDQ(U8(t.lanes), RCX)
	JE(LabelRef("end"))
	MOVQ(RCX, R9)
	masks := t.loadMasks(RCX, R10, 1)
	mask := t.file[len(t.file)-1]
	masks.inVectors([]VecPhysical{mask}, R10)
	for j := range t.lanes {
		MOVQ(rows.Offset(8*j), RAX)
		// On AVX2 the mask's register is the last row's in the end.
		masks.load(0, Mem{Base: RAX, Index: R8, Scale: 1}, t.file[j], mask)
	}
	for _, column := range t.transpose() {
		t.move(column, Mem{Base: RDI})
		ADDQ(RDX, RDI)
		DECQ(R9)
		JE(LabelRef("end"))
	}
	Label("end")
	VZEROUPPER()
	RET()
}

// transpose turns the square in the first half of the registers and returns
// the registers that hold its columns. It uses all registers.
func (t target) transpose() []VecPhysical {
	in, tmp := t.file[:t.lanes], t.file[t.lanes:2*t.lanes]
	if t.size == 8 {
		return t.transposePairs(in, tmp)
	}
	// Four rows at a time, 128 bits of each: quads[q][m] has, in lane l,
	// column 4l+m of rows 4q … 4q+3.
	for q := range t.lanes / 4 {
		a, b, c, d := in[4*q], in[4*q+1], in[4*q+2], in[4*q+3]
		VUNPCKLPS(b, a, tmp[4*q])
		VUNPCKHPS(b, a, tmp[4*q+1])
		VUNPCKLPS(d, c, tmp[4*q+2])
		VUNPCKHPS(d, c, tmp[4*q+3])
	}
	for q := range t.lanes / 4 {
		VUNPCKLPD(tmp[4*q+2], tmp[4*q], in[4*q])
		VUNPCKHPD(tmp[4*q+2], tmp[4*q], in[4*q+1])
		VUNPCKLPD(tmp[4*q+3], tmp[4*q+1], in[4*q+2])
		VUNPCKHPD(tmp[4*q+3], tmp[4*q+1], in[4*q+3])
	}
	out := make([]VecPhysical, t.lanes)
	for m := range 4 {
		if !t.is512() {
			VPERM2F128(U8(0x20), in[4+m], in[m], tmp[m])
			VPERM2F128(U8(0x31), in[4+m], in[m], tmp[4+m])
			out[m], out[4+m] = tmp[m], tmp[4+m]
			continue
		}
		q := []VecPhysical{in[m], in[4+m], in[8+m], in[12+m]}
		transposeQuarters(q, tmp[4*m:4*m+4])
		for l := range 4 {
			out[4*l+m] = q[l]
		}
	}
	return out
}

// transposePairs is transpose for elements of 64 bits.
func (t target) transposePairs(in, tmp []VecPhysical) []VecPhysical {
	// Two rows at a time, 128 bits of each: of rows 2q and 2q+1, low has in lane l
	// column 2l, high column 2l+1.
	pairs := t.lanes / 2
	low, high := tmp[:pairs], tmp[pairs:]
	for q := range pairs {
		VUNPCKLPD(in[2*q+1], in[2*q], low[q])
		VUNPCKHPD(in[2*q+1], in[2*q], high[q])
	}
	out := make([]VecPhysical, t.lanes)
	for m, half := range [][]VecPhysical{low, high} {
		if t.is512() {
			transposeQuarters(half, in[4*m:4*m+4])
			for l := range 4 {
				out[2*l+m] = half[l]
			}
			continue
		}
		VPERM2F128(U8(0x20), half[1], half[0], in[m])
		VPERM2F128(U8(0x31), half[1], half[0], in[2+m])
		out[m], out[2+m] = in[m], in[2+m]
	}
	return out
}

// transposeQuarters turns a square of 4×4 quarters of AVX-512's vectors.
func transposeQuarters(q, tmp []VecPhysical) {
	VSHUFF32X4(U8(0x88), q[1], q[0], tmp[0])
	VSHUFF32X4(U8(0x88), q[3], q[2], tmp[1])
	VSHUFF32X4(U8(0xdd), q[1], q[0], tmp[2])
	VSHUFF32X4(U8(0xdd), q[3], q[2], tmp[3])
	VSHUFF32X4(U8(0x88), tmp[1], tmp[0], q[0])
	VSHUFF32X4(U8(0x88), tmp[3], tmp[2], q[1])
	VSHUFF32X4(U8(0xdd), tmp[1], tmp[0], q[2])
	VSHUFF32X4(U8(0xdd), tmp[3], tmp[2], q[3])
}
