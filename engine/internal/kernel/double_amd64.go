//go:build !noasm

package kernel

import "unsafe"

//go:generate go run -C _asm ./tile -file outer-double -out ../outer_double_amd64.s
//go:generate go run -C _asm ./tile -file pack-double -out ../pack_double_amd64.s

//go:noescape
func outerF64Tile14x16AVX512(args *OuterArgs[float64])

//go:noescape
func outerF64Tile14x8AVX512(args *OuterArgs[float64])

//go:noescape
func outerF64Tile6x8AVX2(args *OuterArgs[float64])

//go:noescape
func outerF64Tile12x4AVX2(args *OuterArgs[float64])

//go:noescape
func packRowsF64x16AVX512(args *packArgs[float64])

//go:noescape
func packRowsF64x8AVX512(args *packArgs[float64])

//go:noescape
func packColumnsF64x8AVX512(args *packArgs[float64])

//go:noescape
func packRowsF64x8AVX2(args *packArgs[float64])

//go:noescape
func packRowsF64x4AVX2(args *packArgs[float64])

//go:noescape
func packColumnsF64x4AVX2(args *packArgs[float64])

// outer calls the narrowest kernel that takes the columns.
func (t DoubleTile) outer(a *OuterArgs[float64]) {
	switch {
	case t.ISA == AVX512 && a.Cols > 8:
		outerF64Tile14x16AVX512(a)
	case t.ISA == AVX512:
		outerF64Tile14x8AVX512(a)
	case t.ISA == AVX2 && a.Cols > 4:
		outerF64Tile6x8AVX2(a)
	case t.ISA == AVX2:
		outerF64Tile12x4AVX2(a)
	default:
		outerPortable(a)
	}
}

func (t DoubleTile) packRows(dst []float64, step int, src []float64, ld, depth, cols int) {
	args := packArgs[float64]{&dst[0], &src[0], step, ld, depth, cols}
	switch {
	case t.ISA == AVX512 && cols > 8:
		packRowsF64x16AVX512(&args)
	case t.ISA == AVX512:
		packRowsF64x8AVX512(&args)
	case t.ISA == AVX2 && cols > 4:
		packRowsF64x8AVX2(&args)
	case t.ISA == AVX2:
		packRowsF64x4AVX2(&args)
	default:
		packRowsPortable(dst, step, src, ld, depth, cols)
	}
}

func (t DoubleTile) packColumns(dst []float64, step int, src []float64, ld, depth, cols int) {
	// From right to left, as for float32.
	switch t.ISA {
	case AVX512:
		for j := (cols - 1) &^ 7; j >= 0; j -= 8 {
			packColumnsF64x8AVX512(&packArgs[float64]{&dst[j], &src[j*ld], step, ld, depth, min(8, cols-j)})
		}
	case AVX2:
		for j := (cols - 1) &^ 3; j >= 0; j -= 4 {
			packColumnsF64x4AVX2(&packArgs[float64]{&dst[j], &src[j*ld], step, ld, depth, min(4, cols-j)})
		}
	default:
		packColumnsPortable(dst, step, src, ld, depth, cols)
	}
}

// The generator in _asm/tile counts on these places, the same as of float32.
const (
	_ = -unsafe.Offsetof(OuterArgs[float64]{}.Dst)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.A) ^ 24)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.B) ^ 48)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.Runs) ^ 72)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.Rows) ^ 96)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.Cols) ^ 104)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.AStep) ^ 112)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.BStep) ^ 120)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.DstStride) ^ 128)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.Alpha) ^ 136)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.AAhead) ^ 144)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.BAhead) ^ 152)
	_ = -(unsafe.Offsetof(OuterArgs[float64]{}.Accumulate) ^ 160)
)
