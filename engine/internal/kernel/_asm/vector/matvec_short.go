package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// shortRows is a matrix of rows that fit in a few vectors, the last one masked.
type shortRows struct {
	*matVec
	ld3  GPVirtual
	g    []VecVirtual
	sums []VecVirtual // of four rows
	part mask
}

func (m *matVec) shortRows(cols GPVirtual, vectors int) *shortRows {
	left := GP64()
	MOVQ(cols, left)
	SUBQ(U8((vectors-1)*m.lanes), left)
	s := &shortRows{matVec: m, ld3: GP64(), g: make([]VecVirtual, vectors), part: m.mask(left)}
	for range 4 {
		s.sums = append(s.sums, m.vec())
	}
	for v := range s.g {
		s.g[v] = m.vec()
		src := Mem{Base: m.g, Disp: v * m.bytes()}
		if v == vectors-1 {
			s.part.load(src, s.g[v])
		} else {
			VMOVUPS(src, s.g[v])
		}
	}
	LEAQ(Mem{Base: m.ld, Index: m.ld, Scale: 2}, s.ld3)
	return s
}

// visit visits h rows from w on and returns their sums, lanes not yet added.
func (s *shortRows) visit(w GPVirtual, h int) []VecVirtual {
	rows := []Mem{{Base: w}, {Base: w, Index: s.ld, Scale: 1}, {Base: w, Index: s.ld, Scale: 2}, {Base: w, Index: s.ld3, Scale: 1}}
	for i, sum := range s.sums[:h] {
		s.zero(sum)
		var factor VecVirtual
		if s.update {
			factor = s.factor(i)
		}
		for v, g := range s.g {
			part := &s.part
			if v < len(s.g)-1 {
				part = nil
			}
			s.matVec.visit(rows[i].Offset(v*s.bytes()), g, sum, factor, part)
		}
	}
	return s.sums[:h]
}

// short writes the work on all rows of such a matrix, four at a time.
func (m *matVec) short(name string, cols GPVirtual, vectors int) {
	rows := m.shortRows(cols, vectors)
	SUBQ(U8(4), m.rows)
	JLT(LabelRef(name + "rest"))
	Label(name + "four")
	s := rows.visit(m.w, 4)
	m.store(m.sum4(s[0], s[1], s[2], s[3]), 4, name+"fournext")
	LEAQ(Mem{Base: m.w, Index: m.ld, Scale: 4}, m.w)
	SUBQ(U8(4), m.rows)
	JGE(LabelRef(name + "four"))
	Label(name + "rest")
	ADDQ(U8(4), m.rows)
	JE(LabelRef(name + "end"))
	Label(name + "one")
	m.store(m.sum(rows.visit(m.w, 1)[0]), 1, name+"onenext")
	ADDQ(m.ld, m.w)
	DECQ(m.rows)
	JNE(LabelRef(name + "one"))
	Label(name + "end")
	m.ret()
}

// matVecUpdateDense writes MatVecUpdate for short rows that lie one after the
// other. A masked store is a full one to the loads after it, which wait for it
// if they touch the place of a lane that it left out, and the next row begins
// there. So the weights are updated in whole vectors, across the ends of rows:
// as many rows as a vector has lanes are cols vectors, with which the pattern
// of rows repeats. repeated is grad once for each of these rows; rowOf is the
// row of each of their elements.
func (t *target) matVecUpdateDense() {
	t.text("matVecUpdateDense", "(dx, w *float32, rows, cols int, x, grad, repeated *float32, rowOf *int32, step float32)",
		"is matVecUpdate for ld = cols ≤ 16 and whole vectors of rows.")
	m := &matVec{target: t}
	m.dx, m.w, m.x, m.g, m.rows = t.pointer("dx"), t.pointer("w"), t.pointer("x"), t.pointer("grad"), t.count("rows")
	m.step = t.scalar("step")
	cols := t.count("cols")
	m.ld = GP64()
	MOVQ(cols, m.ld)
	SHLQ(U8(2), m.ld)
	if t.is512() {
		m.dense("narrow", cols, 1)
		return
	}
	CMPQ(cols, U8(t.lanes))
	JLE(LabelRef("narrow"))
	m.dense("wide", cols, 2)
	Label("narrow")
	m.dense("narrow", cols, 1)
}

func (m *matVec) dense(name string, cols GPVirtual, vectors int) {
	rows := m.shortRows(cols, vectors)
	Label(name + "rows")
	factors := m.vec()
	VMULPS(Mem{Base: m.x}, m.step, factors)

	TESTQ(m.dx, m.dx)
	JE(LabelRef(name + "update"))
	w := GP64()
	MOVQ(m.w, w)
	for i := 0; i < m.lanes; i += 4 {
		s := rows.visit(w, 4)
		VMOVUPS(m.sum4(s[0], s[1], s[2], s[3]), Mem{Base: m.dx, Disp: 4 * i})
		LEAQ(Mem{Base: w, Index: m.ld, Scale: 4}, w)
	}
	ADDQ(U8(m.bytes()), m.dx)

	Label(name + "update")
	at, count, repeated, rowOf := GP64(), GP64(), m.pointer("repeated"), m.pointer("rowOf")
	XORQ(at, at)
	MOVQ(cols, count)
	Label(name + "vector")
	row, v := m.vec(), m.vec()
	VMOVUPS(Mem{Base: rowOf, Index: at, Scale: 1}, row)
	VPERMPS(factors, row, row)
	VMOVUPS(Mem{Base: m.w}, v)
	VFMADD231PS(Mem{Base: repeated, Index: at, Scale: 1}, row, v)
	VMOVUPS(v, Mem{Base: m.w})
	ADDQ(U8(m.bytes()), m.w)
	ADDQ(U8(m.bytes()), at)
	DECQ(count)
	JNE(LabelRef(name + "vector"))

	ADDQ(U8(m.bytes()), m.x)
	SUBQ(U8(m.lanes), m.rows)
	JNE(LabelRef(name + "rows"))
	m.ret()
}
