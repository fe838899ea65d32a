package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// expConst are the numbers of exp: e^x = 2ⁿ·e^r with n = round(x/ln 2).
type expConst struct {
	min, max, log2e, ln2, ln2Low, one Op
	q                                 []Op
}

// expConstants loads the constants of exp.
//
// q is the minimax polynomial of (e^r−1−r)/r² on |r| ≤ ln2/2, so that e^r is
// exact to 2^−28.2; its coefficients were rounded to float32 one by one, the
// rest fitted again each time. ln2 + ln2Low is ln 2 to 2^−54, and n·ln2 − x is
// exact in a fused multiply-add. Beyond min and max the result is 0 and +Inf.
func (t *target) expConstants() expConst {
	return expConst{
		min: t.constant(-104), max: t.constant(89),
		log2e: t.constant(1.44269504088896341), ln2: t.constant(0.693147182464599609), ln2Low: t.constant(1.90465429995776804e-9),
		one: t.constant(1),
		q: []Op{
			t.constant(0x1.fffffcp-2), t.constant(0x1.55549p-3), t.constant(0x1.5558a2p-5),
			t.constant(0x1.123ac8p-7), t.constant(0x1.6a5e04p-10),
		},
	}
}

// exp computes e^x to 0.8 ulp, NaN for NaN. It overwrites x. Unless x is known
// to be negative or NaN, positive must be set.
func (t *target) exp(c expConst, x VecVirtual, positive bool) VecVirtual {
	// NaN passes, for it stands first.
	limit := t.vec()
	VMOVUPS(c.min, limit)
	VMAXPS(x, limit, x)
	if positive {
		VMOVUPS(c.max, limit)
		VMINPS(x, limit, x)
	}
	n := t.vec()
	VMULPS(c.log2e, x, n)
	if t.is512() {
		VRNDSCALEPS(U8(0), n, n)
	} else {
		VROUNDPS(U8(0), n, n)
	}
	// r = x + low, x now being x−n·ln2 and low −n·ln2Low, with the sign turned.
	low, r := t.vec(), t.vec()
	VFNMADD231PS(c.ln2, n, x)
	VMULPS(c.ln2Low, n, low)
	VADDPS(x, low, r)
	q := t.vec()
	VMOVUPS(c.q[4], q)
	for i := 3; i >= 0; i-- {
		VFMADD213PS(c.q[i], r, q)
	}
	// e^r = 1 + x + (low + r²·q): the sum 1+x and what it lost, then the rest.
	sum := t.vec()
	VMULPS(r, r, r)
	VFMADD213PS(low, r, q)
	VADDPS(c.one, x, sum)
	VSUBPS(c.one, sum, r)
	VSUBPS(r, x, x)
	VADDPS(x, q, q)
	VADDPS(q, sum, sum)
	t.scale(n, sum)
	return sum
}

// scale computes v = v·2ⁿ, rounded once, where n is whole and −150 ≤ n ≤ 128
// and v is near 1.
func (t *target) scale(n, v VecVirtual) {
	if t.is512() {
		VSCALEFPS(n, v, v)
		return
	}
	// 2ⁿ may be no float32, so it is made of two factors, of which the first
	// cannot round.
	k := t.vec()
	bias := t.bits(127)
	VCVTPS2DQ(n, n)
	VPSRAD(U8(1), n, k)
	VPSUBD(k, n, n)
	VPADDD(bias, k, k)
	VPADDD(bias, n, n)
	VPSLLD(U8(23), k, k)
	VPSLLD(U8(23), n, n)
	VMULPS(k, v, v)
	VMULPS(n, v, v)
}

// sigmoidConst are the numbers of sigmoid.
type sigmoidConst struct {
	expConst
	sign Op
	zero VecVirtual
}

func (t *target) sigmoidConstants() sigmoidConst {
	c := sigmoidConst{expConst: t.expConstants(), sign: t.bits(1 << 31), zero: t.vec()}
	t.zero(c.zero)
	return c
}

// sigmoid computes 1/(1+e^−x) to 1.5 ulp: with e = e^−|x| it is 1/(1+e), and
// e/(1+e) where x is negative. It overwrites x.
func (t *target) sigmoid(c sigmoidConst, x VecVirtual) VecVirtual {
	negative := t.vec()
	VMOVAPS(x, negative)
	t.or(c.sign, x, x)
	e := t.exp(c.expConst, x, false)
	num, one := t.vec(), t.vec()
	VMOVUPS(c.one, one)
	t.choose(lessThan, c.zero, negative, e, one, num)
	// den + lost = 1 + e. The quotient's remainder corrects it, so that neither
	// the rounding of den nor that of 1/den counts.
	den, lost, inv, quotient := t.vec(), t.vec(), t.vec(), t.vec()
	VADDPS(one, e, den)
	VSUBPS(one, den, lost)
	VSUBPS(lost, e, lost)
	VDIVPS(den, one, inv)
	VMULPS(inv, num, quotient)
	VFNMADD231PS(den, quotient, num)
	VFNMADD231PS(lost, quotient, num)
	VFMADD231PS(num, inv, quotient)
	return quotient
}

// tanhConst are the numbers of tanh.
type tanhConst struct {
	expConst
	sign, magnitude, two, border Op
	p                            []Op
}

// tanhConstants loads the constants of tanh. p is the minimax polynomial of
// (tanh(x)/x−1)/x² in x² on |x| ≤ 0.6, to 2^−28.4 of tanh.
func (t *target) tanhConstants() tanhConst {
	return tanhConst{
		expConst: t.expConstants(),
		sign:     t.bits(1 << 31), magnitude: t.bits(1<<31 - 1),
		two: t.constant(2), border: t.constant(0.6),
		p: []Op{
			t.constant(-0.33333298563957214), t.constant(0.13331936299800873), t.constant(-0.05378471687436104),
			t.constant(0.02079862542450428), t.constant(-0.005897966679185629),
		},
	}
}

// tanh computes tanh(x) to 1.4 ulp: |x| + |x|³·p(x²) below 0.6, from there on
// 1 − 2/(e^2|x|+1), with the sign of x. It overwrites x.
func (t *target) tanh(c tanhConst, x VecVirtual) VecVirtual {
	sign, a, square, p := t.vec(), t.vec(), t.vec(), t.vec()
	t.and(c.sign, x, sign)
	t.and(c.magnitude, x, a)
	VMULPS(a, a, square)
	VMOVUPS(c.p[4], p)
	for i := 3; i >= 0; i-- {
		VFMADD213PS(c.p[i], square, p)
	}
	VMULPS(square, p, p)
	VFMADD213PS(a, a, p)

	double := t.vec()
	VADDPS(a, a, double)
	e := t.exp(c.expConst, double, true)
	big := t.vec()
	VADDPS(c.one, e, e)
	VMOVUPS(c.two, big)
	VDIVPS(e, big, big)
	one := t.vec()
	VMOVUPS(c.one, one)
	VSUBPS(big, one, big)

	t.choose(lessThan, c.border, a, p, big, a)
	t.or(sign, a, a)
	return a
}

// functions writes Exp, Sigmoid and Tanh.
func (t *target) functions() {
	const signature = "(dst, src *float32, n int)"
	one := func(v VecVirtual) []VecVirtual { return []VecVirtual{v} }
	var e expConst
	t.elementwise("exp", signature, "computes dst[i] = e^src[i].", func() { e = t.expConstants() }, loop{
		in: []string{"src"}, out: []string{"dst"},
		body: func(in []VecVirtual, _ *mask) []VecVirtual { return one(t.exp(e, in[0], true)) },
	})
	var s sigmoidConst
	t.elementwise("sigmoid", signature, "computes dst[i] = 1/(1+e^−src[i]).", func() { s = t.sigmoidConstants() }, loop{
		in: []string{"src"}, out: []string{"dst"},
		body: func(in []VecVirtual, _ *mask) []VecVirtual { return one(t.sigmoid(s, in[0])) },
	})
	var h tanhConst
	t.elementwise("tanh", signature, "computes dst[i] = tanh(src[i]).", func() { h = t.tanhConstants() }, loop{
		in: []string{"src"}, out: []string{"dst"},
		body: func(in []VecVirtual, _ *mask) []VecVirtual { return one(t.tanh(h, in[0])) },
	})
}
