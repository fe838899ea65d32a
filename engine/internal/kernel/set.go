package kernel

import (
	"reflect"
	"slices"
)

// ISA is the name of an instruction set that kernels are written for.
type ISA string

// Set is the kernels of one instruction set. Its methods and [VectorFor] check
// and cut what they are given; the kernels themselves trust their arguments.
//
// A set is one file, named for it: it gives what it has in a literal and adds
// that in init. What it lacks is the portable set's.
type Set struct {
	ISA        ISA
	Fused      bool   // multiply-adds round once: the bits of sets with it are the same
	Lanes      int    // float32 in a register: a power of two
	Sizes      []Size // of register tiles, the narrowest first
	DoubleSize Size   // of the tile for float64

	// Borrowed names the kernels that are the portable set's.
	Borrowed []string

	rank      int         // of the sets a machine has, the one of the highest is the best
	available func() bool // on this machine

	kernels  kernels
	loops    loops   // the float32 vector kernels
	loops64  loops64 // the float64 ones
	vector32 Vector[float32]
	vector64 Vector[float64]
}

// kernels are a set's routines but for those over vectors. Each is defined by
// the portable one and called by the method of its name of Set, Tile or DoubleTile.
type kernels struct {
	Conv        byCols[ConvArgs]
	Outer       byCols[OuterArgs[float32]]
	PackRows    byCols[packArgs[float32]]
	PackColumns func(*packArgs[float32]) // of at most Lanes columns

	DoubleOuter       byCols[OuterArgs[float64]]
	DoublePackRows    byCols[packArgs[float64]]
	DoublePackColumns func(*packArgs[float64]) // of at most half as many

	Depthwise       func(*ConvArgs)
	DepthwiseFilter func(*DepthwiseFilterArgs)

	AddSpans   func(*addSpansArgs)
	Interleave func(*interleaveArgs)
	Prefetch   func(src *float32, lines int)

	// The transforms take a multiple of Lanes channels.
	WinogradInput, WinogradOutput, WinogradFilter  func(*winogradArgs)
	WinogradOutputGradient, WinogradFilterGradient func(*winogradArgs)
}

// byCols is a routine in versions for ever more columns. A narrow one reads a
// wide panel as well.
type byCols[A any] []struct {
	cols int
	run  func(*A)
}

// of returns the narrowest version that takes so many columns.
func (b byCols[A]) of(cols int) func(*A) {
	for i := range b[:len(b)-1] {
		if cols <= b[i].cols {
			return b[i].run
		}
	}
	return b[len(b)-1].run
}

var sets = []*Set{&portable}

// add lists a set if this machine has it, complete.
func add(s *Set) {
	if !s.available() {
		return
	}
	s.complete()
	at := slices.IndexFunc(sets, func(other *Set) bool { return other.rank > s.rank })
	if at < 0 {
		at = len(sets)
	}
	sets = slices.Insert(sets, at, s)
}

// complete gives the set what it lacks.
func (s *Set) complete() {
	if s.Sizes == nil {
		s.Sizes = portable.Sizes
	}
	if s.DoubleSize == (Size{}) {
		s.DoubleSize = portable.DoubleSize
	}
	s.loops.lanes = s.Lanes
	s.vector32, s.vector64 = s.loops.vector(), s.loops64.vector()
	s.borrow("", &s.kernels, &portable.kernels)
	s.borrow("float32 ", &s.vector32, &portable.vector32)
	s.borrow("float64 ", &s.vector64, &portable.vector64)
}

// borrow gives the functions of one struct that are nil those of another.
func (s *Set) borrow(kind string, to, from any) {
	dst, src := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for i := range dst.NumField() {
		if f := dst.Field(i); f.IsZero() {
			f.Set(src.Field(i))
			s.Borrowed = append(s.Borrowed, kind+dst.Type().Field(i).Name)
		}
	}
}

// Sets lists the sets of this machine and build, [Best] last.
func Sets() []*Set { return sets }

// Best returns the fastest set of this machine and build.
func Best() *Set { return sets[len(sets)-1] }

// Find returns the set of an instruction set, nil if this machine or build has
// none.
func Find(isa ISA) *Set {
	for _, s := range sets {
		if s.ISA == isa {
			return s
		}
	}
	return nil
}

func (s *Set) String() string { return string(s.ISA) }

// TileFor returns the tile for a product with cols columns: the narrowest that
// takes them at once, or else the widest.
func (s *Set) TileFor(cols int) Tile {
	for _, size := range s.Sizes {
		if cols <= size.NR {
			return Tile{size, s}
		}
	}
	return Tile{s.Sizes[len(s.Sizes)-1], s}
}

// Tiles lists the tiles, the narrowest first.
func (s *Set) Tiles() []Tile {
	tiles := make([]Tile, len(s.Sizes))
	for i, size := range s.Sizes {
		tiles[i] = Tile{size, s}
	}
	return tiles
}
