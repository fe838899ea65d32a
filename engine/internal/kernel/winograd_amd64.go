//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file winograd-avx512 -out ../winograd_avx512_amd64.s
//go:generate go run -C _asm ./tile -file winograd-avx2 -out ../winograd_avx2_amd64.s

type winogradArgs struct {
	planes, image            *float32
	plane, row, col, vectors int
}

//go:noescape
func winogradInputF32AVX512(args *winogradArgs)

//go:noescape
func winogradOutputF32AVX512(args *winogradArgs)

//go:noescape
func winogradFilterF32AVX512(args *winogradArgs)

//go:noescape
func winogradOutputGradientF32AVX512(args *winogradArgs)

//go:noescape
func winogradFilterGradientF32AVX512(args *winogradArgs)

//go:noescape
func winogradInputF32AVX2(args *winogradArgs)

//go:noescape
func winogradOutputF32AVX2(args *winogradArgs)

//go:noescape
func winogradFilterF32AVX2(args *winogradArgs)

//go:noescape
func winogradOutputGradientF32AVX2(args *winogradArgs)

//go:noescape
func winogradFilterGradientF32AVX2(args *winogradArgs)

// The transforms take whole vectors of channels and return how many channels
// that is.

func winogradInput(isa ISA, v []float32, plane int, src []float32, row, col, channels int) (done int) {
	switch isa {
	case AVX512:
		if n := channels / 16; n > 0 {
			winogradInputF32AVX512(&winogradArgs{&v[0], &src[0], plane, row, col, n})
			return n * 16
		}
	case AVX2:
		if n := channels / 8; n > 0 {
			winogradInputF32AVX2(&winogradArgs{&v[0], &src[0], plane, row, col, n})
			return n * 8
		}
	}
	return 0
}

func winogradOutput(isa ISA, dst []float32, row, col int, m []float32, plane, channels int) (done int) {
	switch isa {
	case AVX512:
		if n := channels / 16; n > 0 {
			winogradOutputF32AVX512(&winogradArgs{&m[0], &dst[0], plane, row, col, n})
			return n * 16
		}
	case AVX2:
		if n := channels / 8; n > 0 {
			winogradOutputF32AVX2(&winogradArgs{&m[0], &dst[0], plane, row, col, n})
			return n * 8
		}
	}
	return 0
}

func winogradFilter(isa ISA, u []float32, plane, channels int) (done int) {
	switch isa {
	case AVX512:
		if n := channels / 16; n > 0 {
			winogradFilterF32AVX512(&winogradArgs{&u[0], nil, plane, 0, 0, n})
			return n * 16
		}
	case AVX2:
		if n := channels / 8; n > 0 {
			winogradFilterF32AVX2(&winogradArgs{&u[0], nil, plane, 0, 0, n})
			return n * 8
		}
	}
	return 0
}

func winogradOutputGradient(isa ISA, w []float32, plane int, dst []float32, row, col, channels int) (done int) {
	switch isa {
	case AVX512:
		if n := channels / 16; n > 0 {
			winogradOutputGradientF32AVX512(&winogradArgs{&w[0], &dst[0], plane, row, col, n})
			return n * 16
		}
	case AVX2:
		if n := channels / 8; n > 0 {
			winogradOutputGradientF32AVX2(&winogradArgs{&w[0], &dst[0], plane, row, col, n})
			return n * 8
		}
	}
	return 0
}

func winogradFilterGradient(isa ISA, dFilter []float32, row, col int, u []float32, plane, channels int) (done int) {
	switch isa {
	case AVX512:
		if n := channels / 16; n > 0 {
			winogradFilterGradientF32AVX512(&winogradArgs{&u[0], &dFilter[0], plane, row, col, n})
			return n * 16
		}
	case AVX2:
		if n := channels / 8; n > 0 {
			winogradFilterGradientF32AVX2(&winogradArgs{&u[0], &dFilter[0], plane, row, col, n})
			return n * 8
		}
	}
	return 0
}

// The generator in _asm/tile counts on these places.
const (
	_ = -unsafe.Offsetof(winogradArgs{}.planes)
	_ = -(unsafe.Offsetof(winogradArgs{}.image) ^ 8)
	_ = -(unsafe.Offsetof(winogradArgs{}.plane) ^ 16)
	_ = -(unsafe.Offsetof(winogradArgs{}.row) ^ 24)
	_ = -(unsafe.Offsetof(winogradArgs{}.col) ^ 32)
	_ = -(unsafe.Offsetof(winogradArgs{}.vectors) ^ 40)
)
