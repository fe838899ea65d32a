//go:build !noasm

package kernel

import "github.com/klauspost/cpuid/v2"

//go:generate go run -C _asm ./tile -file conv-avx2 -out ../conv_avx2_amd64.s
//go:generate go run -C _asm ./tile -file outer-avx2 -out ../outer_avx2_amd64.s
//go:generate go run -C _asm ./tile -file pack-avx2 -out ../pack_avx2_amd64.s
//go:generate go run -C _asm ./tile -file double-avx2 -out ../double_avx2_amd64.s
//go:generate go run -C _asm ./tile -file depthwise-avx2 -out ../depthwise_avx2_amd64.s
//go:generate go run -C _asm ./tile -file planes-avx2 -out ../planes_avx2_amd64.s
//go:generate go run -C _asm ./tile -file winograd-avx2 -out ../winograd_avx2_amd64.s
//go:generate go run -C _asm ./vector -isa avx2 -out ../vector_avx2_amd64.s
//go:generate go run -C _asm ./tile -file prefetch -out ../prefetch_amd64.s

// AVX2 is AVX2 with FMA: 16 registers of 8 float32.
const AVX2 ISA = "avx2"

func init() { add(&avx2) }

var avx2 = Set{
	ISA: AVX2, Fused: true, Lanes: 8,
	Sizes: []Size{{12, 8}, {6, 16}}, DoubleSize: Size{6, 8},
	rank: 1,
	available: func() bool {
		return cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3)
	},
	kernels: kernels{
		Conv:        byCols[ConvArgs]{{8, convF32Tile12x8AVX2}, {16, convF32Tile6x16AVX2}},
		Outer:       byCols[OuterArgs[float32]]{{8, outerF32Tile12x8AVX2}, {16, outerF32Tile6x16AVX2}},
		PackRows:    byCols[packArgs[float32]]{{8, packRowsF32x8AVX2}, {16, packRowsF32x16AVX2}},
		PackColumns: packColumnsF32x8AVX2,

		DoubleOuter:       byCols[OuterArgs[float64]]{{4, outerF64Tile12x4AVX2}, {8, outerF64Tile6x8AVX2}},
		DoublePackRows:    byCols[packArgs[float64]]{{4, packRowsF64x4AVX2}, {8, packRowsF64x8AVX2}},
		DoublePackColumns: packColumnsF64x4AVX2,

		Depthwise:       depthwiseF32AVX2,
		DepthwiseFilter: depthwiseFilterF32AVX2,

		AddSpans: addSpansF32AVX2,
		Prefetch: prefetchLines,

		WinogradInput:          winogradInputF32AVX2,
		WinogradOutput:         winogradOutputF32AVX2,
		WinogradFilter:         winogradFilterF32AVX2,
		WinogradOutputGradient: winogradOutputGradientF32AVX2,
		WinogradFilterGradient: winogradFilterGradientF32AVX2,
	},
	loops: loops{
		exp: expAVX2, sigmoid: sigmoidAVX2, tanh: tanhAVX2, relu: reluAVX2,
		reluGrad: reluGradAVX2, sigmoidGrad: sigmoidGradAVX2, tanhGrad: tanhGradAVX2,
		largest: largestAVX2, expSum: expSumAVX2,
		biasAct:    [...]func(*float32, int, int, int, *float32){biasAVX2, biasReLUAVX2, biasSigmoidAVX2, biasTanhAVX2},
		columnSums: columnSumsAVX2,
		add:        addAVX2, axpy: axpyAVX2, scale: scaleAVX2, dot: dotAVX2, adam: adamAVX2,
		maxPool:      maxPoolAVX2,
		vecMat:       vecMatAVX2,
		matVec:       matVecLoop{matVecShortAVX2, matVecLongAVX2},
		matVecUpdate: matVecUpdateLoop{matVecUpdateShortAVX2, matVecUpdateLongAVX2, matVecUpdateDenseAVX2},
		relu6:        relu6AVX2, hardSigmoid: hardSigmoidAVX2, hardSwish: hardSwishAVX2, silu: siluAVX2,
		relu6Grad: relu6GradAVX2, hardSigmoidGrad: hardSigmoidGradAVX2, hardSwishGrad: hardSwishGradAVX2, siluGrad: siluGradAVX2,
		leakyReLU: leakyReLUAVX2, leakyReLUGrad: leakyReLUGradAVX2,
		normalise: normaliseAVX2, normaliseGrad: normaliseGradAVX2,
		addSquares: addSquaresAVX2, addProducts: addProductsAVX2,
	},
	loops64: loops64{vecMat64AVX2, matVecLong64AVX2, matVecUpdateLong64AVX2},
}

// The assembly; its arguments are those of the fields of kernels and loops.

func convF32Tile12x8AVX2(args *ConvArgs)
func convF32Tile6x16AVX2(args *ConvArgs)
func outerF32Tile12x8AVX2(args *OuterArgs[float32])
func outerF32Tile6x16AVX2(args *OuterArgs[float32])
func packRowsF32x8AVX2(args *packArgs[float32])
func packRowsF32x16AVX2(args *packArgs[float32])
func packColumnsF32x8AVX2(args *packArgs[float32])

func outerF64Tile12x4AVX2(args *OuterArgs[float64])
func outerF64Tile6x8AVX2(args *OuterArgs[float64])
func packRowsF64x4AVX2(args *packArgs[float64])
func packRowsF64x8AVX2(args *packArgs[float64])
func packColumnsF64x4AVX2(args *packArgs[float64])

func depthwiseF32AVX2(args *ConvArgs)
func depthwiseFilterF32AVX2(args *DepthwiseFilterArgs)
func addSpansF32AVX2(args *addSpansArgs)
func prefetchLines(src *float32, lines int) // SSE

func winogradInputF32AVX2(args *winogradArgs)
func winogradOutputF32AVX2(args *winogradArgs)
func winogradFilterF32AVX2(args *winogradArgs)
func winogradOutputGradientF32AVX2(args *winogradArgs)
func winogradFilterGradientF32AVX2(args *winogradArgs)

func expAVX2(dst, src *float32, n int)
func sigmoidAVX2(dst, src *float32, n int)
func tanhAVX2(dst, src *float32, n int)
func reluAVX2(dst, src *float32, n int)
func reluGradAVX2(dPre, dDst, dst *float32, n int)
func sigmoidGradAVX2(dPre, dDst, dst *float32, n int)
func tanhGradAVX2(dPre, dDst, dst *float32, n int)
func largestAVX2(src *float32, n int) float32
func expSumAVX2(dst, src *float32, n int, max float32) float32
func biasAVX2(dst *float32, ld, rows, cols int, bias *float32)
func biasReLUAVX2(dst *float32, ld, rows, cols int, bias *float32)
func biasSigmoidAVX2(dst *float32, ld, rows, cols int, bias *float32)
func biasTanhAVX2(dst *float32, ld, rows, cols int, bias *float32)
func columnSumsAVX2(sums, x *float32, ld, rows, cols int)
func addAVX2(dst, x *float32, n int)
func axpyAVX2(y, x *float32, n int, a float32)
func scaleAVX2(x *float32, n int, a float32)
func dotAVX2(x, y *float32, n int) float32
func adamAVX2(w, grad, m, v *float32, n int, rate, beta1, keep1, beta2, keep2, epsilon, correct1, correct2 float32)
func maxPoolAVX2(dst *float32, arg *int32, src *float32, c int, table *int, taps, pixels, base int)
func vecMatAVX2(y, x, w *float32, ld, rows, cols int)
func relu6AVX2(dst, src *float32, n int)
func relu6GradAVX2(dPre, dDst, of *float32, n int)
func hardSigmoidAVX2(dst, src *float32, n int)
func hardSigmoidGradAVX2(dPre, dDst, of *float32, n int)
func hardSwishAVX2(dst, src *float32, n int)
func hardSwishGradAVX2(dPre, dDst, of *float32, n int)
func siluAVX2(dst, src *float32, n int)
func siluGradAVX2(dPre, dDst, of *float32, n int)
func leakyReLUAVX2(dst, src *float32, n int, slope float32)
func leakyReLUGradAVX2(dPre, dDst, dst *float32, n int, slope float32)
func normaliseAVX2(dst, src, mean, scale, shift *float32, rows, cols int)
func normaliseGradAVX2(dSrc, dDst, src, mean, scale, slope, offset *float32, rows, cols int)
func addSquaresAVX2(sums, x, mean *float32, rows, cols int)
func addProductsAVX2(sums, d, x, mean *float32, rows, cols int)
func matVecShortAVX2(dx, w *float32, ld, rows, cols int, grad *float32)
func matVecUpdateShortAVX2(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)
func matVecUpdateDenseAVX2(dx, w *float32, rows, cols int, x, grad, repeated *float32, rowOf *int32, step float32)
func matVecLongAVX2(dx, w *float32, ld, rows, cols int, grad *float32)
func matVecUpdateLongAVX2(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)

func vecMat64AVX2(y, x, w *float64, ld, rows, cols int)
func matVecLong64AVX2(dx, w *float64, ld, rows, cols int, grad *float64)
func matVecUpdateLong64AVX2(dx, w *float64, ld, rows, cols int, x, grad *float64, step float64)

// Of the measurement of the others: reads w, or adds a to it, and nothing else.
func memReadAVX2(w *float32, n int)
func memUpdateAVX2(w *float32, n int, a float32)
