package work

import "github.com/unslide/unslide/im2col"

// MemoryPart is how many elements are cleared or copied at a time: the runtime
// does that in one piece, which the garbage collector has to wait for.
const MemoryPart = 1 << 16

// Zero clears a slice of any length.
func Zero[T im2col.Float](s []T) {
	for ; len(s) > MemoryPart; s = s[MemoryPart:] {
		zeroPart(s[:MemoryPart])
	}
	clear(s)
}

// zeroPart is a call by itself, where a goroutine stops that is asked to.
//
//go:noinline
func zeroPart[T im2col.Float](s []T) { clear(s) }

// Copy copies a slice of any length.
func Copy[T im2col.Float](dst, src []T) {
	for ; len(src) > MemoryPart; dst, src = dst[MemoryPart:], src[MemoryPart:] {
		duplicatePart(dst, src[:MemoryPart])
	}
	copy(dst, src)
}

//go:noinline
func duplicatePart[T im2col.Float](dst, src []T) { copy(dst, src) }
