package engine

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/trial"
)

func TestGroupNormGolden(t *testing.T) {
	t.Run("float32", testGroupNormGolden[float32])
	t.Run("float64", testGroupNormGolden[float64])
}

func testGroupNormGolden[T Float](t *testing.T) {
	for _, a := range goldenPlans(t, "groupnorm") {
		for _, isa := range ISAs() {
			p, err := NewGroupNorm[T](a.H*a.W, a.C, a.Groups, a.Epsilon, WithISA(isa), WithWorkers(2))
			if err != nil {
				t.Fatal(err)
			}
			x, gamma, beta, dy := converted[T](a.X), converted[T](a.Gamma), converted[T](a.Beta), converted[T](a.DY)
			mean, variance := trial.Destination[T](a.N*a.Groups), trial.Destination[T](a.N*a.Groups)
			dst, dSrc := trial.Destination[T](len(x)), trial.Destination[T](len(x))
			dGamma, dBeta := trial.Destination[T](a.C), trial.Destination[T](a.C)
			p.Forward(dst.Data, x, gamma, beta, mean.Data, variance.Data)
			p.Backward(dSrc.Data, dGamma.Data, dBeta.Data, x, dy, gamma, mean.Data, variance.Data)
			// A group has two values at least: some differ by little and are divided by that.
			near(t, "dst", dst, a.Y, 512*epsilon[T](), 1)
			near(t, "dGamma", dGamma, a.DGamma, 1024*epsilon[T](), 1)
			near(t, "dBeta", dBeta, a.DBeta, 512*epsilon[T](), 1)
			near(t, "dSrc", dSrc, a.DX, 4096*epsilon[T](), 1)
			if mean.Outside() != nil || variance.Outside() != nil {
				t.Error("wrote outside of the statistics")
			}
		}
	}
}

// One group, one for each channel and some between, in one part and in several, are
// the definition.
func TestGroupNormIsTheDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 1))
	for _, c := range []struct{ n, pixels, channels, groups int }{
		{5, 7, 6, 1}, {5, 7, 6, 3}, {3, 9, 6, 6}, {40, 1, 33, 1}, {2, 3000, 36, 4}, {1, 3000, 36, 1}, {0, 4, 4, 2},
	} {
		g, err := NewGroupNorm[float64](c.pixels, c.channels, c.groups, 1e-3, WithWorkers(3))
		if err != nil {
			t.Fatal(err)
		}
		size, each := c.pixels*c.channels, c.channels/c.groups
		src, gamma, beta := trial.Normals[float64](r, c.n*size), trial.Normals[float64](r, c.channels), trial.Normals[float64](r, c.channels)
		dst, mean, variance := trial.Destination[float64](len(src)), make([]float64, c.n*c.groups), make([]float64, c.n*c.groups)
		g.Forward(dst.Data, src, gamma, beta, mean, variance)
		want := make([]float64, len(src))
		for group := range c.n * c.groups {
			var values []int
			for i := range src {
				if i/size == group/c.groups && i%c.channels/each == group%c.groups {
					values = append(values, i)
				}
			}
			var m, v float64
			for _, i := range values {
				m += src[i] / float64(len(values))
			}
			for _, i := range values {
				v += (src[i] - m) * (src[i] - m) / float64(len(values))
			}
			for _, i := range values {
				want[i] = gamma[i%c.channels]*(src[i]-m)/math.Sqrt(v+1e-3) + beta[i%c.channels]
			}
		}
		near(t, g.String(), dst, want, 1e-10, 1)
	}
}

func TestGroupNormGradients(t *testing.T) {
	r := rand.New(rand.NewPCG(43, 2))
	const n, pixels, c, groups = 2, 3, 4, 2
	for _, act := range []Activation{None, ReLU, Tanh} {
		g, err := NewGroupNorm[float64](pixels, c, groups, 1e-2, WithActivation(act))
		if err != nil {
			t.Fatal(err)
		}
		normals := func(n int) []float64 { return trial.Normals[float64](r, n) }
		src, gamma, beta, dDst := normals(n*pixels*c), normals(c), normals(c), normals(n*pixels*c)
		dst, mean, variance := make([]float64, len(src)), make([]float64, n*groups), make([]float64, n*groups)
		forward := func() { g.Forward(dst, src, gamma, beta, mean, variance) }
		forward()
		dSrc, dGamma, dBeta := make([]float64, len(src)), make([]float64, c), make([]float64, c)
		g.BackwardActivation(dSrc, dDst, dst)
		g.Backward(dSrc, dGamma, dBeta, src, dSrc, gamma, mean, variance)
		quotients(t, dst, dDst, forward, map[string]gradientOf{"src": {src, dSrc}, "gamma": {gamma, dGamma}, "beta": {beta, dBeta}})
	}
}

// The sums of large images' gradients are those of small ones.
func TestGroupNormLargeGradients(t *testing.T) {
	const n, pixels, c = 2, 3000, 36
	r := rand.New(rand.NewPCG(43, 3))
	src, dPre, gamma := trial.Normals[float64](r, n*pixels*c), trial.Normals[float64](r, n*pixels*c), trial.Normals[float64](r, c)
	g, err := NewGroupNorm[float64](pixels, c, c, 1e-3, WithWorkers(2))
	if err != nil {
		t.Fatal(err)
	}
	mean, variance := make([]float64, n*c), make([]float64, n*c)
	g.Forward(make([]float64, len(src)), src, gamma, nil, mean, variance)
	dSrc, dGamma, dBeta := trial.Destination[float64](len(src)), trial.Destination[float64](c), trial.Destination[float64](c)
	g.Backward(dSrc.Data, dGamma.Data, dBeta.Data, src, dPre, gamma, mean, variance)
	// An image's group of one channel is a batch of its own.
	b, err := NewBatchNorm[float64](c, 1e-3)
	if err != nil {
		t.Fatal(err)
	}
	wantSrc, wantGamma, wantBeta := make([]float64, len(src)), make([]float64, c), make([]float64, c)
	for image := range n {
		lo, hi := image*pixels*c, (image+1)*pixels*c
		dGamma, dBeta := make([]float64, c), make([]float64, c)
		b.Backward(wantSrc[lo:hi], dGamma, dBeta, src[lo:hi], dPre[lo:hi], gamma, mean[image*c:(image+1)*c], variance[image*c:(image+1)*c])
		for j := range c {
			wantGamma[j] += dGamma[j]
			wantBeta[j] += dBeta[j]
		}
	}
	near(t, "dSrc", dSrc, wantSrc, 1e-11, 1)
	near(t, "dGamma", dGamma, wantGamma, 1e-11, 1)
	near(t, "dBeta", dBeta, wantBeta, 1e-11, 1)
}
