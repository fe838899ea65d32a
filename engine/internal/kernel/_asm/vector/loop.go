package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// loop writes a pass over vectors of equal length.
type loop struct {
	t *target
	// in and out are the parameters that are read and written, by name. A
	// pointer may be in both.
	in, out []string
	// unroll is how many vectors a turn takes.
	unroll int
	// body computes a vector of each output from one of each input. On the
	// last, partial vector it gets its mask, else nil. It may overwrite in.
	body func(in []VecVirtual, m *mask) []VecVirtual
}

// write writes the loop for n elements and falls out of it at the end.
func (l *loop) write(n GPVirtual) {
	t := l.t
	pointers := map[string]GPVirtual{}
	for _, name := range append(append([]string{}, l.in...), l.out...) {
		if _, ok := pointers[name]; !ok {
			pointers[name] = t.pointer(name)
		}
	}
	at := GP64() // in elements
	XORQ(at, at)
	left := GP64()
	MOVQ(n, left)

	step := func(i int, m *mask) {
		var in []VecVirtual
		for _, name := range l.in {
			v := t.vec()
			src := Mem{Base: pointers[name], Index: at, Scale: 4, Disp: i * t.bytes()}
			if m == nil {
				VMOVUPS(src, v)
			} else {
				m.load(src, v)
			}
			in = append(in, v)
		}
		out := l.body(in, m)
		for j, name := range l.out {
			dst := Mem{Base: pointers[name], Index: at, Scale: 4, Disp: i * t.bytes()}
			if m == nil {
				VMOVUPS(out[j], dst)
			} else {
				m.store(out[j], dst)
			}
		}
	}
	turn := func(label, next string, vectors int) {
		SUBQ(U8(vectors*t.lanes), left)
		JLT(LabelRef(next))
		Label(label)
		for i := range vectors {
			step(i, nil)
		}
		ADDQ(U8(vectors*t.lanes), at)
		SUBQ(U8(vectors*t.lanes), left)
		JGE(LabelRef(label))
		Label(next)
		ADDQ(U8(vectors*t.lanes), left)
	}
	if l.unroll > 1 {
		turn("vectors", "few", l.unroll)
	}
	turn("vector", "tail", 1)
	TESTQ(left, left)
	JE(LabelRef("end"))
	m := t.mask(left)
	step(0, &m)
	Label("end")
}

// elementwise writes a function that is one loop. Its scalars are loaded by
// prepare, which may be nil.
func (t *target) elementwise(name, signature, doc string, prepare func(), l loop) {
	t.text(name, signature, doc)
	l.t = t
	if prepare != nil {
		prepare()
	}
	l.write(t.count("n"))
	t.ret()
}
