package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// outputGradient: W = A·y·Aᵀ, four rows of four pixels to 36 planes. With 32
// registers the values between the axes stay there.
func (w *winograd) outputGradient() {
	for j := range 4 {
		at := walk(winoSrc, winoColInc, winoRowInc, j)
		if !w.is512() {
			w.outputGradientAxis(w.load(at, 4), walk(winoPtr, winoStep, winoStep6, j))
			continue
		}
		row := func(i int) VecPhysical { return w.file[4*i+j] }
		y := []VecPhysical{row(0), row(1), row(2), row(5)}
		for k, v := range y {
			VMOVUPS(at(k), v)
		}
		even, odd, _ := w.temps()
		w.evenOdd(y, 0, even, odd)
		w.evenOdd(y, 1, row(3), row(4))
		VADDPS(odd, even, row(1))
		VSUBPS(odd, even, row(2))
		VADDPS(row(4), row(3), even)
		VSUBPS(row(4), row(3), row(4))
		VMOVAPS(even, row(3))
	}
	for i := range 6 {
		at := walk(winoPtr, winoStep6, winoStep, i)
		if w.is512() {
			w.outputGradientAxis(w.file[4*i:4*i+4], at)
		} else {
			w.outputGradientAxis(w.load(at, 4), at)
		}
	}
}

// evenOdd computes y₀ + p²y₂ and p·y₁ + p³y₃ for p = a (0) or b (1), by
// outputConstants. even may be y₀ and odd y₂.
func (w *winograd) evenOdd(y []VecPhysical, point int, even, odd VecPhysical) {
	p := w.constants[3*point:]
	if even != y[0] {
		VMOVAPS(y[0], even)
	}
	VFMADD231PS(p[1], y[2], even)
	VMULPS(p[0], y[1], odd)
	VFMADD231PS(p[2], y[3], odd)
}

// outputGradientAxis stores A·y.
func (w *winograd) outputGradientAxis(y []VecPhysical, at func(int) Mem) {
	even, odd, _ := w.temps()
	VMOVUPS(y[0], at(0))
	VMOVUPS(y[3], at(5))
	w.evenOdd(y, 0, even, odd)
	w.evenOdd(y, 1, y[0], y[2])
	VADDPS(odd, even, y[1])
	VSUBPS(odd, even, even)
	VMOVUPS(y[1], at(1))
	VMOVUPS(even, at(2))
	VADDPS(y[2], y[0], even)
	VSUBPS(y[2], y[0], odd)
	VMOVUPS(even, at(3))
	VMOVUPS(odd, at(4))
}

// filterGradient: dg = Gᵀ·dU·G, 36 planes to three rows of three elements.
func (w *winograd) filterGradient() {
	for j := range 6 {
		at := walk(winoPtr, winoStep, winoStep6, j)
		w.filterGradientAxis(w.load(at, 6), w.keep(at, 6, j))
	}
	for i := range 3 {
		x := w.kept(walk(winoPtr, winoStep6, winoStep, i), 6, i)
		w.filterGradientAxis(x, inMemory(walk(winoSrc, winoRowInc, winoColInc, i)))
	}
}

// filterGradientAxis uses filterConstants.
func (w *winograd) filterGradientAxis(u []VecPhysical, at func(int) Op) {
	c := w.constants
	evenA, evenB := w.file[6], u[2]
	VADDPS(u[2], u[1], evenA)
	VSUBPS(u[2], u[1], u[1]) // odd of ±a
	VADDPS(u[4], u[3], evenB)
	VSUBPS(u[4], u[3], u[3]) // odd of ±b
	VMULPS(c[0], u[0], u[0])
	VFMADD231PS(c[1], evenA, u[0])
	VFMADD231PS(c[4], evenB, u[0])
	VMOVUPS(u[0], at(0))
	VMULPS(c[2], u[1], u[1])
	VFMADD231PS(c[5], u[3], u[1])
	VMOVUPS(u[1], at(1))
	VFMADD231PS(c[3], evenA, u[5])
	VFMADD231PS(c[6], evenB, u[5])
	VMOVUPS(u[5], at(2))
}
