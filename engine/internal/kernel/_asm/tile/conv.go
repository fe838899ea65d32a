package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Bytes from the start of ConvArgs; layout_amd64.go asserts them.
const (
	convDst          = 0
	convSrc          = 24
	convFilter       = 48
	convBias         = 72
	convZero         = 96
	convSrcOffsets   = 120
	convDstOffsets   = 144
	convRows         = 168
	convCols         = 176
	convTaps         = 184
	convDepth        = 192
	convTapStride    = 200
	convFilterStride = 208
	convAccumulate   = 216
	convReLU         = 217
	convInside       = 218
	convCold         = 219
)

// rowRegs hold the pointers to the rows of A; RAX, the only other one, holds
// the pointer to B. While the row pointers are made, the last two hold the
// offset table and the image.
var (
	bReg    = RAX
	rowRegs = []GPPhysical{RCX, RDX, RBX, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15, RBP}
	srcReg  = R15
	offReg  = RBP
)

// convTile is a conv kernel being written: mr rows by nv vectors.
type convTile struct {
	target
	mr, nv int
	masks  masks

	// Stack slots.
	srcOffsets Mem // of the tile's first row, first tap
	dstOffsets Mem // of the tile's first row
	rows       Mem // not yet done
	tapOffsets Mem // of the current tap
	taps       Mem // not yet done in this tile
	filter     Mem // the current row of B
	src, zeros Mem
	quads      Mem // depth/4
	odd        Mem // depth%4
	count      Mem
	tapStride  Mem // bytes
	ldb        Mem // bytes
	tapBytes   Mem // of B
	inside     Mem // not 0: no offset is negative
	cold       Mem // not 0: the source is fetched ahead
	lastQuads  Mem // quads of the last tap, without the tail
	tail       Mem // steps of the tail
	tailLeft   Mem // as tail, or 0 where the last tap is skipped
}

// conv writes the indirect convolution kernel. Rows are cut into tiles of mr;
// what is left beyond a full tile and fits no second one is cut in halves, and
// every height has its own code.
func conv(t target, mr, nv int) {
	TEXT(fmt.Sprintf("convF32Tile%dx%d%s", mr, nv*t.lanes, t.name), NOSPLIT, "func(args *byte)")
	c := &convTile{target: t, mr: mr, nv: nv}
	for _, slot := range []*Mem{
		&c.srcOffsets, &c.dstOffsets, &c.rows, &c.tapOffsets, &c.taps, &c.filter, &c.src, &c.zeros,
		&c.quads, &c.odd, &c.count, &c.tapStride, &c.ldb, &c.tapBytes, &c.inside, &c.cold,
		&c.lastQuads, &c.tail, &c.tailLeft,
	} {
		*slot = AllocLocal(8)
	}
	c.prologue()

	Label("next")
	MOVQ(c.rows, RAX)
	TESTQ(RAX, RAX)
	JE(LabelRef("end"))
	chooseHeight(RAX, mr)
	for h := mr; h >= 1; h-- {
		c.tile(h)
	}

	Label("end")
	VZEROUPPER()
	RET()
}

func (c *convTile) prologue() {
	args := Load(Param("args"), RAX)
	field := func(offset int) Mem { return Mem{Base: args.(GPPhysical), Disp: offset} }
	copyTo := func(slot Mem, offset int) {
		MOVQ(field(offset), RDX)
		MOVQ(RDX, slot)
	}
	copyTo(c.srcOffsets, convSrcOffsets)
	copyTo(c.dstOffsets, convDstOffsets)
	copyTo(c.rows, convRows)
	copyTo(c.src, convSrc)
	copyTo(c.zeros, convZero)
	MOVQ(field(convDepth), RDX)
	MOVQ(RDX, RBX)
	SHRQ(U8(2), RDX)
	MOVQ(RDX, c.quads)
	ANDQ(U8(3), RBX)
	MOVQ(RBX, c.odd)
	if c.splits(c.mr) {
		c.cutTail(RDX, RBX, RSI)
	}
	MOVQ(field(convTapStride), RDX)
	SHLQ(U8(2), RDX)
	MOVQ(RDX, c.tapStride)
	MOVQ(field(convFilterStride), RDX)
	SHLQ(U8(2), RDX)
	MOVQ(RDX, c.ldb)
	IMULQ(field(convDepth), RDX)
	MOVQ(RDX, c.tapBytes)
	MOVBQZX(field(convInside), RDX)
	MOVQ(RDX, c.inside)
	if c.fetches() {
		MOVBQZX(field(convCold), RDX)
		MOVQ(RDX, c.cold)
	}
	MOVQ(field(convCols), RCX)
	c.masks = c.loadMasks(RCX, RDX, c.nv)
}

// chooseHeight jumps to tile1 … tile<mr> by the number of rows that are left.
func chooseHeight(rows GPPhysical, mr int) {
	CMPQ(rows, U8(2*mr))
	JGE(LabelRef(fmt.Sprintf("tile%d", mr)))
	CMPQ(rows, U8(mr))
	JLE(LabelRef("search"))
	INCQ(rows)
	SHRQ(U8(1), rows)
	Label("search")
	var search func(lo, hi int)
	search = func(lo, hi int) {
		if lo == hi {
			JMP(LabelRef(fmt.Sprintf("tile%d", lo)))
			return
		}
		mid := (lo + hi) / 2
		above := fmt.Sprintf("above%d", mid)
		CMPQ(rows, U8(mid))
		JG(LabelRef(above))
		search(lo, mid)
		Label(above)
		search(mid+1, hi)
	}
	search(1, mr)
}

// acc is the accumulator of row r, vector v; the vectors above the
// accumulators of the full tile hold B and then broadcast elements of A.
func (c *convTile) acc(r, v int) VecPhysical { return c.file[r*c.nv+v] }
func (c *convTile) b(v int) VecPhysical      { return c.file[c.mr*c.nv+v] }
func (c *convTile) bs() []VecPhysical        { return c.file[c.mr*c.nv:][:c.nv] }
func (c *convTile) a(i int) VecPhysical {
	free := c.file[(c.mr+1)*c.nv:]
	return free[i%len(free)]
}

func (c *convTile) tile(h int) {
	label := func(s string) string { return fmt.Sprintf("%s%d", s, h) }
	Label(label("tile"))
	c.start(h, label)

	Label(label("tap"))
	MOVQ(c.tapOffsets, offReg)
	CMPQ(c.inside, U8(0))
	JE(LabelRef(label("border")))
	c.rowPointers(h, true)
	Label(label("product"))
	MOVQ(c.quads, bReg)
	if c.splits(h) {
		CMPQ(c.taps, U8(1))
		CMOVQEQ(c.lastQuads, bReg)
	}
	MOVQ(bReg, c.count)
	TESTQ(bReg, bReg)
	MOVQ(c.filter, bReg)
	JE(LabelRef(label("odd")))

	if c.fetchesSrc(h) {
		CMPQ(c.cold, U8(0))
		JNE(LabelRef(label("cold")))
	}
	c.quadLoop(h, label("quad"), false)

	Label(label("odd"))
	if c.splits(h) {
		CMPQ(c.taps, U8(1))
		JE(LabelRef(label("tail")))
	}
	for k := range 3 {
		CMPQ(c.odd, U8(k))
		JE(LabelRef(label("tapend")))
		c.step(0, h, k)
	}

	Label(label("tapend"))
	MOVQ(bReg, c.filter)
	Label(label("nexttap"))
	MOVQ(c.tapStride, RCX)
	ADDQ(RCX, c.tapOffsets)
	DECQ(c.taps)
	JNE(LabelRef(label("tap")))

	if c.splits(h) {
		MOVQ(I32(0), c.tailLeft) // the last tap was skipped
		JMP(LabelRef(label("half0")))
		c.tailSteps(h, label)
	} else {
		c.finish(0, h, label)
	}
	ADDQ(U8(4*h), c.srcOffsets)
	ADDQ(U8(4*h), c.dstOffsets)
	SUBQ(U8(h), c.rows)
	JMP(LabelRef("next"))

	Label(label("border"))
	c.skipPadding(h, label)
	c.rowPointers(h, false)
	JMP(LabelRef(label("product")))

	if c.fetchesSrc(h) {
		c.quadLoop(h, label("cold"), true)
		JMP(LabelRef(label("odd")))
	}
}

// quadLoop takes four steps at a time.
func (c *convTile) quadLoop(h int, label string, fetch bool) {
	Label(label)
	for k := range 4 {
		c.step(0, h, k)
	}
	for _, row := range rowRegs[:h] {
		if fetch {
			PREFETCHT0(Mem{Base: row, Disp: srcAhead})
		}
		ADDQ(U8(16), row)
	}
	DECQ(c.count)
	JNE(LabelRef(label))
}

// splits reports whether a tile of so many rows is finished in halves. The store
// queue of Zen 4 has no room for all stores of a high tile: until they have
// left, nothing of the next tile begins, and some 70 cycles are lost. So the
// last steps are taken for the first half of the rows alone, which are stored
// while the other half's are.
func (c *convTile) splits(h int) bool { return c.lanes == 16 && h*c.nv > 20 }

// tailQuads is about how many steps, in fours, the tail has: half of the rows
// take as long for them as the processor looks ahead.
const tailQuads = 3

// cutTail finds where the last tap's tail begins, from a tap's quads and odd
// steps, which it destroys.
func (c *convTile) cutTail(quads, odd, tmp GPPhysical) {
	MOVQ(U32(tailQuads), tmp)
	CMPQ(quads, tmp)
	CMOVQLT(quads, tmp)
	SUBQ(tmp, quads)
	MOVQ(quads, c.lastQuads)
	LEAQ(Mem{Base: odd, Index: tmp, Scale: 4}, odd)
	MOVQ(odd, c.tail)
}

// tailSteps takes the last steps of the last tap and stores the tile.
func (c *convTile) tailSteps(h int, label func(string) string) {
	Label(label("tail"))
	MOVQ(bReg, c.filter)
	MOVQ(c.tail, bReg)
	MOVQ(bReg, c.tailLeft)
	for i, half := range [][2]int{{0, h / 2}, {h / 2, h}} {
		lo, hi := half[0], half[1]
		of := func(s string) string { return label(fmt.Sprint(s, i)) }
		Label(of("half"))
		MOVQ(c.tailLeft, bReg)
		TESTQ(bReg, bReg)
		JE(LabelRef(of("done")))
		MOVQ(bReg, c.count)
		MOVQ(c.filter, bReg)
		Label(of("steps"))
		c.step(lo, hi, 0)
		for _, row := range rowRegs[lo:hi] {
			ADDQ(U8(4), row)
		}
		DECQ(c.count)
		JNE(LabelRef(of("steps")))
		Label(of("done"))
		c.finish(lo, hi, of)
	}
}

// start fills the accumulators and goes to the first tap.
func (c *convTile) start(h int, label func(string) string) {
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(convTaps), RCX)
	MOVQ(RCX, c.taps)
	MOVQ(field(convFilter), RCX)
	MOVQ(RCX, c.filter)
	MOVQ(c.srcOffsets, RCX)
	MOVQ(RCX, c.tapOffsets)

	c.masks.inVectors(c.bs(), RCX)
	CMPB(field(convAccumulate), U8(0))
	JE(LabelRef(label("fresh")))
	MOVQ(field(convDst), RDX)
	MOVQ(c.dstOffsets, RBX)
	for r := range h {
		MOVLQSX(Mem{Base: RBX, Disp: 4 * r}, RSI)
		LEAQ(Mem{Base: RDX, Index: RSI, Scale: 4}, RSI)
		for v := range c.nv {
			c.masks.load(v, Mem{Base: RSI, Disp: v * c.bytes()}, c.acc(r, v), c.b(v))
		}
	}
	JMP(LabelRef(label("tap")))

	Label(label("fresh"))
	if c.fetches() {
		c.fetchDst(h, field(convDst))
	}
	MOVQ(field(convBias), RDX)
	TESTQ(RDX, RDX)
	JE(LabelRef(label("zero")))
	for v := range c.nv {
		c.masks.load(v, Mem{Base: RDX, Disp: v * c.bytes()}, c.acc(0, v), c.b(v))
	}
	for r := 1; r < h; r++ {
		for v := range c.nv {
			VMOVAPS(c.acc(0, v), c.acc(r, v))
		}
	}
	JMP(LabelRef(label("tap")))

	Label(label("zero"))
	for r := range h {
		for v := range c.nv {
			c.target.zero(c.acc(r, v))
		}
	}
}

// fetches reports whether a tile fetches what it will write. It does not pay for
// rows of one cache line and less.
func (c *convTile) fetches() bool { return c.is512() && c.nv > 1 }

// fetchesSrc reports whether a tile fetches a cold source ahead: a full one.
func (c *convTile) fetchesSrc(h int) bool { return c.fetches() && h == c.mr }

// srcAhead is how many bytes ahead of what is read of each row the source is
// fetched: two lines. The processor itself does not follow so many rows at once.
const srcAhead = 128

// fetchDst fetches where the tile goes, so that its stores need not wait.
func (c *convTile) fetchDst(h int, dst Mem) {
	MOVQ(dst, RDX)
	MOVQ(c.dstOffsets, RBX)
	for r := range h {
		MOVLQSX(Mem{Base: RBX, Disp: 4 * r}, RSI)
		LEAQ(Mem{Base: RDX, Index: RSI, Scale: 4}, RSI)
		for at := 0; at < c.nv*c.bytes(); at += 64 {
			PREFETCHT0(Mem{Base: RSI, Disp: at})
		}
	}
}

// step adds the outer product of element k of rows [lo, hi) and one row of B.
func (c *convTile) step(lo, hi, k int) {
	for v := range c.nv {
		VMOVUPS(Mem{Base: bReg, Disp: v * c.bytes()}, c.b(v))
	}
	ADDQ(c.ldb, bReg)
	for r := lo; r < hi; r++ {
		element := Mem{Base: rowRegs[r], Disp: 4 * k}
		if c.is512() && c.nv == 1 {
			VFMADD231PS_BCST(element, c.b(0), c.acc(r, 0))
			continue
		}
		VBROADCASTSS(element, c.a(r))
		for v := range c.nv {
			VFMADD231PS(c.b(v), c.a(r), c.acc(r, v))
		}
	}
}

// finish applies the activation and stores rows [lo, hi) of the tile.
func (c *convTile) finish(lo, hi int, label func(string) string) {
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	CMPB(field(convReLU), U8(0))
	JE(LabelRef(label("store")))
	c.target.zero(c.a(0))
	for r := lo; r < hi; r++ {
		for v := range c.nv {
			// The second source of the instruction, Go's first, is what comes
			// out if one of them is NaN.
			VMAXPS(c.acc(r, v), c.a(0), c.acc(r, v))
		}
	}
	Label(label("store"))
	MOVQ(field(convDst), RDX)
	MOVQ(c.dstOffsets, RBX)
	row := func(r int) {
		MOVLQSX(Mem{Base: RBX, Disp: 4 * r}, RSI)
		LEAQ(Mem{Base: RDX, Index: RSI, Scale: 4}, RSI)
	}
	CMPQ(field(convCols), U8(c.nv*c.lanes))
	JNE(LabelRef(label("part")))
	for r := lo; r < hi; r++ {
		row(r)
		for v := range c.nv {
			VMOVUPS(c.acc(r, v), Mem{Base: RSI, Disp: v * c.bytes()})
		}
	}
	JMP(LabelRef(label("stored")))
	Label(label("part"))
	c.masks.inVectors(c.bs(), RCX)
	for r := lo; r < hi; r++ {
		row(r)
		for v := range c.nv {
			c.masks.store(v, c.acc(r, v), Mem{Base: RSI, Disp: v * c.bytes()}, c.b(v))
		}
	}
	Label(label("stored"))
}
