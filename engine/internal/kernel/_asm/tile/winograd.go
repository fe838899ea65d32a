package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Bytes from the start of winogradArgs; layout_amd64.go asserts them.
const (
	winoPlanes   = 0
	winoImage    = 24
	winoFirst    = 48
	winoPlane    = 56
	winoRow      = 64
	winoCol      = 72
	winoChannels = 80
)

// The points of the transforms are 0, ±a, ±b and ∞, as in package kernel.
const (
	winoA, winoB = 0.75, 1.5

	winoNA = 2 * winoA * winoA * (winoA*winoA - winoB*winoB)
	winoNB = 2 * winoB * winoB * (winoB*winoB - winoA*winoA)
	winoN0 = winoA * winoA * winoB * winoB
)

// winograd writes one of the transforms, a vector of channels at a time. Each
// is done along the columns and then along the rows. The values between are in
// the planes themselves or, with AVX-512, stay in registers.
type winograd struct {
	target
	constants []VecPhysical
}

var (
	winoPtr, winoSrc       = RDI, RSI
	winoStep, winoStep6    = R8, R9 // bytes from plane to plane, and six of them
	winoRowInc, winoColInc = R10, R11
	winoAt, winoAt3        = RAX, RBX // the first and the fourth of six values
)

func (t target) winograd(name string, constants []float64, body func(w *winograd)) {
	TEXT("winograd"+name+"F32"+t.name, NOSPLIT, "func(args *byte)")
	w := &winograd{target: t}
	table := GLOBL("winograd"+name, RODATA|NOPTR)
	for i, c := range constants {
		DATA(4*i, U32(math.Float32bits(float32(c))))
	}
	for i := range constants {
		v := t.file[len(t.file)-1-i]
		VBROADCASTSS(table.Offset(4*i), v)
		w.constants = append(w.constants, v)
	}
	args := Load(Param("args"), RAX).(GPPhysical)
	field := func(offset int) Mem { return Mem{Base: args, Disp: offset} }
	MOVQ(field(winoPlanes), winoPtr)
	MOVQ(field(winoImage), winoSrc)
	MOVQ(field(winoFirst), RCX)
	LEAQ(Mem{Base: winoSrc, Index: RCX, Scale: 4}, winoSrc)
	MOVQ(field(winoChannels), RCX)
	MOVQ(field(winoPlane), winoStep)
	MOVQ(field(winoRow), winoRowInc)
	MOVQ(field(winoCol), winoColInc)
	for _, r := range []GPPhysical{winoStep, winoRowInc, winoColInc} {
		SHLQ(U8(2), r)
	}
	LEAQ(Mem{Base: winoStep, Index: winoStep, Scale: 2}, winoStep6)
	ADDQ(winoStep6, winoStep6)
	Label("vector")
	body(w)
	ADDQ(U8(t.bytes()), winoPtr)
	ADDQ(U8(t.bytes()), winoSrc)
	SUBQ(U8(t.lanes), RCX)
	JNE(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

func winogradTransforms(t target) {
	t.winograd("Input", inputConstants, (*winograd).input)
	t.winograd("Output", outputConstants, (*winograd).output)
	t.winograd("Filter", filterConstants, (*winograd).filter)
	t.winograd("OutputGradient", outputConstants, (*winograd).outputGradient)
	t.winograd("FilterGradient", filterConstants, (*winograd).filterGradient)
}

// walk goes along values that lie inc bytes apart, beginning at from + i·step,
// and returns how to address the first six.
func walk(from, step, inc GPPhysical, i int) func(k int) Mem {
	MOVQ(from, winoAt)
	for range i {
		ADDQ(step, winoAt)
	}
	LEAQ(Mem{Base: winoAt, Index: inc, Scale: 2}, winoAt3)
	ADDQ(inc, winoAt3)
	return func(k int) Mem {
		switch k % 3 {
		case 0:
			return Mem{Base: []GPPhysical{winoAt, winoAt3}[k/3]}
		default:
			return Mem{Base: []GPPhysical{winoAt, winoAt3}[k/3], Index: inc, Scale: uint8(k % 3)}
		}
	}
}

func (w *winograd) load(at func(int) Mem, n int) []VecPhysical {
	x := w.file[:n]
	for k, v := range x {
		VMOVUPS(at(k), v)
	}
	return x
}

// temps are registers beside those that hold values, of which AVX-512 has more.
func (w *winograd) temps() (a, b, c VecPhysical) {
	if w.is512() {
		return w.file[24], w.file[25], w.file[23]
	}
	return w.file[6], w.file[7], w.file[8]
}

// keep returns where to keep the values between the axes that column j of a
// matrix of cols columns has: from the eighth register on if there are 32, else
// in memory.
func (w *winograd) keep(at func(int) Mem, cols, j int) func(i int) Op {
	if w.is512() {
		return func(i int) Op { return w.file[7+cols*i+j] }
	}
	return inMemory(at)
}

// kept returns row i of that matrix in registers.
func (w *winograd) kept(at func(int) Mem, cols, i int) []VecPhysical {
	if w.is512() {
		return w.file[7+cols*i:][:cols]
	}
	return w.load(at, cols)
}

func inMemory(at func(int) Mem) func(int) Op { return func(k int) Op { return at(k) } }

// input: V = Bᵀ·d·B, six rows of six pixels to 36 planes. With 32 registers the
// values between the axes stay there, three rows at a time.
func (w *winograd) input() {
	if w.is512() {
		w.inputRows(0, []int{4, 2, 0, 3, 1}, [3]int{0, 1, 2})
		w.inputRows(1, []int{4, 2, 5, 3, 1}, [3]int{5, 3, 4})
		return
	}
	for j := range 6 {
		at := walk(winoSrc, winoColInc, winoRowInc, j)
		x := w.load(at, 6)
		at = walk(winoPtr, winoStep, winoStep6, j)
		w.inputAxis(x, at)
	}
	for i := range 6 {
		at := walk(winoPtr, winoStep6, winoStep, i)
		w.inputAxis(w.load(at, 6), at)
	}
}

// inputRows computes three rows of planes: that of the point 0 (half 0) or ∞
// (half 1), and those of ±a or ±b. taps are the pixels of a column that they
// need: x₄ and x₂, the outer one, x₃ and x₁.
func (w *winograd) inputRows(half int, taps []int, rows [3]int) {
	c := w.constants
	point, other := c[half], c[3-half]
	row := func(i, j int) VecPhysical { return w.file[6*i+j] }
	x := w.file[18:23]
	for j := range 6 {
		at := walk(winoSrc, winoColInc, winoRowInc, j)
		for k, tap := range taps {
			VMOVUPS(at(tap), x[k])
		}
		x4, x2, outer, x3, x1 := x[0], x[1], x[2], x[3], x[4]
		end, plus, minus := row(0, j), row(1, j), row(2, j)
		// x₄ − (a²+b²)x₂ + a²b²x₀, or x₅ − (a²+b²)x₃ + a²b²x₁.
		if half == 0 {
			VMOVAPS(x4, end)
			VFNMADD231PS(c[4], x2, end)
			VFMADD231PS(c[5], outer, end)
		} else {
			VMOVAPS(outer, end)
			VFNMADD231PS(c[4], x3, end)
			VFMADD231PS(c[5], x1, end)
		}
		VFNMADD231PS(other, x2, x4)
		VFNMADD231PS(other, x1, x3)
		VMOVAPS(x4, plus)
		VFMADD231PS(point, x3, plus)
		VMOVAPS(x4, minus)
		VFNMADD231PS(point, x3, minus)
	}
	for i, to := range rows {
		w.inputAxis(w.file[6*i:6*i+6], walk(winoPtr, winoStep6, winoStep, to))
	}
}

// inputConstants are a, b, a², b², a²+b², a²·b².
var inputConstants = []float64{winoA, winoB, winoA * winoA, winoB * winoB, winoA*winoA + winoB*winoB, winoN0}

func (w *winograd) inputAxis(x []VecPhysical, at func(int) Mem) {
	c := w.constants
	even, odd, sum := w.temps()
	// Points ±p, q² being the square of the others: (x₄ − q²x₂) ± p·(x₃ − q²x₁).
	for i, p := range []struct{ point, other VecPhysical }{{c[0], c[3]}, {c[1], c[2]}} {
		VMOVAPS(x[4], even)
		VFNMADD231PS(p.other, x[2], even)
		VMOVAPS(x[3], odd)
		VFNMADD231PS(p.other, x[1], odd)
		VMOVAPS(even, sum)
		VFMADD231PS(p.point, odd, sum)
		VFNMADD231PS(p.point, odd, even)
		VMOVUPS(sum, at(1+2*i))
		VMOVUPS(even, at(2+2*i))
	}
	// Points 0 and ∞: x₄ − (a²+b²)x₂ + a²b²x₀ and the same of x₅, x₃, x₁.
	for i := range 2 {
		VFNMADD231PS(c[4], x[2+i], x[4+i])
		VFMADD231PS(c[5], x[i], x[4+i])
		VMOVUPS(x[4+i], at(5*i))
	}
}

// output: Y = Aᵀ·M·A, 36 planes to four rows of four pixels.
func (w *winograd) output() {
	for j := range 6 {
		at := walk(winoPtr, winoStep, winoStep6, j)
		w.outputAxis(w.load(at, 6), at)
	}
	for i := range 4 {
		x := w.load(walk(winoPtr, winoStep6, winoStep, i), 6)
		w.outputAxis(x, walk(winoSrc, winoRowInc, winoColInc, i))
	}
}

// outputConstants are p, p², p³ of a and of b.
var outputConstants = []float64{winoA, winoA * winoA, winoA * winoA * winoA, winoB, winoB * winoB, winoB * winoB * winoB}

func (w *winograd) outputAxis(m []VecPhysical, at func(int) Mem) {
	c := w.constants
	evenA, evenB, y := w.file[6], w.file[7], w.file[8]
	VADDPS(m[2], m[1], evenA)
	VSUBPS(m[2], m[1], m[1]) // odd of ±a
	VADDPS(m[4], m[3], evenB)
	VSUBPS(m[4], m[3], m[3]) // odd of ±b
	VADDPS(evenA, m[0], m[0])
	VADDPS(evenB, m[0], m[0])
	VMOVUPS(m[0], at(0))
	VMULPS(c[0], m[1], y)
	VFMADD231PS(c[3], m[3], y)
	VMOVUPS(y, at(1))
	VMULPS(c[1], evenA, evenA)
	VFMADD231PS(c[4], evenB, evenA)
	VMOVUPS(evenA, at(2))
	VFMADD231PS(c[2], m[1], m[5])
	VFMADD231PS(c[5], m[3], m[5])
	VMOVUPS(m[5], at(3))
}

// filter: U = G·g·Gᵀ, in place: planes 27 … 35 hold g and all hold U in the
// end. The planes between serve for six rows of three.
func (w *winograd) filter() {
	step3 := R12
	LEAQ(Mem{Base: winoStep, Index: winoStep, Scale: 2}, step3)
	taps := R13
	LEAQ(Mem{Base: step3, Index: winoStep6, Scale: 4}, taps)
	ADDQ(winoPtr, taps)
	for j := range 3 {
		x := w.load(walk(taps, winoStep, step3, j), 3)
		w.filterAxis(x, w.keep(walk(winoPtr, winoStep, step3, j), 3, j))
	}
	for i := 5; i >= 0; i-- {
		x := w.kept(walk(winoPtr, step3, winoStep, i), 3, i)
		w.filterAxis(x, inMemory(walk(winoPtr, winoStep6, winoStep, i)))
	}
}

// filterConstants are the inverse of N₀ and, of ±a and then ±b, 1/N, p/N, p²/N.
var filterConstants = []float64{1 / winoN0,
	1 / winoNA, winoA / winoNA, winoA * winoA / winoNA,
	1 / winoNB, winoB / winoNB, winoB * winoB / winoNB,
}

func (w *winograd) filterAxis(x []VecPhysical, at func(int) Op) {
	c := w.constants
	even, odd, sum := w.file[3], w.file[4], w.file[5]
	for i := range 2 {
		VMULPS(c[1+3*i], x[0], even)
		VFMADD231PS(c[3+3*i], x[2], even)
		VMULPS(c[2+3*i], x[1], odd)
		VADDPS(odd, even, sum)
		VSUBPS(odd, even, even)
		VMOVUPS(sum, at(1+2*i))
		VMOVUPS(even, at(2+2*i))
	}
	VMULPS(c[0], x[0], x[0])
	VMOVUPS(x[0], at(0))
	VMOVUPS(x[2], at(5))
}
