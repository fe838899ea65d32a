//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file planes -out ../planes_amd64.s

type addSpansArgs struct {
	dst, src               *float32
	dstStep, srcStep, rows int
	spans                  *Span
	count                  int
}

//go:noescape
func addSpansF32AVX512(args *addSpansArgs)

//go:noescape
func addSpansF32AVX2(args *addSpansArgs)

type interleaveArgs struct {
	dst, src                               *float32
	dstStep, srcStep, streams, ld, n, rows int
	index                                  *int32
	masks                                  *uint16
}

//go:noescape
func interleaveF32AVX512(args *interleaveArgs)

func addSpans(isa ISA, dst []float32, dstStep int, src []float32, srcStep, rows int, spans []Span) {
	if len(dst) == 0 || len(src) == 0 {
		return
	}
	args := addSpansArgs{&dst[0], &src[0], dstStep, srcStep, rows, &spans[0], len(spans)}
	switch isa {
	case AVX512:
		addSpansF32AVX512(&args)
	case AVX2:
		addSpansF32AVX2(&args)
	default:
		addSpansPortable(dst, dstStep, src, srcStep, rows, spans)
	}
}

// maxInterleave is the largest number of streams for which the kernel is faster
// than moving the elements one by one: it takes streams² instructions for 16
// pixels.
const maxInterleave = 8

func interleave(isa ISA, dst []float32, dstStep int, src []float32, srcStep, ld, streams, n, rows int) {
	if isa != AVX512 || streams > maxInterleave {
		interleavePortable(dst, dstStep, src, srcStep, ld, streams, n, rows)
		return
	}
	t := &interleaveTables[streams]
	interleaveF32AVX512(&interleaveArgs{&dst[0], &src[0], dstStep, srcStep, streams, ld, n, rows, &t.index[0], &t.masks[0]})
}

// An interleaveTable says of which pixel each lane of the vectors of 16 pixels
// is, and for each vector and stream which lanes are the stream's.
type interleaveTable struct {
	index []int32  // [streams][16]
	masks []uint16 // [streams][streams]
}

var interleaveTables = func() (tables [maxInterleave + 1]interleaveTable) {
	for streams := 1; streams <= maxInterleave; streams++ {
		t := &tables[streams]
		t.index, t.masks = make([]int32, 16*streams), make([]uint16, streams*streams)
		for i := range t.index {
			t.index[i] = int32(i / streams)
			t.masks[i/16*streams+i%streams] |= 1 << (i % 16)
		}
	}
	return tables
}()

// The generator in _asm/tile counts on these places.
const (
	_ = -unsafe.Offsetof(addSpansArgs{}.dst)
	_ = -(unsafe.Offsetof(addSpansArgs{}.src) ^ 8)
	_ = -(unsafe.Offsetof(addSpansArgs{}.dstStep) ^ 16)
	_ = -(unsafe.Offsetof(addSpansArgs{}.srcStep) ^ 24)
	_ = -(unsafe.Offsetof(addSpansArgs{}.rows) ^ 32)
	_ = -(unsafe.Offsetof(addSpansArgs{}.spans) ^ 40)
	_ = -(unsafe.Offsetof(addSpansArgs{}.count) ^ 48)
	_ = -unsafe.Offsetof(Span{}.Dst)
	_ = -(unsafe.Offsetof(Span{}.Src) ^ 8)
	_ = -(unsafe.Offsetof(Span{}.Count) ^ 16)
	_ = -(unsafe.Sizeof(Span{}) ^ 24)
	_ = -unsafe.Offsetof(interleaveArgs{}.dst)
	_ = -(unsafe.Offsetof(interleaveArgs{}.src) ^ 8)
	_ = -(unsafe.Offsetof(interleaveArgs{}.dstStep) ^ 16)
	_ = -(unsafe.Offsetof(interleaveArgs{}.srcStep) ^ 24)
	_ = -(unsafe.Offsetof(interleaveArgs{}.streams) ^ 32)
	_ = -(unsafe.Offsetof(interleaveArgs{}.ld) ^ 40)
	_ = -(unsafe.Offsetof(interleaveArgs{}.n) ^ 48)
	_ = -(unsafe.Offsetof(interleaveArgs{}.rows) ^ 56)
	_ = -(unsafe.Offsetof(interleaveArgs{}.index) ^ 64)
	_ = -(unsafe.Offsetof(interleaveArgs{}.masks) ^ 72)
)
