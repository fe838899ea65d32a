package kernel

import "math"

// portableVector returns the loops in plain Go, which define the others.
func portableVector[T Float]() Vector[T] {
	return Vector[T]{
		Exp:           expGo[T],
		Sigmoid:       sigmoidGo[T],
		Tanh:          tanhGo[T],
		ReLU:          reluGo[T],
		ReLUGrad:      reluGradGo[T],
		SigmoidGrad:   sigmoidGradGo[T],
		TanhGrad:      tanhGradGo[T],
		Activate:      activateGo[T],
		ActivateGrad:  activateGradGo[T],
		LeakyReLU:     leakyReLUGo[T],
		LeakyReLUGrad: leakyReLUGradGo[T],
		Softmax:       softmaxGo[T],
		BiasAct:       biasActGo[T],
		ColumnSums:    columnSumsGo[T],
		Add:           addGo[T],
		Axpy:          axpyGo[T],
		Scale:         scaleGo[T],
		Dot:           dotGo[T],
		Adam:          adamGo[T],
		Normalise:     normaliseGo[T],
		NormaliseGrad: normaliseGradGo[T],
		AddSquares:    addSquaresGo[T],
		AddProducts:   addProductsGo[T],
		MaxPool:       maxPoolGo[T],
		VecMat:        vecMatGo[T],
		MatVec:        matVecGo[T],
		MatVecUpdate:  matVecUpdateGo[T],
	}
}

func expGo[T Float](dst, src []T) {
	checkPair(len(dst), len(src))
	for i, x := range src {
		dst[i] = T(math.Exp(float64(x)))
	}
}

func sigmoidGo[T Float](dst, src []T) {
	checkPair(len(dst), len(src))
	for i, x := range src {
		dst[i] = T(logistic(float64(x)))
	}
}

func tanhGo[T Float](dst, src []T) {
	checkPair(len(dst), len(src))
	for i, x := range src {
		dst[i] = T(math.Tanh(float64(x)))
	}
}

func reluGo[T Float](dst, src []T) {
	checkPair(len(dst), len(src))
	for i, x := range src {
		if x < 0 {
			x = 0
		}
		dst[i] = x
	}
}

func reluGradGo[T Float](dPre, dDst, dst []T) {
	checkTriple(len(dPre), len(dDst), len(dst))
	for i, y := range dst {
		if y > 0 {
			dPre[i] = dDst[i]
		} else {
			dPre[i] = 0
		}
	}
}

func sigmoidGradGo[T Float](dPre, dDst, dst []T) {
	checkTriple(len(dPre), len(dDst), len(dst))
	for i, y := range dst {
		dPre[i] = dDst[i] * y * (1 - y)
	}
}

func tanhGradGo[T Float](dPre, dDst, dst []T) {
	checkTriple(len(dPre), len(dDst), len(dst))
	for i, y := range dst {
		dPre[i] = dDst[i] * ((1 - y) * (1 + y))
	}
}

func softmaxGo[T Float](dst, src []T) (max, sum T) {
	checkPair(len(dst), len(src))
	max = T(math.Inf(-1))
	for _, x := range src {
		if x > max || x != x {
			max = x
		}
	}
	for i, x := range src {
		e := T(math.Exp(float64(x - max)))
		dst[i] = e
		sum += e
	}
	inv := 1 / sum
	for i := range dst {
		dst[i] *= inv
	}
	return max, sum
}

func biasActGo[T Float](dst []T, ld, rows, cols int, bias []T, act Activation) {
	checkBiasAct(len(dst), ld, rows, cols, len(bias), bias == nil, act)
	for i := range rows {
		row := dst[i*ld : i*ld+cols]
		for j, b := range bias {
			row[j] += b
		}
		if act != None {
			activateGo(row, row, act)
		}
	}
}

// sumBlock is how many rows ColumnSums sums by themselves.
const sumBlock = 64

func columnSumsGo[T Float](sums, x []T, ld, rows int) {
	checkMatrix(len(x), ld, rows, len(sums))
	clear(sums)
	if rows <= sumBlock {
		for i := range rows {
			addGo(sums, x[i*ld:i*ld+len(sums)])
		}
		return
	}
	var buf [256]T
	for j0 := 0; j0 < len(sums); j0 += len(buf) {
		strip := sums[j0:min(j0+len(buf), len(sums))]
		part := buf[:len(strip)]
		for i0 := 0; i0 < rows; i0 += sumBlock {
			clear(part)
			for i := i0; i < min(i0+sumBlock, rows); i++ {
				addGo(part, x[i*ld+j0:i*ld+j0+len(part)])
			}
			addGo(strip, part)
		}
	}
}

func addGo[T Float](dst, x []T) {
	checkPair(len(dst), len(x))
	for i, v := range x {
		dst[i] += v
	}
}

func axpyGo[T Float](y, x []T, a T) {
	checkPair(len(y), len(x))
	for i, v := range x {
		y[i] += a * v
	}
}

func scaleGo[T Float](x []T, a T) {
	for i := range x {
		x[i] *= a
	}
}

func dotGo[T Float](x, y []T) T {
	checkPair(len(x), len(y))
	var s0, s1, s2, s3 T
	i := 0
	for ; i+4 <= len(x); i += 4 {
		a, b := x[i:i+4:i+4], y[i:i+4:i+4]
		s0 += a[0] * b[0]
		s1 += a[1] * b[1]
		s2 += a[2] * b[2]
		s3 += a[3] * b[3]
	}
	for ; i < len(x); i++ {
		s0 += x[i] * y[i]
	}
	return (s0 + s1) + (s2 + s3)
}

func adamGo[T Float](w, g, m, v []T, s AdamStep[T]) {
	checkAdam(len(w), len(g), len(m), len(v))
	for i, d := range g {
		m[i] = s.Beta1*m[i] + (1-s.Beta1)*d
		v[i] = s.Beta2*v[i] + (1-s.Beta2)*d*d
		w[i] -= s.Rate * (m[i] * s.Correct1) / (T(math.Sqrt(float64(v[i]*s.Correct2))) + s.Epsilon)
	}
}
