//go:build !noasm

package kernel

//go:generate go run -C _asm ./vector -isa avx512 -out ../vector_avx512_amd64.s
//go:generate go run -C _asm ./vector -isa avx2 -out ../vector_avx2_amd64.s

// The routines of both instruction sets trust their arguments; see loops.

// expAVX512 computes dst[i] = e^src[i].
//
//go:noescape
func expAVX512(dst, src *float32, n int)

// sigmoidAVX512 computes dst[i] = 1/(1+e^−src[i]).
//
//go:noescape
func sigmoidAVX512(dst, src *float32, n int)

// tanhAVX512 computes dst[i] = tanh(src[i]).
//
//go:noescape
func tanhAVX512(dst, src *float32, n int)

// reluAVX512 computes dst[i] = 0 where src[i] < 0, else src[i].
//
//go:noescape
func reluAVX512(dst, src *float32, n int)

// reluGradAVX512 computes dPre[i] = dDst[i] where dst[i] > 0, else 0.
//
//go:noescape
func reluGradAVX512(dPre, dDst, dst *float32, n int)

// sigmoidGradAVX512 computes dPre[i] = dDst[i]·dst[i]·(1−dst[i]).
//
//go:noescape
func sigmoidGradAVX512(dPre, dDst, dst *float32, n int)

// tanhGradAVX512 computes dPre[i] = dDst[i]·((1−dst[i])·(1+dst[i])).
//
//go:noescape
func tanhGradAVX512(dPre, dDst, dst *float32, n int)

// biasAVX512 is BiasAct with the activation None.
//
//go:noescape
func biasAVX512(dst *float32, ld, rows, cols int, bias *float32)

// biasReLUAVX512 is BiasAct with the activation ReLU.
//
//go:noescape
func biasReLUAVX512(dst *float32, ld, rows, cols int, bias *float32)

// biasSigmoidAVX512 is BiasAct with the activation Sigmoid.
//
//go:noescape
func biasSigmoidAVX512(dst *float32, ld, rows, cols int, bias *float32)

// biasTanhAVX512 is BiasAct with the activation Tanh.
//
//go:noescape
func biasTanhAVX512(dst *float32, ld, rows, cols int, bias *float32)

// largestAVX512 returns the largest src[i], NaN if one is NaN.
//
//go:noescape
func largestAVX512(src *float32, n int) float32

// expSumAVX512 computes dst[i] = e^(src[i]−max) and returns Σ dst[i].
//
//go:noescape
func expSumAVX512(dst, src *float32, n int, max float32) float32

// columnSumsAVX512 computes sums[j] += Σᵢ x[i·ld+j].
//
//go:noescape
func columnSumsAVX512(sums, x *float32, ld, rows, cols int)

// addAVX512 computes dst[i] += x[i].
//
//go:noescape
func addAVX512(dst, x *float32, n int)

// axpyAVX512 computes y[i] += a·x[i].
//
//go:noescape
func axpyAVX512(y, x *float32, n int, a float32)

// scaleAVX512 computes x[i] *= a.
//
//go:noescape
func scaleAVX512(x *float32, n int, a float32)

// dotAVX512 returns Σ x[i]·y[i].
//
//go:noescape
func dotAVX512(x, y *float32, n int) float32

// adamAVX512 is a step of Adam; keep1 is 1−beta1, keep2 is 1−beta2.
//
//go:noescape
func adamAVX512(w, grad, m, v *float32, n int, rate, beta1, keep1, beta2, keep2, epsilon, correct1, correct2 float32)

// maxPoolAVX512 is MaxPool for at least one pixel, src from base on; arg may be nil.
//
//go:noescape
func maxPoolAVX512(dst *float32, arg *int32, src *float32, c int, table *int, taps, pixels, base int)

// vecMatAVX512 computes y[j] += Σᵢ x[i]·w[i·ld+j].
//
//go:noescape
func vecMatAVX512(y, x, w *float32, ld, rows, cols int)

// matVecShortAVX512 computes dx[i] = Σⱼ w[i·ld+j]·grad[j].
//
//go:noescape
func matVecShortAVX512(dx, w *float32, ld, rows, cols int, grad *float32)

// matVecUpdateShortAVX512 computes dx[i] = Σⱼ w[i·ld+j]·grad[j], then w[i·ld+j] += (step·x[i])·grad[j]; dx may be nil.
//
//go:noescape
func matVecUpdateShortAVX512(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)

// matVecUpdateDenseAVX512 is matVecUpdate for ld = cols ≤ 16 and whole vectors of rows.
//
//go:noescape
func matVecUpdateDenseAVX512(dx, w *float32, rows, cols int, x, grad, repeated *float32, rowOf *int32, step float32)

// memReadAVX512 reads memory and does nothing else.
//
//go:noescape
func memReadAVX512(w *float32, n int)

// memUpdateAVX512 computes w[i] += a.
//
//go:noescape
func memUpdateAVX512(w *float32, n int, a float32)

// expAVX2 computes dst[i] = e^src[i].
//
//go:noescape
func expAVX2(dst, src *float32, n int)

// sigmoidAVX2 computes dst[i] = 1/(1+e^−src[i]).
//
//go:noescape
func sigmoidAVX2(dst, src *float32, n int)

// tanhAVX2 computes dst[i] = tanh(src[i]).
//
//go:noescape
func tanhAVX2(dst, src *float32, n int)

// reluAVX2 computes dst[i] = 0 where src[i] < 0, else src[i].
//
//go:noescape
func reluAVX2(dst, src *float32, n int)

// reluGradAVX2 computes dPre[i] = dDst[i] where dst[i] > 0, else 0.
//
//go:noescape
func reluGradAVX2(dPre, dDst, dst *float32, n int)

// sigmoidGradAVX2 computes dPre[i] = dDst[i]·dst[i]·(1−dst[i]).
//
//go:noescape
func sigmoidGradAVX2(dPre, dDst, dst *float32, n int)

// tanhGradAVX2 computes dPre[i] = dDst[i]·((1−dst[i])·(1+dst[i])).
//
//go:noescape
func tanhGradAVX2(dPre, dDst, dst *float32, n int)

// biasAVX2 is BiasAct with the activation None.
//
//go:noescape
func biasAVX2(dst *float32, ld, rows, cols int, bias *float32)

// biasReLUAVX2 is BiasAct with the activation ReLU.
//
//go:noescape
func biasReLUAVX2(dst *float32, ld, rows, cols int, bias *float32)

// biasSigmoidAVX2 is BiasAct with the activation Sigmoid.
//
//go:noescape
func biasSigmoidAVX2(dst *float32, ld, rows, cols int, bias *float32)

// biasTanhAVX2 is BiasAct with the activation Tanh.
//
//go:noescape
func biasTanhAVX2(dst *float32, ld, rows, cols int, bias *float32)

// largestAVX2 returns the largest src[i], NaN if one is NaN.
//
//go:noescape
func largestAVX2(src *float32, n int) float32

// expSumAVX2 computes dst[i] = e^(src[i]−max) and returns Σ dst[i].
//
//go:noescape
func expSumAVX2(dst, src *float32, n int, max float32) float32

// columnSumsAVX2 computes sums[j] += Σᵢ x[i·ld+j].
//
//go:noescape
func columnSumsAVX2(sums, x *float32, ld, rows, cols int)

// addAVX2 computes dst[i] += x[i].
//
//go:noescape
func addAVX2(dst, x *float32, n int)

// axpyAVX2 computes y[i] += a·x[i].
//
//go:noescape
func axpyAVX2(y, x *float32, n int, a float32)

// scaleAVX2 computes x[i] *= a.
//
//go:noescape
func scaleAVX2(x *float32, n int, a float32)

// dotAVX2 returns Σ x[i]·y[i].
//
//go:noescape
func dotAVX2(x, y *float32, n int) float32

// adamAVX2 is a step of Adam; keep1 is 1−beta1, keep2 is 1−beta2.
//
//go:noescape
func adamAVX2(w, grad, m, v *float32, n int, rate, beta1, keep1, beta2, keep2, epsilon, correct1, correct2 float32)

// maxPoolAVX2 is MaxPool for at least one pixel, src from base on; arg may be nil.
//
//go:noescape
func maxPoolAVX2(dst *float32, arg *int32, src *float32, c int, table *int, taps, pixels, base int)

// vecMatAVX2 computes y[j] += Σᵢ x[i]·w[i·ld+j].
//
//go:noescape
func vecMatAVX2(y, x, w *float32, ld, rows, cols int)

// matVecShortAVX2 computes dx[i] = Σⱼ w[i·ld+j]·grad[j].
//
//go:noescape
func matVecShortAVX2(dx, w *float32, ld, rows, cols int, grad *float32)

// matVecLongAVX2 computes dx[i] = Σⱼ w[i·ld+j]·grad[j].
//
//go:noescape
func matVecLongAVX2(dx, w *float32, ld, rows, cols int, grad *float32)

// matVecUpdateShortAVX2 computes dx[i] = Σⱼ w[i·ld+j]·grad[j], then w[i·ld+j] += (step·x[i])·grad[j]; dx may be nil.
//
//go:noescape
func matVecUpdateShortAVX2(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)

// matVecUpdateDenseAVX2 is matVecUpdate for ld = cols ≤ 16 and whole vectors of rows.
//
//go:noescape
func matVecUpdateDenseAVX2(dx, w *float32, rows, cols int, x, grad, repeated *float32, rowOf *int32, step float32)

// matVecUpdateLongAVX2 computes dx[i] = Σⱼ w[i·ld+j]·grad[j], then w[i·ld+j] += (step·x[i])·grad[j]; dx may be nil.
//
//go:noescape
func matVecUpdateLongAVX2(dx, w *float32, ld, rows, cols int, x, grad *float32, step float32)

// memReadAVX2 reads memory and does nothing else.
//
//go:noescape
func memReadAVX2(w *float32, n int)

// memUpdateAVX2 computes w[i] += a.
//
//go:noescape
func memUpdateAVX2(w *float32, n int, a float32)

// vecMat64AVX2 computes y[j] += Σᵢ x[i]·w[i·ld+j].
//
//go:noescape
func vecMat64AVX2(y, x, w *float64, ld, rows, cols int)

// matVecLong64AVX2 computes dx[i] = Σⱼ w[i·ld+j]·grad[j].
//
//go:noescape
func matVecLong64AVX2(dx, w *float64, ld, rows, cols int, grad *float64)

// matVecUpdateLong64AVX2 computes dx[i] = Σⱼ w[i·ld+j]·grad[j], then w[i·ld+j] += (step·x[i])·grad[j]; dx may be nil.
//
//go:noescape
func matVecUpdateLong64AVX2(dx, w *float64, ld, rows, cols int, x, grad *float64, step float64)
