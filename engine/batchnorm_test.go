package engine

import (
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
)

// What PyTorch computes in training, with the running statistics after it, and in
// inference, whose gradients are the frozen ones.
func TestBatchNormGolden(t *testing.T) {
	t.Run("float32", testBatchNormGolden[float32])
	t.Run("float64", testBatchNormGolden[float64])
}

func testBatchNormGolden[T Float](t *testing.T) {
	for _, a := range goldenPlans(t, "batchnorm") {
		for _, isa := range ISAs() {
			b, err := NewBatchNorm[T](a.C, a.Epsilon, WithISA(isa), WithWorkers(2))
			if err != nil {
				t.Fatal(err)
			}
			x, gamma, beta, dy := converted[T](a.X), converted[T](a.Gamma), converted[T](a.Beta), converted[T](a.DY)
			mean, variance := converted[T](a.Mean), converted[T](a.Variance)
			dst, dSrc := trial.Destination[T](len(x)), trial.Destination[T](len(x))
			dGamma, dBeta := trial.Destination[T](a.C), trial.Destination[T](a.C)
			if a.Training {
				runningMean, runningVariance := trial.Source[T](a.Mean), trial.Source[T](a.Variance)
				mean, variance := trial.Destination[T](a.C), trial.Destination[T](a.C)
				if err := b.Forward(dst.Data, x, gamma, beta, mean.Data, variance.Data); err != nil {
					t.Fatal(err)
				}
				b.UpdateRunning(runningMean.Data, runningVariance.Data, mean.Data, variance.Data, len(x)/a.C, Running{a.Momentum, true})
				b.Backward(dSrc.Data, dGamma.Data, dBeta.Data, x, dy, gamma, mean.Data, variance.Data)
				near(t, "running mean", runningMean, a.MeanAfter, 8*epsilon[T](), 1)
				near(t, "running variance", runningVariance, a.VarianceAfter, 32*epsilon[T](), 1)
			} else {
				b.Infer(dst.Data, x, gamma, beta, mean, variance)
				b.BackwardFrozen(dSrc.Data, dGamma.Data, dBeta.Data, x, dy, gamma, mean, variance)
			}
			// Up to 100 values of about 1 are summed, then divided by about 1/4 at least.
			near(t, "dst", dst, a.Y, 64*epsilon[T](), 1)
			near(t, "dGamma", dGamma, a.DGamma, 512*epsilon[T](), 1)
			near(t, "dBeta", dBeta, a.DBeta, 512*epsilon[T](), 1)
			near(t, "dSrc", dSrc, a.DX, 512*epsilon[T](), 1)
		}
	}
}

// Gradients are what difference quotients of the loss Σ dDst·dst say, with an
// activation and without, trained and frozen.
func TestBatchNormGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(41, 1))
	const pixels, c, h = 7, 3, 1e-6
	for _, act := range []Activation{None, ReLU, Sigmoid, Tanh} {
		for _, frozen := range []bool{false, true} {
			b, err := NewBatchNorm[float64](c, 1e-3, WithActivation(act))
			if err != nil {
				t.Fatal(err)
			}
			normals := func(n int) []float64 { return trial.Normals[float64](r, n) }
			src, gamma, beta, dDst := normals(pixels*c), normals(c), normals(c), normals(pixels*c)
			mean, variance := []float64{0.5, -1, 0}, []float64{1, 0.25, 2}
			dst := make([]float64, len(src))
			forward := func() {
				if frozen {
					b.Infer(dst, src, gamma, beta, mean, variance)
				} else if err := b.Forward(dst, src, gamma, beta, mean, variance); err != nil {
					t.Fatal(err)
				}
			}
			forward()
			dSrc, dGamma, dBeta := make([]float64, len(src)), make([]float64, c), make([]float64, c)
			b.BackwardActivation(dSrc, dDst, dst)
			if frozen {
				b.BackwardFrozen(dSrc, dGamma, dBeta, src, dSrc, gamma, mean, variance)
			} else {
				b.Backward(dSrc, dGamma, dBeta, src, dSrc, gamma, mean, variance)
			}
			quotients(t, dst, dDst, forward, map[string]gradientOf{"src": {src, dSrc}, "gamma": {gamma, dGamma}, "beta": {beta, dBeta}})
		}
	}
}

// gradientOf is a variable and what is said to be the gradient to it.
type gradientOf struct{ x, d []float64 }

// quotients compares gradients with difference quotients of the loss Σ dDst·dst,
// where forward computes dst from the variables.
func quotients(t *testing.T, dst, dDst []float64, forward func(), variables map[string]gradientOf) {
	t.Helper()
	const h = 1e-6
	loss := func() (sum float64) {
		forward()
		for i, d := range dDst {
			sum += d * dst[i]
		}
		return sum
	}
	for name, v := range variables {
		for i, x := range v.x {
			v.x[i] = x + h
			up := loss()
			v.x[i] = x - h
			down := loss()
			v.x[i] = x
			if want := (up - down) / (2 * h); !(math.Abs(v.d[i]-want) <= 1e-6*max(1, math.Abs(want))) {
				t.Errorf("gradient to %s[%d] = %v, the difference quotient is %v", name, i, v.d[i], want)
			}
		}
	}
	forward()
}

// Values far from zero lose nothing of their variance, over many parts.
func TestBatchNormFarFromZero(t *testing.T) {
	const pixels, c, offset = 40000, 5, 4096
	src, want := make([]float32, pixels*c), [2]float64{}
	for i := range src {
		src[i] = offset + float32(i/c%4)*0.5 // 0, 0.5, 1, 1.5
	}
	want = [2]float64{offset + 0.75, 0.3125}
	for _, isa := range ISAs() {
		b, err := NewBatchNorm[float32](c, 0, WithISA(isa))
		if err != nil {
			t.Fatal(err)
		}
		dst, mean, variance := make([]float32, len(src)), make([]float32, c), make([]float32, c)
		if err := b.Forward(dst, src, nil, nil, mean, variance); err != nil {
			t.Fatal(err)
		}
		for j := range c {
			if !(math.Abs(float64(mean[j])-want[0]) <= 1e-3) || !(math.Abs(float64(variance[j])-want[1]) <= 1e-6) {
				t.Errorf("%v: mean %v, variance %v, want %v", isa, mean[j], variance[j], want)
			}
		}
		for i := range dst[:4*c] {
			if want := (float64(src[i]) - want[0]) / math.Sqrt(want[1]); !(math.Abs(float64(dst[i])-want) <= 1e-5) {
				t.Errorf("%v: dst[%d] = %v, want %v", isa, i, dst[i], want)
			}
		}
	}
}

func TestBatchNormRefusesOneValue(t *testing.T) {
	b, err := NewBatchNorm[float32](3, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	for _, pixels := range []int{0, 1} {
		dst, mean, variance := trial.Destination[float32](3*pixels), trial.Destination[float32](3), trial.Destination[float32](3)
		err := b.Forward(dst.Data, make([]float32, 3*pixels), nil, nil, mean.Data, variance.Data)
		if f := new(Fault); !errors.As(err, &f) || f.Want != "at least 2" {
			t.Errorf("%d pixels: error %v", pixels, err)
		}
		for _, x := range append(append(dst.Data, mean.Data...), variance.Data...) {
			if x == x {
				t.Errorf("%d pixels: wrote %v", pixels, x)
			}
		}
	}
	b.Infer(make([]float32, 3), make([]float32, 3), nil, nil, make([]float32, 3), make([]float32, 3))
	b.Infer(nil, nil, nil, nil, make([]float32, 3), make([]float32, 3))
	for _, epsilon := range []float64{-1, math.NaN(), math.Inf(1)} {
		if _, err := NewBatchNorm[float32](3, epsilon); err == nil {
			t.Errorf("epsilon %v was accepted", epsilon)
		}
	}
}

func TestRunningConventions(t *testing.T) {
	b, err := NewBatchNorm[float64](1, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		r              Running
		mean, variance float64
	}{
		{Running{0.25, true}, 0.75*8 + 0.25*4, 0.75*2 + 0.25*6*3/2},
		{Running{0.25, false}, 0.75*8 + 0.25*4, 0.75*2 + 0.25*6},
		{Running{1, false}, 4, 6},
		{Running{0, true}, 8, 2},
	} {
		mean, variance := []float64{8}, []float64{2}
		b.UpdateRunning(mean, variance, []float64{4}, []float64{6}, 3, c.r)
		if mean[0] != c.mean || variance[0] != c.variance {
			t.Errorf("%+v: running mean %v and variance %v, want %v and %v", c.r, mean[0], variance[0], c.mean, c.variance)
		}
	}
}
