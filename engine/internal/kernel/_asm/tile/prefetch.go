package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// prefetch writes the loop that asks for cache lines.
func prefetch() {
	TEXT("prefetchLines", NOSPLIT, "func(src *float32, lines int)")
	Load(Param("src"), RAX)
	Load(Param("lines"), RCX)
	Label("line")
	PREFETCHT0(Mem{Base: RAX})
	ADDQ(U8(64), RAX)
	DECQ(RCX)
	JNE(LabelRef("line"))
	RET()
}
