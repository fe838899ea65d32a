//go:build !noasm

package kernel

// maxInterleave is the largest number of streams for which the kernel is faster
// than moving the elements one by one: it takes streams² instructions for 16
// pixels.
const maxInterleave = 8

func interleaveAVX512(a *interleaveArgs) {
	if a.streams > maxInterleave {
		interleavePortable(a)
		return
	}
	t := &interleaveTables[a.streams]
	interleaveF32AVX512(&permuteArgs{*a, &t.index[0], &t.masks[0]})
}

// permuteArgs is a call of Interleave with its table.
type permuteArgs struct {
	interleaveArgs
	index *int32
	masks *uint16
}

//go:noescape
func interleaveF32AVX512(args *permuteArgs)

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
