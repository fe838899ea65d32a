package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// memory writes the two loops that say how fast the memory is: what benchmarks
// compare the kernels with that only walk over weights. Both take n elements, a
// multiple of four vectors.
func (t *target) memory() {
	const vectors = 4
	walk := func(name, signature, doc string, body func(src Mem, v VecVirtual), prepare func()) {
		t.text(name, signature, doc)
		prepare()
		w, n, at := t.pointer("w"), t.count("n"), GP64()
		XORQ(at, at)
		Label("vectors")
		for i := range vectors {
			body(Mem{Base: w, Index: at, Scale: 4, Disp: i * t.bytes()}, t.vec())
		}
		ADDQ(U8(vectors*t.lanes), at)
		CMPQ(at, n)
		JLT(LabelRef("vectors"))
	}
	walk("memRead", "(w *float32, n int)", "reads memory and does nothing else.",
		func(src Mem, v VecVirtual) { VMOVUPS(src, v) }, func() {})
	t.ret()

	var a VecVirtual
	walk("memUpdate", "(w *float32, n int, a float32)", "computes w[i] += a.", func(src Mem, v VecVirtual) {
		VADDPS(src, a, v)
		VMOVUPS(v, src)
	}, func() { a = t.scalar("a") })
	t.ret()
}
