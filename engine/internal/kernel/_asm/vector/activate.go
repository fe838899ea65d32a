package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

// furtherActivations writes those that are not fused with a bias, and what is made
// of gradients: where the comment says x, from the input, else from the output y.
func (t *target) furtherActivations() {
	var zero, six VecVirtual
	prepare := func() {
		zero, six = t.vec(), t.register(6)
		t.zero(zero)
	}
	forward := func(name, doc string, prepare func(), body func(x VecVirtual)) {
		t.elementwise(name, "(dst, src *float32, n int)", "computes dst[i] = "+doc, prepare, loop{
			in: []string{"src"}, out: []string{"dst"}, unroll: 2,
			body: func(in []VecVirtual, _ *mask) []VecVirtual { body(in[0]); return in },
		})
	}
	backward := func(name, doc string, prepare func(), body func(d, of VecVirtual)) {
		t.elementwise(name, "(dPre, dDst, of *float32, n int)", "computes dPre[i] = "+doc, prepare, loop{
			in: []string{"dDst", "of"}, out: []string{"dPre"},
			body: func(in []VecVirtual, _ *mask) []VecVirtual { body(in[0], in[1]); return in[:1] },
		})
	}
	// The operand that stands first comes out where one is NaN.
	relu6 := func(x VecVirtual) {
		VMAXPS(x, zero, x)
		VMINPS(x, six, x)
	}
	hardSigmoid := func(x VecVirtual) {
		VADDPS(t.constant(3), x, x)
		relu6(x)
		VMULPS(t.constant(1./6), x, x)
	}
	forward("relu6", "min(max(src[i], 0), 6).", prepare, relu6)
	backward("relu6Grad", "dDst[i] where 0 < y < 6, else 0.", prepare, func(d, y VecVirtual) {
		t.keepWhere(greaterThan, zero, y, d)
		t.keepWhere(lessThan, six, y, d)
	})
	forward("hardSigmoid", "min(max(src[i]+3, 0), 6)/6.", prepare, hardSigmoid)
	backward("hardSigmoidGrad", "dDst[i]/6 where 0 < y < 1, else 0.", prepare, func(d, y VecVirtual) {
		VMULPS(t.constant(1./6), d, d)
		t.keepWhere(greaterThan, zero, y, d)
		t.keepWhere(lessThan, t.constant(1), y, d)
	})
	forward("hardSwish", "src[i]·min(max(src[i]+3, 0), 6)/6.", prepare, func(x VecVirtual) {
		h := t.vec()
		VMOVAPS(x, h)
		hardSigmoid(h)
		VMULPS(h, x, x)
	})
	backward("hardSwishGrad", "0 where x ≤ −3, dDst[i]·(x/3 + 1/2) where x < 3, else dDst[i].", prepare, func(d, x VecVirtual) {
		s := t.vec()
		VMULPS(t.constant(1./3), x, s)
		VADDPS(t.constant(0.5), s, s)
		VMULPS(s, d, s)
		t.choose(lessThan, t.constant(3), x, s, d, d)
		t.keepWhere(notLessOrEqual, t.constant(-3), x, d)
	})
	var s sigmoidConst
	constants := func() { s = t.sigmoidConstants() }
	sigmoid := func(x VecVirtual) VecVirtual {
		v := t.vec()
		VMOVAPS(x, v)
		return t.sigmoid(s, v)
	}
	t.elementwise("silu", "(dst, src *float32, n int)", "computes dst[i] = src[i]/(1+e^−src[i]).", constants, loop{
		in: []string{"src"}, out: []string{"dst"},
		body: func(in []VecVirtual, _ *mask) []VecVirtual {
			VMULPS(sigmoid(in[0]), in[0], in[0])
			return in
		},
	})
	backward("siluGrad", "dDst[i]·(σ + x·σ·(1−σ)), σ = 1/(1+e^−x).", constants, func(d, x VecVirtual) {
		y, one := sigmoid(x), t.vec()
		VMOVUPS(t.constant(1), one)
		VSUBPS(y, one, one) // 1 − σ
		VMULPS(y, x, x)
		VMULPS(one, x, x)
		VADDPS(y, x, x)
		VMULPS(x, d, d)
	})

	var slope VecVirtual
	withSlope := func() {
		prepare()
		slope = t.scalar("slope")
	}
	t.elementwise("leakyReLU", "(dst, src *float32, n int, slope float32)", "computes dst[i] = src[i] where src[i] > 0, else slope·src[i].", withSlope, loop{
		in: []string{"src"}, out: []string{"dst"}, unroll: 2,
		body: func(in []VecVirtual, _ *mask) []VecVirtual {
			low := t.vec()
			VMULPS(slope, in[0], low)
			t.choose(greaterThan, zero, in[0], in[0], low, in[0])
			return in
		},
	})
	t.elementwise("leakyReLUGrad", "(dPre, dDst, dst *float32, n int, slope float32)", "computes dPre[i] = dDst[i] where dst[i] > 0, else slope·dDst[i].", withSlope, loop{
		in: []string{"dDst", "dst"}, out: []string{"dPre"}, unroll: 2,
		body: func(in []VecVirtual, _ *mask) []VecVirtual {
			low := t.vec()
			VMULPS(slope, in[0], low)
			t.choose(greaterThan, zero, in[1], in[0], low, in[0])
			return in[:1]
		},
	})
}
