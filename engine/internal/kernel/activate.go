package kernel

import "math"

// activations sets the checked loops of activations. What has no loop of the set's
// own is computed by the portable one.
func (k *loops) activations(v *Vector[float32]) {
	if k.relu != nil { // without any, the portable functions are as good
		v.Activate, v.ActivateGrad = k.activateChecked, k.activateGradChecked
	}
	if k.leakyReLU != nil {
		v.LeakyReLU = func(dst, src []float32, slope float32) {
			checkPair(len(dst), len(src))
			pieces(len(src), longLoop, func(lo, hi int) { k.leakyReLU(&dst[lo], &src[lo], hi-lo, slope) })
		}
	}
	if k.leakyReLUGrad != nil {
		v.LeakyReLUGrad = func(dPre, dDst, dst []float32, slope float32) {
			checkTriple(len(dPre), len(dDst), len(dst))
			pieces(len(dst), longLoop, func(lo, hi int) { k.leakyReLUGrad(&dPre[lo], &dDst[lo], &dst[lo], hi-lo, slope) })
		}
	}
}

func (k *loops) activateChecked(dst, src []float32, act Activation) {
	checkPair(len(dst), len(src))
	checkActivation(act)
	if act == LeakyReLU && k.leakyReLU != nil {
		pieces(len(src), longLoop, func(lo, hi int) { k.leakyReLU(&dst[lo], &src[lo], hi-lo, LeakySlope) })
		return
	}
	loop := [numActivations]func(dst, src *float32, n int){
		ReLU: k.relu, Sigmoid: k.sigmoid, Tanh: k.tanh,
		ReLU6: k.relu6, HardSigmoid: k.hardSigmoid, HardSwish: k.hardSwish, SiLU: k.silu,
	}[act]
	if loop == nil {
		activateGo(dst, src, act)
		return
	}
	pieces(len(src), longLoop, func(lo, hi int) { loop(&dst[lo], &src[lo], hi-lo) })
}

func (k *loops) activateGradChecked(dPre, dDst, of []float32, act Activation) {
	checkTriple(len(dPre), len(dDst), len(of))
	checkActivation(act)
	if act == LeakyReLU && k.leakyReLUGrad != nil {
		pieces(len(of), longLoop, func(lo, hi int) { k.leakyReLUGrad(&dPre[lo], &dDst[lo], &of[lo], hi-lo, LeakySlope) })
		return
	}
	loop := [numActivations]func(dPre, dDst, of *float32, n int){
		ReLU: k.reluGrad, Sigmoid: k.sigmoidGrad, Tanh: k.tanhGrad,
		ReLU6: k.relu6Grad, HardSigmoid: k.hardSigmoidGrad, HardSwish: k.hardSwishGrad, SiLU: k.siluGrad,
	}[act]
	if loop == nil {
		activateGradGo(dPre, dDst, of, act)
		return
	}
	pieces(len(of), longLoop, func(lo, hi int) { loop(&dPre[lo], &dDst[lo], &of[lo], hi-lo) })
}

func activateGo[T Float](dst, src []T, act Activation) {
	checkPair(len(dst), len(src))
	checkActivation(act)
	switch act {
	case None:
		copy(dst, src)
	case ReLU:
		reluGo(dst, src)
	case Sigmoid:
		sigmoidGo(dst, src)
	case Tanh:
		tanhGo(dst, src)
	case LeakyReLU:
		leakyReLUGo(dst, src, LeakySlope)
	case ReLU6:
		for i, x := range src {
			dst[i] = clipped(x)
		}
	case HardSigmoid:
		for i, x := range src {
			dst[i] = clipped(x+3) * (1. / 6)
		}
	case HardSwish:
		for i, x := range src {
			dst[i] = x * (clipped(x+3) * (1. / 6))
		}
	case SiLU:
		for i, x := range src {
			dst[i] = T(float64(x) * logistic(float64(x)))
		}
	case GELU:
		for i, x := range src {
			dst[i] = T(float64(x) * normal(float64(x)))
		}
	}
}

func activateGradGo[T Float](dPre, dDst, of []T, act Activation) {
	checkTriple(len(dPre), len(dDst), len(of))
	checkActivation(act)
	switch act {
	case None:
		copy(dPre, dDst)
	case ReLU:
		reluGradGo(dPre, dDst, of)
	case Sigmoid:
		sigmoidGradGo(dPre, dDst, of)
	case Tanh:
		tanhGradGo(dPre, dDst, of)
	case LeakyReLU:
		leakyReLUGradGo(dPre, dDst, of, LeakySlope)
	case ReLU6:
		for i, y := range of {
			dPre[i] = dDst[i]
			if !(y > 0 && y < 6) {
				dPre[i] = 0
			}
		}
	case HardSigmoid:
		for i, y := range of {
			dPre[i] = dDst[i] * (1. / 6)
			if !(y > 0 && y < 1) {
				dPre[i] = 0
			}
		}
	case HardSwish:
		for i, x := range of {
			switch d := dDst[i]; {
			case x <= -3:
				dPre[i] = 0
			case x < 3:
				dPre[i] = d * (T(x*(1./3)) + 0.5)
			default:
				dPre[i] = d
			}
		}
	case SiLU:
		for i, x := range of {
			x, s := float64(x), logistic(float64(x))
			dPre[i] = dDst[i] * T(s+x*s*(1-s))
		}
	case GELU:
		for i, x := range of {
			x := float64(x)
			dPre[i] = dDst[i] * T(normal(x)+x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi))
		}
	}
}

// clipped returns x between 0 and 6; NaN and −0 stay.
func clipped[T Float](x T) T {
	if x < 0 {
		return 0
	}
	if x > 6 {
		return 6
	}
	return x
}

// logistic returns 1/(1+e⁻ˣ).
func logistic(x float64) float64 {
	e := math.Exp(-math.Abs(x)) // which never overflows
	if x < 0 {                  // then the fraction is widened by eˣ
		return e / (1 + e)
	}
	return 1 / (1 + e)
}

// normal returns (1+erf(x/√2))/2, without cancellation where x is negative.
func normal(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }

func leakyReLUGo[T Float](dst, src []T, slope T) {
	checkPair(len(dst), len(src))
	for i, x := range src {
		if !(x > 0) {
			x *= slope
		}
		dst[i] = x
	}
}

func leakyReLUGradGo[T Float](dPre, dDst, dst []T, slope T) {
	checkTriple(len(dPre), len(dDst), len(dst))
	for i, y := range dst {
		d := dDst[i]
		if !(y > 0) {
			d *= slope
		}
		dPre[i] = d
	}
}
