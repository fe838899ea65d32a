package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// target is an instruction set: its vectors of one precision and how it loads
// and stores a part of one.
type target struct {
	precision
	name  string
	lanes int
	evex  bool // 32 registers and masks in registers of their own
	file  []VecPhysical
}

var (
	avx512 = target{single, "AVX512", 16, true, []VecPhysical{
		Z0, Z1, Z2, Z3, Z4, Z5, Z6, Z7, Z8, Z9, Z10, Z11, Z12, Z13, Z14, Z15,
		Z16, Z17, Z18, Z19, Z20, Z21, Z22, Z23, Z24, Z25, Z26, Z27, Z28, Z29, Z30, Z31,
	}}
	avx2 = target{single, "AVX2", 8, false, []VecPhysical{
		Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15,
	}}
	// avx512Half has AVX-512's registers and masks, of half the width.
	avx512Half = target{single, "AVX512", 8, true, []VecPhysical{
		Y0, Y1, Y2, Y3, Y4, Y5, Y6, Y7, Y8, Y9, Y10, Y11, Y12, Y13, Y14, Y15,
		Y16, Y17, Y18, Y19, Y20, Y21, Y22, Y23, Y24, Y25, Y26, Y27, Y28, Y29, Y30, Y31,
	}}
	avx512Double     = target{double, "AVX512", 8, true, avx512.file}
	avx512DoubleHalf = target{double, "AVX512", 4, true, avx512Half.file}
	avx2Double       = target{double, "AVX2", 4, false, avx2.file}
)

// is512 reports whether the instructions are AVX-512's, of any width.
func (t target) is512() bool { return t.evex }

// bytes is the size of a vector.
func (t target) bytes() int { return t.size * t.lanes }

func (t target) zero(v VecPhysical) {
	if t.is512() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// masks of the columns of a tile, vector by vector. On AVX-512 they are mask
// registers from the start; on AVX2 they are kept in memory and loaded into
// vectors where they are used.
type masks struct {
	t    target
	k    []OpmaskPhysical
	mem  Mem // where AVX2 finds the mask of the first vector
	gone bool
}

// loadMasks makes the masks of cols columns in nv vectors. It uses cols,
// which it destroys, and tmp.
func (t target) loadMasks(cols, tmp GPPhysical, nv int) masks {
	m := masks{t: t, k: []OpmaskPhysical{K1, K2}[:nv]}
	if !t.is512() {
		// A window of nv·32 bytes that begins cols elements before the end of
		// 64 bytes of ones, followed by zeros.
		m.mem = AllocLocal(8)
		LEAQ(tailTable(), tmp)
		NEGQ(cols)
		LEAQ(Mem{Base: tmp, Index: cols, Scale: uint8(t.size), Disp: 64}, tmp)
		MOVQ(tmp, m.mem)
		return m
	}
	// ones<<cols complemented: the low cols bits. The shift count is in CL.
	if cols != RCX {
		panic("tile: the column count must be in CX")
	}
	MOVQ(I32(-1), tmp)
	SHLQ(CL, tmp)
	NOTQ(tmp)
	for i, k := range m.k {
		if i > 0 {
			SHRQ(U8(t.lanes), tmp)
		}
		KMOVW(tmp.As32(), k)
	}
	return m
}

var table Mem

// tailTable is 16 ones and then 16 zeros, as int32.
func tailTable() Mem {
	if table.Symbol.Name == "" {
		table = GLOBL("tileTail", RODATA|NOPTR)
		for i := range 16 {
			DATA(4*i, I32(-1))
		}
		for i := range 16 {
			DATA(64+4*i, I32(0))
		}
	}
	return table
}

// load loads the masked columns of vector i; the rest is zero. On AVX2 the
// mask is already in the vector mask.
func (m masks) load(i int, src Mem, v, mask VecPhysical) {
	if m.t.is512() {
		m.t.loadZ(src, m.k[i], v)
	} else {
		m.t.maskMove(src, mask, v)
	}
}

// store stores the masked columns of vector i.
func (m masks) store(i int, v VecPhysical, dst Mem, mask VecPhysical) {
	if m.t.is512() {
		m.t.move(v, m.k[i], dst)
	} else {
		m.t.maskMove(v, mask, dst)
	}
}

// inVectors puts the masks into vectors, where AVX2 wants them.
func (m masks) inVectors(vecs []VecPhysical, tmp GPPhysical) {
	if m.t.is512() {
		return
	}
	MOVQ(m.mem, tmp)
	for i, v := range vecs {
		VMOVUPS(Mem{Base: tmp, Disp: i * m.t.bytes()}, v)
	}
}
