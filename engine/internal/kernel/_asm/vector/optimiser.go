package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/reg"
)

// optimisers writes Add, Axpy, Scale, Dot and Adam.
func (t *target) optimisers() {
	t.elementwise("add", "(dst, x *float32, n int)", "computes dst[i] += x[i].", nil, loop{
		in: []string{"dst", "x"}, out: []string{"dst"}, unroll: 4,
		body: func(in []VecVirtual, _ *mask) []VecVirtual { VADDPS(in[1], in[0], in[0]); return in[:1] },
	})
	var a VecVirtual
	loadA := func() { a = t.scalar("a") }
	t.elementwise("axpy", "(y, x *float32, n int, a float32)", "computes y[i] += a·x[i].", loadA, loop{
		in: []string{"y", "x"}, out: []string{"y"}, unroll: 4,
		body: func(in []VecVirtual, _ *mask) []VecVirtual { VFMADD231PS(a, in[1], in[0]); return in[:1] },
	})
	t.elementwise("scale", "(x *float32, n int, a float32)", "computes x[i] *= a.", loadA, loop{
		in: []string{"x"}, out: []string{"x"}, unroll: 4,
		body: func(in []VecVirtual, _ *mask) []VecVirtual { VMULPS(a, in[0], in[0]); return in },
	})
	t.dot()
	t.adam()
}

// adam writes a step of Adam. keep1 is 1−beta1, keep2 is 1−beta2.
func (t *target) adam() {
	scalars := map[string]VecVirtual{}
	names := []string{"rate", "beta1", "keep1", "beta2", "keep2", "epsilon", "correct1", "correct2"}
	prepare := func() {
		for _, name := range names {
			scalars[name] = t.scalar(name)
		}
	}
	body := func(in []VecVirtual, _ *mask) []VecVirtual {
		w, g, m, v := in[0], in[1], in[2], in[3]
		step, root := t.vec(), t.vec()
		VMULPS(scalars["keep1"], g, step)
		VFMADD213PS(step, scalars["beta1"], m)
		VMULPS(scalars["keep2"], g, step)
		VMULPS(g, step, step)
		VFMADD213PS(step, scalars["beta2"], v)
		VMULPS(scalars["correct1"], m, step)
		VMULPS(scalars["rate"], step, step)
		VMULPS(scalars["correct2"], v, root)
		VSQRTPS(root, root)
		VADDPS(scalars["epsilon"], root, root)
		VDIVPS(root, step, step)
		VSUBPS(step, w, w)
		return []VecVirtual{w, m, v}
	}
	t.elementwise("adam", "(w, grad, m, v *float32, n int, rate, beta1, keep1, beta2, keep2, epsilon, correct1, correct2 float32)",
		"is a step of Adam; keep1 is 1−beta1, keep2 is 1−beta2.", prepare,
		loop{in: []string{"w", "grad", "m", "v"}, out: []string{"w", "m", "v"}, body: body})
}
