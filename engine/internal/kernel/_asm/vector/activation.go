package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// activations writes ReLU, the gradients, and BiasAct with each activation.
func (t *target) activations() {
	var zero VecVirtual
	var one Op
	prepare := func() {
		zero = t.vec()
		t.zero(zero)
		one = t.constant(1)
	}
	// The operand that stands first is what comes out if one is NaN, or if both
	// are zeros.
	relu := func(x VecVirtual) { VMAXPS(x, zero, x) }
	t.elementwise("relu", "(dst, src *float32, n int)", "computes dst[i] = 0 where src[i] < 0, else src[i].", prepare, loop{
		in: []string{"src"}, out: []string{"dst"}, unroll: 4,
		body: func(in []VecVirtual, _ *mask) []VecVirtual { relu(in[0]); return in },
	})

	gradient := func(name, doc string, body func(d, y VecVirtual)) {
		t.elementwise(name, "(dPre, dDst, dst *float32, n int)", doc, prepare, loop{
			in: []string{"dDst", "dst"}, out: []string{"dPre"}, unroll: 2,
			body: func(in []VecVirtual, _ *mask) []VecVirtual { body(in[0], in[1]); return in[:1] },
		})
	}
	gradient("reluGrad", "computes dPre[i] = dDst[i] where dst[i] > 0, else 0.", func(d, y VecVirtual) {
		t.keepWhere(greaterThan, zero, y, d)
	})
	gradient("sigmoidGrad", "computes dPre[i] = dDst[i]·dst[i]·(1−dst[i]).", func(d, y VecVirtual) {
		VMULPS(y, d, d)
		t.subtractFrom(one, y)
		VMULPS(y, d, d)
	})
	gradient("tanhGrad", "computes dPre[i] = dDst[i]·((1−dst[i])·(1+dst[i])).", func(d, y VecVirtual) {
		plus := t.vec()
		VADDPS(one, y, plus)
		t.subtractFrom(one, y)
		VMULPS(plus, y, y)
		VMULPS(y, d, d)
	})

	t.biasAct("bias", "None", prepare, func(VecVirtual) {})
	t.biasAct("biasReLU", "ReLU", prepare, relu)
	var s sigmoidConst
	t.biasAct("biasSigmoid", "Sigmoid", func() { s = t.sigmoidConstants() }, func(x VecVirtual) { VMOVAPS(t.sigmoid(s, x), x) })
	var h tanhConst
	t.biasAct("biasTanh", "Tanh", func() { h = t.tanhConstants() }, func(x VecVirtual) { VMOVAPS(t.tanh(h, x), x) })
}

// subtractFrom computes v = a − v.
func (t *target) subtractFrom(a Op, v VecVirtual) {
	from := t.vec()
	VMOVUPS(a, from)
	VSUBPS(v, from, v)
}

// keepWhere makes v 0 except where a pred b.
func (t *target) keepWhere(pred uint8, b Op, a, v VecVirtual) {
	if t.is512() {
		k := K()
		VCMPPS(U8(pred), b, a, k)
		VMOVAPS_Z(v, k, v)
		return
	}
	m := t.vec()
	VCMPPS(U8(pred), b, a, m)
	VANDPS(m, v, v)
}

// biasAct writes dst[i·ld+j] = act(dst[i·ld+j] + bias[j]).
func (t *target) biasAct(name, act string, prepare func(), body func(x VecVirtual)) {
	t.text(name, "(dst *float32, ld, rows, cols int, bias *float32)", "is BiasAct with the activation "+act+".")
	prepare()
	dst, ld, rows, cols, bias := t.pointer("dst"), t.count("ld"), t.count("rows"), t.count("cols"), t.pointer("bias")
	step := func(at GPVirtual, m *mask) {
		x := t.vec()
		src := Mem{Base: bias, Index: at, Scale: 4}
		place := Mem{Base: dst, Index: at, Scale: 4}
		if m == nil {
			VMOVUPS(place, x)
			VADDPS(src, x, x)
			body(x)
			VMOVUPS(x, place)
			return
		}
		b := t.vec()
		m.load(place, x)
		m.load(src, b)
		VADDPS(b, x, x)
		body(x)
		m.store(x, place)
	}
	whole, left := GP64(), GP64()
	MOVQ(cols, whole)
	ANDQ(I8(-t.lanes), whole)
	MOVQ(cols, left)
	ANDQ(I8(t.lanes-1), left)
	m := t.mask(left)

	Label("row")
	at := GP64()
	XORQ(at, at)
	CMPQ(at, whole)
	JGE(LabelRef("tail"))
	Label("vector")
	step(at, nil)
	ADDQ(U8(t.lanes), at)
	CMPQ(at, whole)
	JLT(LabelRef("vector"))
	Label("tail")
	TESTQ(left, left)
	JE(LabelRef("next"))
	step(at, &m)
	Label("next")
	LEAQ(Mem{Base: dst, Index: ld, Scale: 4}, dst)
	DECQ(rows)
	JNE(LabelRef("row"))
	t.ret()
}
