package im2col

import "unsafe"

// copyRun writes a run's pieces to the patch matrix. The call that copy makes
// costs more than a short piece, so pieces of up to 16 elements are moved as
// two blocks of fixed size, one from either end, that may overlap.
func copyRun[T Float](cols, image []T, r run) {
	n, at, from := r.n, r.at, r.image
	switch {
	case r.turned:
		for range r.count {
			copyTurned(cols[at:at+n], image[from:from+n])
			at += r.atStep
			from += r.imageStep
		}
	case n == r.atStep && n == r.imageStep || r.count == 1:
		copy(cols[at:at+n*r.count], image[from:])
	case n == 1:
		for range r.count {
			cols[at] = image[from]
			at += r.atStep
			from += r.imageStep
		}
	case n <= 3:
		for range r.count {
			d, s := cols[at:at+n], image[from:from+n]
			x, y, z := s[0], s[1], s[n-1]
			d[0], d[1], d[n-1] = x, y, z
			at += r.atStep
			from += r.imageStep
		}
	case n == 4:
		for range r.count {
			*at4(cols[at : at+4]) = *at4(image[from : from+4])
			at += r.atStep
			from += r.imageStep
		}
	case n <= 8:
		for range r.count {
			d, s := cols[at:at+n], image[from:from+n]
			*at4(d) = *at4(s)
			*at4(d[n-4:]) = *at4(s[n-4:])
			at += r.atStep
			from += r.imageStep
		}
	case n <= 16:
		for range r.count {
			d, s := cols[at:at+n], image[from:from+n]
			*at8(d) = *at8(s)
			*at8(d[n-8:]) = *at8(s[n-8:])
			at += r.atStep
			from += r.imageStep
		}
	case n <= 32:
		for range r.count {
			d, s := cols[at:at+n], image[from:from+n]
			*at16(d) = *at16(s)
			*at16(d[n-16:]) = *at16(s[n-16:])
			at += r.atStep
			from += r.imageStep
		}
	default:
		for range r.count {
			copy(cols[at:at+n], image[from:])
			at += r.atStep
			from += r.imageStep
		}
	}
}

// copyTurned copies the elements of s to d, as long, the other way round.
func copyTurned[T Float](d, s []T) {
	for len(s) >= 8 && len(d) >= 8 {
		d8, s8 := (*[8]T)(d[len(d)-8:]), (*[8]T)(s)
		d8[7], d8[6], d8[5], d8[4] = s8[0], s8[1], s8[2], s8[3]
		d8[3], d8[2], d8[1], d8[0] = s8[4], s8[5], s8[6], s8[7]
		d, s = d[:len(d)-8], s[8:]
	}
	for i, x := range s {
		d[len(s)-1-i] = x
	}
}

// clearRun writes zeros for a run's pieces.
func clearRun[T Float](cols []T, r run) {
	at := r.at
	for range r.count {
		clear(cols[at : at+r.n])
		at += r.atStep
	}
}

// addRun adds a run's pieces to the image.
func addRun[T Float](image, cols []T, r run) {
	at, from := r.at, r.image
	for range r.count {
		s := cols[at : at+r.n]
		d := image[from : from+r.n]
		if r.turned {
			for i := range d {
				d[i] += s[len(s)-1-i]
			}
			s, d = nil, nil
		}
		for len(s) >= 8 && len(d) >= 8 {
			d8, s8 := (*[8]T)(d), (*[8]T)(s)
			d8[0] += s8[0]
			d8[1] += s8[1]
			d8[2] += s8[2]
			d8[3] += s8[3]
			d8[4] += s8[4]
			d8[5] += s8[5]
			d8[6] += s8[6]
			d8[7] += s8[7]
			d, s = d[8:], s[8:]
		}
		for i, x := range s {
			d[i] += x
		}
		at += r.atStep
		from += r.imageStep
	}
}

type block4[T Float] struct{ _ [4]T }

func at4[T Float](s []T) *block4[T] { return (*block4[T])(unsafe.Pointer(&s[:4][0])) }

type block8[T Float] struct{ _ [8]T }

func at8[T Float](s []T) *block8[T] { return (*block8[T])(unsafe.Pointer(&s[:8][0])) }

type block16[T Float] struct{ _ [16]T }

func at16[T Float](s []T) *block16[T] { return (*block16[T])(unsafe.Pointer(&s[:16][0])) }
