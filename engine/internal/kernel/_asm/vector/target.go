package main

import (
	"fmt"
	"math"
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// target is an instruction set: its vectors of float32 or float64, and the
// operations that are spelt differently from one to the other.
type target struct {
	name   string
	lanes  int
	size   int           // of an element, in bytes
	consts map[uint32]Op // of the function being written
	data   map[string]Mem
}

var targets = map[string]*target{
	"avx512": {name: "AVX512", lanes: 16, size: 4, data: map[string]Mem{}},
	"avx2":   {name: "AVX2", lanes: 8, size: 4, data: map[string]Mem{}},
}

// avx2Double is AVX2 with vectors of float64.
var avx2Double = &target{name: "64AVX2", lanes: 4, size: 8, data: map[string]Mem{}}

func (t *target) is512() bool  { return t.lanes == 16 }
func (t *target) double() bool { return t.size == 8 }

// bytes is the size of a vector.
func (t *target) bytes() int { return t.size * t.lanes }

// shift is what turns a number of elements into bytes.
func (t *target) shift() int { return 1 + t.size/4 }

// vec returns a new vector register.
func (t *target) vec() VecVirtual {
	if t.is512() {
		return ZMM()
	}
	return YMM()
}

// text begins a function. Its signature is given without the word func.
func (t *target) text(name, signature, doc string) {
	if t.double() {
		signature = strings.ReplaceAll(signature, "float32", "float64")
	}
	TEXT(name+t.name, NOSPLIT, "func"+signature)
	Pragma("noescape")
	Doc(name + t.name + " " + doc)
	t.consts = map[uint32]Op{}
}

func (t *target) ret() {
	VZEROUPPER()
	RET()
}

// pointer, count and scalar load a parameter.
func (t *target) pointer(name string) GPVirtual { return Load(Param(name), GP64()).(GPVirtual) }
func (t *target) count(name string) GPVirtual   { return t.pointer(name) }

func (t *target) scalar(name string) VecVirtual {
	x := Load(Param(name), XMM()).(VecVirtual)
	v := t.vec()
	t.broadcast(x, v)
	return v
}

func (t *target) broadcast(src Op, v VecVirtual) {
	if t.double() {
		VBROADCASTSD(src, v)
	} else {
		VBROADCASTSS(src, v)
	}
}

func (t *target) add(a, b, dst Op) {
	if t.double() {
		VADDPD(a, b, dst)
	} else {
		VADDPS(a, b, dst)
	}
}

func (t *target) mul(a, b, dst Op) {
	if t.double() {
		VMULPD(a, b, dst)
	} else {
		VMULPS(a, b, dst)
	}
}

// fma computes dst = a·b + dst.
func (t *target) fma(a, b, dst Op) {
	if t.double() {
		VFMADD231PD(a, b, dst)
	} else {
		VFMADD231PS(a, b, dst)
	}
}

// moveOne stores lane 0.
func (t *target) moveOne(v, dst Op) {
	if t.double() {
		VMOVSD(v, dst)
	} else {
		VMOVSS(v, dst)
	}
}

// constant returns a float32 in every lane: in a register on AVX-512, which
// has them to spare, in memory on AVX2. It must be called before the loop that
// uses it.
func (t *target) constant(f float64) Op { return t.bits(math.Float32bits(float32(f))) }

func (t *target) bits(b uint32) Op {
	if c, ok := t.consts[b]; ok {
		return c
	}
	repeat := 1
	if !t.is512() {
		repeat = t.lanes
	}
	m := t.table(fmt.Sprintf("const%08x", b), 4, repeat, func(int) Constant { return U32(b) })
	if !t.is512() {
		t.consts[b] = m
		return m
	}
	v := t.vec()
	VBROADCASTSS(m, v)
	t.consts[b] = v
	return v
}

// register returns a constant in a register on either target.
func (t *target) register(f float64) VecVirtual {
	v := t.vec()
	VMOVUPS(t.constant(f), v)
	return v
}

// table returns a read-only table of n entries of the given size.
func (t *target) table(name string, size, n int, entry func(int) Constant) Mem {
	m, ok := t.data[name]
	if !ok {
		m = GLOBL("vector"+t.name+name, RODATA|NOPTR)
		for i := range n {
			DATA(size*i, entry(i))
		}
		t.data[name] = m
	}
	return m
}

func (t *target) zero(v VecVirtual) {
	if t.is512() {
		VPXORD(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
}

// mask selects the first lanes of a vector: a mask register on AVX-512, a
// vector on AVX2.
type mask struct {
	t *target
	k OpmaskVirtual
	v VecVirtual
}

// mask returns the mask of the first n lanes, 0 ≤ n ≤ lanes.
func (t *target) mask(n GPVirtual) mask {
	p := GP64()
	if t.is512() {
		m := mask{t: t, k: K()}
		LEAQ(t.table("masks", 2, 17, func(i int) Constant { return U16(1<<i - 1) }), p)
		KMOVW(Mem{Base: p, Index: n, Scale: 2}, m.k)
		return m
	}
	m := mask{t: t, v: t.vec()}
	// A window that begins n entries before the end of the ones.
	LEAQ(t.table("masks", 4, 16, func(i int) Constant {
		if i < 8 {
			return U32(math.MaxUint32)
		}
		return U32(0)
	}).Offset(32), p)
	back := GP64()
	MOVQ(n, back)
	NEGQ(back)
	VMOVUPS(Mem{Base: p, Index: back, Scale: uint8(t.size)}, m.v)
	return m
}

// load loads the masked lanes; the others become 0.
func (m mask) load(src Mem, v VecVirtual) {
	if m.t.is512() {
		VMOVUPS_Z(src, m.k, v)
	} else {
		VMASKMOVPS(src, m.v, v)
	}
}

// store stores the masked lanes and leaves the memory of the others alone.
func (m mask) store(v VecVirtual, dst Mem) {
	if m.t.is512() {
		VMOVUPS(v, m.k, dst)
	} else {
		VMASKMOVPS(v, m.v, dst)
	}
}

// keep makes the lanes outside of the mask 0.
func (m mask) keep(v VecVirtual) {
	if m.t.is512() {
		VMOVAPS_Z(v, m.k, v)
	} else {
		VANDPS(m.v, v, v)
	}
}

// and computes dst = a & b, or dst = a | b, on bits; b may be memory on AVX2.
func (t *target) and(b Op, a, dst VecVirtual) {
	if t.is512() {
		VPANDD(b, a, dst)
	} else {
		VANDPS(b, a, dst)
	}
}

func (t *target) or(b Op, a, dst VecVirtual) {
	if t.is512() {
		VPORD(b, a, dst)
	} else {
		VORPS(b, a, dst)
	}
}

// Predicates of VCMPPS.
const (
	lessThan       = 17 // false if one is NaN
	unordered      = 3  // one is NaN
	ordered        = 7  // neither is NaN
	notLessOrEqual = 22 // true if one is NaN
	greaterThan    = 30 // false if one is NaN
)

// choose computes dst = yes where a pred b holds, else no. In Go's order of
// operands the right side b comes first and may be memory on AVX2.
func (t *target) choose(pred uint8, b Op, a VecVirtual, yes, no Op, dst VecVirtual) {
	if t.is512() {
		k := K()
		VCMPPS(U8(pred), b, a, k)
		VBLENDMPS(yes, no, k, dst)
		return
	}
	m := t.vec()
	VCMPPS(U8(pred), b, a, m)
	VBLENDVPS(m, yes, no, dst)
}

// sum4 leaves the sums of the lanes of a, b, c and d in the four lanes of the
// returned register. All four are summed in the same order.
func (t *target) sum4(a, b, c, d VecVirtual) VecVirtual {
	var half [4]VecVirtual
	for i, v := range []VecVirtual{a, b, c, d} {
		half[i] = v
		if t.is512() {
			half[i] = YMM()
			VEXTRACTF64X4(U8(1), v, half[i])
			VADDPS(v.AsY(), half[i], half[i])
		}
	}
	ab, cd := YMM(), YMM()
	VHADDPS(half[1], half[0], ab)
	VHADDPS(half[3], half[2], cd)
	VHADDPS(cd, ab, ab)
	high := XMM()
	VEXTRACTF128(U8(1), ab, high)
	VADDPS(ab.AsX(), high, high)
	return high
}

// sum leaves the sum of the lanes of v in lane 0 of the returned register.
func (t *target) sum(v VecVirtual) VecVirtual {
	if !t.double() {
		return t.sum4(v, v, v, v)
	}
	high := XMM()
	VEXTRACTF128(U8(1), v, high)
	VADDPD(v.AsX(), high, high)
	VHADDPD(high, high, high)
	return high
}
