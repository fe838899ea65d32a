package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// skipPadding goes to the next tap if the offsets of the current one are all
// negative. The first row tells that they are not for almost any tile.
func (c *convTile) skipPadding(h int, label func(string) string) {
	CMPL(Mem{Base: offReg}, U8(0))
	JGE(LabelRef(label("meets")))
	if h > 1 {
		MOVL(Mem{Base: offReg, Disp: 4}, EAX)
		for r := 2; r < h; r++ {
			ANDL(Mem{Base: offReg, Disp: 4 * r}, EAX)
		}
		TESTL(EAX, EAX)
		JPL(LabelRef(label("meets")))
	}
	MOVQ(c.tapBytes, RCX)
	ADDQ(RCX, c.filter)
	JMP(LabelRef(label("nexttap")))
	Label(label("meets"))
}

// rowPointers turns the offsets of the current tap, to which offReg points, into
// pointers, negative ones into one to the zeros unless all are inside.
func (c *convTile) rowPointers(h int, inside bool) {
	MOVQ(c.src, srcReg)
	load := func(r int, dst GPPhysical) { MOVLQSX(Mem{Base: offReg, Disp: 4 * r}, dst) }
	point := func(offset, dst GPPhysical) {
		if inside {
			LEAQ(Mem{Base: srcReg, Index: offset, Scale: 4}, dst)
			return
		}
		TESTQ(offset, offset)
		LEAQ(Mem{Base: srcReg, Index: offset, Scale: 4}, dst)
		CMOVQLT(c.zeros, dst)
	}
	for r := range min(h, 12) {
		load(r, rowRegs[r])
		point(rowRegs[r], rowRegs[r])
	}
	// The last rows take the place of the table and the image.
	switch h {
	case 13:
		load(12, offReg)
		point(offReg, rowRegs[12])
	case 14:
		load(12, bReg)
		load(13, offReg)
		point(offReg, rowRegs[13])
		point(bReg, rowRegs[12])
	}
}
