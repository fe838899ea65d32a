package engine

// memoryPart is how many elements are cleared or copied at a time: the runtime
// does that in one piece, which the garbage collector has to wait for.
const memoryPart = 1 << 16

// zero clears a slice of any length.
func zero[T Float](s []T) {
	for ; len(s) > memoryPart; s = s[memoryPart:] {
		zeroPart(s[:memoryPart])
	}
	clear(s)
}

// zeroPart is a call by itself, where a goroutine stops that is asked to.
//
//go:noinline
func zeroPart[T Float](s []T) { clear(s) }

// duplicate copies a slice of any length.
func duplicate[T Float](dst, src []T) {
	for ; len(src) > memoryPart; dst, src = dst[memoryPart:], src[memoryPart:] {
		duplicatePart(dst, src[:memoryPart])
	}
	copy(dst, src)
}

//go:noinline
func duplicatePart[T Float](dst, src []T) { copy(dst, src) }

// grow returns a slice of at least the given length, s if that will do. The
// content is lost.
func grow[T Float](s []T, length int) []T {
	if length <= cap(s) {
		return s[:cap(s)]
	}
	return make([]T, length)
}
