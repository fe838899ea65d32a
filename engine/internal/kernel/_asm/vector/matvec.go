package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// matVec is MatVec or MatVecUpdate being written.
type matVec struct {
	*target
	update bool
	step   VecVirtual // of the descent, in every lane

	dx, w, x, g GPVirtual
	ld          GPVirtual // in bytes
	rows        GPVirtual
}

// matVec writes MatVec, or MatVecUpdate: two functions, for rows of up to 16
// elements and for longer ones. There is no long one for AVX-512: on Zen 4,
// where a store of 64 bytes takes two cycles and shares them with nothing, it
// was slower than AVX2's, and where the weights come from memory it cannot be
// faster.
func (t *target) matVec(update bool) {
	for _, length := range []string{"Short", "Long"} {
		if (length == "Long" && t.is512()) || (length == "Short" && t.double()) {
			continue
		}
		m := &matVec{target: t, update: update}
		if update {
			t.text("matVecUpdate"+length, "(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)",
				"computes dx[i] = Σⱼ w[i·ld+j]·grad[j], then w[i·ld+j] += (step·x[i])·grad[j]; dx may be nil.")
			m.step = t.scalar("step")
			m.x = t.pointer("x")
		} else {
			t.text("matVec"+length, "(dx, w *float32, ld, rows, cols int, grad *float32)", "computes dx[i] = Σⱼ w[i·ld+j]·grad[j].")
		}
		m.dx, m.w, m.g, m.ld, m.rows = t.pointer("dx"), t.pointer("w"), t.pointer("grad"), t.count("ld"), t.count("rows")
		SHLQ(U8(t.shift()), m.ld)
		cols := t.count("cols")
		switch {
		case length == "Long":
			m.long(cols)
		case t.is512():
			m.short("narrow", cols, 1)
		default:
			CMPQ(cols, U8(t.lanes))
			JLE(LabelRef("narrow"))
			m.short("wide", cols, 2)
			Label("narrow")
			m.short("narrow", cols, 1)
		}
	}
}

// factor returns the step of the descent on row i in every lane.
func (m *matVec) factor(i int) VecVirtual {
	f := m.vec()
	m.broadcast(Mem{Base: m.x, Disp: m.size * i}, f)
	m.mul(m.step, f, f)
	return f
}

// visit adds the products of a vector at place to sum, and updates it. A mask
// that is nil stands for a whole vector.
func (m *matVec) visit(place Mem, g, sum, factor VecVirtual, part *mask) {
	m.visitAll([]Mem{place}, []VecVirtual{g}, []VecVirtual{sum}, factor, part)
}

// visitAll is visit for several vectors of a row. Their loads stand together
// and their stores too, which was faster by a tenth than load and store in
// turns.
func (m *matVec) visitAll(places []Mem, g, sums []VecVirtual, factor VecVirtual, part *mask) {
	if !m.update && part == nil {
		for i := range sums {
			m.fma(places[i], g[i], sums[i])
		}
		return
	}
	w := make([]VecVirtual, len(sums))
	for i := range sums {
		w[i] = m.vec()
		if part != nil {
			part.load(places[i], w[i])
		} else {
			VMOVUPS(places[i], w[i])
		}
	}
	for i := range sums {
		m.fma(w[i], g[i], sums[i])
		if m.update {
			m.fma(g[i], factor, w[i])
		}
	}
	for i := range sums {
		switch {
		case !m.update:
		case part != nil:
			part.store(w[i], places[i])
		default:
			VMOVUPS(w[i], places[i])
		}
	}
}

// store stores the sums of h rows from dx[0] on and steps dx and x.
func (m *matVec) store(sums VecVirtual, h int, label string) {
	if m.update {
		ADDQ(U8(m.size*h), m.x)
		TESTQ(m.dx, m.dx)
		JE(LabelRef(label))
	}
	if h == 1 {
		m.moveOne(sums, Mem{Base: m.dx})
	} else {
		VMOVUPS(sums, Mem{Base: m.dx})
	}
	ADDQ(U8(m.size*h), m.dx)
	Label(label)
}

// long writes the work on all rows of a matrix, one after the other, each with
// four chains of sums.
func (m *matVec) long(cols GPVirtual) {
	const chains = 4
	at, whole, four, left := GP64(), GP64(), GP64(), GP64() // bytes, left in elements
	MOVQ(cols, left)
	ANDQ(I8(m.lanes-1), left)
	part := m.mask(left)
	MOVQ(cols, whole)
	ANDQ(I8(-m.lanes), whole)
	SHLQ(U8(m.shift()), whole)
	MOVQ(whole, four)
	ANDQ(I32(-chains*m.bytes()), four)

	Label("row")
	sum := make([]VecVirtual, chains)
	for i := range sum {
		sum[i] = m.vec()
		m.zero(sum[i])
	}
	var factor VecVirtual
	if m.update {
		factor = m.factor(0)
	}
	visit := func(vectors int, part *mask) {
		g, places := make([]VecVirtual, vectors), make([]Mem, vectors)
		for i := range vectors {
			g[i] = m.vec()
			src := Mem{Base: m.g, Index: at, Scale: 1, Disp: i * m.bytes()}
			if part != nil {
				part.load(src, g[i])
			} else {
				VMOVUPS(src, g[i])
			}
			places[i] = Mem{Base: m.w, Index: at, Scale: 1, Disp: i * m.bytes()}
		}
		m.visitAll(places, g, sum[:vectors], factor, part)
	}
	XORQ(at, at)
	CMPQ(at, four)
	JGE(LabelRef("few"))
	Label("vectors")
	visit(chains, nil)
	ADDQ(I32(chains*m.bytes()), at)
	CMPQ(at, four)
	JLT(LabelRef("vectors"))
	Label("few")
	CMPQ(at, whole)
	JGE(LabelRef("tail"))
	Label("vector")
	visit(1, nil)
	ADDQ(U8(m.bytes()), at)
	CMPQ(at, whole)
	JLT(LabelRef("vector"))
	Label("tail")
	TESTQ(left, left)
	JE(LabelRef("sum"))
	visit(1, &part)
	Label("sum")
	m.add(sum[1], sum[0], sum[0])
	m.add(sum[3], sum[2], sum[2])
	m.add(sum[2], sum[0], sum[0])
	m.store(m.sum(sum[0]), 1, "rownext")
	ADDQ(m.ld, m.w)
	DECQ(m.rows)
	JNE(LabelRef("row"))
	m.ret()
}
