//go:build !noasm

package kernel

import "github.com/klauspost/cpuid/v2"

//go:generate go run -C _asm ./tile -file conv-avx512 -out ../conv_avx512_amd64.s
//go:generate go run -C _asm ./tile -file outer-avx512 -out ../outer_avx512_amd64.s
//go:generate go run -C _asm ./tile -file pack-avx512 -out ../pack_avx512_amd64.s
//go:generate go run -C _asm ./tile -file double-avx512 -out ../double_avx512_amd64.s
//go:generate go run -C _asm ./tile -file depthwise-avx512 -out ../depthwise_avx512_amd64.s
//go:generate go run -C _asm ./tile -file planes-avx512 -out ../planes_avx512_amd64.s
//go:generate go run -C _asm ./tile -file winograd-avx512 -out ../winograd_avx512_amd64.s
//go:generate go run -C _asm ./vector -isa avx512 -out ../vector_avx512_amd64.s

// AVX512 is AVX-512 F, BW, DQ, VL: 32 registers of 16 float32 and masks.
const AVX512 ISA = "avx512"

func init() { add(&avx512) }

var avx512 = Set{
	ISA: AVX512, Fused: true, Lanes: 16,
	Sizes: []Size{{14, 16}, {14, 32}}, DoubleSize: Size{14, 16},
	rank: 2,
	available: func() bool {
		return cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3, cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL)
	},
	kernels: kernels{
		Conv:        byCols[ConvArgs]{{8, convF32Tile14x8AVX512}, {16, convF32Tile14x16AVX512}, {32, convF32Tile14x32AVX512}},
		Outer:       byCols[OuterArgs[float32]]{{16, outerF32Tile14x16AVX512}, {32, outerF32Tile14x32AVX512}},
		PackRows:    byCols[packArgs[float32]]{{16, packRowsF32x16AVX512}, {32, packRowsF32x32AVX512}},
		PackColumns: packColumnsF32x16AVX512,

		DoubleOuter:       byCols[OuterArgs[float64]]{{4, outerF64Tile14x4AVX512}, {8, outerF64Tile14x8AVX512}, {16, outerF64Tile14x16AVX512}},
		DoublePackRows:    byCols[packArgs[float64]]{{8, packRowsF64x8AVX512}, {16, packRowsF64x16AVX512}},
		DoublePackColumns: packColumnsF64x8AVX512,

		Depthwise:       depthwiseF32AVX512,
		DepthwiseFilter: depthwiseFilterF32AVX512,

		AddSpans:   addSpansF32AVX512,
		Interleave: interleaveAVX512,
		Prefetch:   prefetchLines,

		WinogradInput:          winogradInputF32AVX512,
		WinogradOutput:         winogradOutputF32AVX512,
		WinogradFilter:         winogradFilterF32AVX512,
		WinogradOutputGradient: winogradOutputGradientF32AVX512,
		WinogradFilterGradient: winogradFilterGradientF32AVX512,
	},
	loops: loops{
		exp: expAVX512, sigmoid: sigmoidAVX512, tanh: tanhAVX512, relu: reluAVX512,
		reluGrad: reluGradAVX512, sigmoidGrad: sigmoidGradAVX512, tanhGrad: tanhGradAVX512,
		largest: largestAVX512, expSum: expSumAVX512,
		biasAct:    [...]func(*float32, int, int, int, *float32){biasAVX512, biasReLUAVX512, biasSigmoidAVX512, biasTanhAVX512},
		columnSums: columnSumsAVX512,
		add:        addAVX512, axpy: axpyAVX512, scale: scaleAVX512, dot: dotAVX512, adam: adamAVX512,
		maxPool:      maxPoolAVX512,
		vecMat:       vecMatAVX512,
		matVec:       matVecLoop{matVecShortAVX512, matVecLongAVX2},
		matVecUpdate: matVecUpdateLoop{matVecUpdateShortAVX512, matVecUpdateLongAVX2, matVecUpdateDenseAVX512},
		relu6:        relu6AVX2, hardSigmoid: hardSigmoidAVX2, hardSwish: hardSwishAVX2, silu: siluAVX2,
		relu6Grad: relu6GradAVX2, hardSigmoidGrad: hardSigmoidGradAVX2, hardSwishGrad: hardSwishGradAVX2, siluGrad: siluGradAVX2,
		leakyReLU: leakyReLUAVX2, leakyReLUGrad: leakyReLUGradAVX2,
		normalise: normaliseAVX2, normaliseGrad: normaliseGradAVX2,
		addSquares: addSquaresAVX2, addProducts: addProductsAVX2,
	},
	loops64: loops64{vecMat64AVX2, matVecLong64AVX2, matVecUpdateLong64AVX2},
}

// The assembly; its arguments are those of the fields of kernels and loops.

func convF32Tile14x8AVX512(args *ConvArgs)
func convF32Tile14x16AVX512(args *ConvArgs)
func convF32Tile14x32AVX512(args *ConvArgs)
func outerF32Tile14x16AVX512(args *OuterArgs[float32])
func outerF32Tile14x32AVX512(args *OuterArgs[float32])
func packRowsF32x16AVX512(args *packArgs[float32])
func packRowsF32x32AVX512(args *packArgs[float32])
func packColumnsF32x16AVX512(args *packArgs[float32])

func outerF64Tile14x4AVX512(args *OuterArgs[float64])
func outerF64Tile14x8AVX512(args *OuterArgs[float64])
func outerF64Tile14x16AVX512(args *OuterArgs[float64])
func packRowsF64x8AVX512(args *packArgs[float64])
func packRowsF64x16AVX512(args *packArgs[float64])
func packColumnsF64x8AVX512(args *packArgs[float64])

func depthwiseF32AVX512(args *ConvArgs)
func depthwiseFilterF32AVX512(args *DepthwiseFilterArgs)
func addSpansF32AVX512(args *addSpansArgs)

func winogradInputF32AVX512(args *winogradArgs)
func winogradOutputF32AVX512(args *winogradArgs)
func winogradFilterF32AVX512(args *winogradArgs)
func winogradOutputGradientF32AVX512(args *winogradArgs)
func winogradFilterGradientF32AVX512(args *winogradArgs)

func expAVX512(dst, src *float32, n int)
func sigmoidAVX512(dst, src *float32, n int)
func tanhAVX512(dst, src *float32, n int)
func reluAVX512(dst, src *float32, n int)
func reluGradAVX512(dPre, dDst, dst *float32, n int)
func sigmoidGradAVX512(dPre, dDst, dst *float32, n int)
func tanhGradAVX512(dPre, dDst, dst *float32, n int)
func largestAVX512(src *float32, n int) float32
func expSumAVX512(dst, src *float32, n int, max float32) float32
func biasAVX512(dst *float32, ld, rows, cols int, bias *float32)
func biasReLUAVX512(dst *float32, ld, rows, cols int, bias *float32)
func biasSigmoidAVX512(dst *float32, ld, rows, cols int, bias *float32)
func biasTanhAVX512(dst *float32, ld, rows, cols int, bias *float32)
func columnSumsAVX512(sums, x *float32, ld, rows, cols int)
func addAVX512(dst, x *float32, n int)
func axpyAVX512(y, x *float32, n int, a float32)
func scaleAVX512(x *float32, n int, a float32)
func dotAVX512(x, y *float32, n int) float32
func adamAVX512(w, grad, m, v *float32, n int, rate, beta1, keep1, beta2, keep2, epsilon, correct1, correct2 float32)
func maxPoolAVX512(dst *float32, arg *int32, src *float32, c int, table *int, taps, pixels, base int)
func vecMatAVX512(y, x, w *float32, ld, rows, cols int)
func matVecShortAVX512(dx, w *float32, ld, rows, cols int, grad *float32)
func matVecUpdateShortAVX512(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)
func matVecUpdateDenseAVX512(dx, w *float32, rows, cols int, x, grad, repeated *float32, rowOf *int32, step float32)

// Of the measurement of the others: reads w, or adds a to it, and nothing else.
func memReadAVX512(w *float32, n int)
func memUpdateAVX512(w *float32, n int, a float32)
