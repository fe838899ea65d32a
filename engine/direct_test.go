package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/engine/internal/trial"
)

func TestDirectIsExactOnIntegers(t *testing.T) {
	for name, g := range trial.DirectGeometries(t) {
		t.Run(name, func(t *testing.T) {
			batches := []int{1, 13}
			if raceEnabled {
				batches = []int{2}
			}
			for _, n := range batches {
				if float64(n)*g.FLOP() > 30e6 {
					n = min(n, 2)
				}
				r := rand.New(rand.NewPCG(1, 2))
				src, filter, bias := trial.Integers[float32](r, n*g.InputLen()), trial.Integers[float32](r, g.FilterLen()), trial.Integers[float32](r, g.OC)
				dDst := trial.Integers[float32](r, n*g.OutputLen())
				dst, dSrc := make([]float32, len(dDst)), make([]float32, len(src))
				for i := range dst {
					dst[i] = bias[i%g.OC]
				}
				trial.Reference(g, n, func(s, f, d int) {
					dst[d] += src[s] * filter[f]
					dSrc[s] += dDst[d] * filter[f]
				})
				for _, isa := range ISAs() {
					if raceEnabled && isa == kernel.Portable && g.FLOP() > 3e6 {
						continue
					}
					plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa), WithWorkers(2))
					if err != nil {
						t.Fatal(err)
					}
					got := trial.Destination[float32](len(dst))
					plan.Forward(got.Data, src, filter, bias)
					got.Check(t, fmt.Sprintf("n=%d %v: dst", n, isa), dst)
					got = trial.Destination[float32](len(dst))
					plan.ForwardPacked(got.Data, src, plan.Pack(filter), bias)
					got.Check(t, fmt.Sprintf("n=%d %v: dst of the packed filter", n, isa), dst)
					got = trial.Destination[float32](len(dSrc))
					plan.BackwardData(got.Data, dDst, filter)
					got.Check(t, fmt.Sprintf("n=%d %v: dSrc", n, isa), dSrc)
				}
			}
		})
	}
}

// The activation comes after the last chunk of the depth, and on the bias.
func TestDirectActivations(t *testing.T) {
	for name, g := range trial.DirectGeometries(t) {
		if g.FLOP() > 5e6 && g.Depth() < 3000 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			const n = 3
			r := rand.New(rand.NewPCG(3, 4))
			src, filter, bias := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, g.OC)
			for _, isa := range ISAs() {
				plain := make([]float32, n*g.OutputLen())
				for act := range numActivations {
					plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa), WithActivation(act))
					if err != nil {
						t.Fatal(err)
					}
					got := make([]float32, len(plain))
					plan.Forward(got, src, filter, bias)
					if act == None {
						copy(plain, got)
					}
					for i, x := range plain {
						want := applied(act, float64(x))
						if !(math.Abs(float64(got[i])-want) <= 4e-7*max(math.Abs(want), act.absolute())+1e-38) {
							t.Fatalf("%v %v: dst[%d] = %v, want %v of %v = %v", isa, act, i, got[i], act, x, want)
						}
					}
				}
			}
		})
	}
}

// absolute is what the rounding of x + 3 is a share of.
func (a Activation) absolute() float64 {
	if a == HardSigmoid || a == HardSwish {
		return 3
	}
	return 0
}

func applied(act Activation, x float64) float64 {
	switch act {
	case ReLU:
		return max(x, 0)
	case Sigmoid:
		return 1 / (1 + math.Exp(-x))
	case ReLU6:
		return min(max(x, 0), 6)
	case LeakyReLU:
		if x <= 0 {
			x *= kernel.LeakySlope
		}
	case HardSigmoid:
		return min(max(x+3, 0), 6) / 6
	case HardSwish:
		return x * min(max(x+3, 0), 6) / 6
	case SiLU:
		return x / (1 + math.Exp(-x))
	case GELU:
		return x * math.Erfc(-x/math.Sqrt2) / 2
	case Tanh:
		return math.Tanh(x)
	}
	return x
}

// Sets that fuse multiply and add do it alike.
func TestDirectBitsAreTheSameWhereFused(t *testing.T) {
	var fused []ISA
	for _, set := range kernel.Sets() {
		if set.Fused {
			fused = append(fused, set.ISA)
		}
	}
	if len(fused) < 2 {
		t.Skip("this machine or build has no two sets that fuse multiply and add")
	}
	for name, g := range promiseGeometries(t) {
		const n = 2
		r := rand.New(rand.NewPCG(5, 6))
		src, filter, dDst := trial.Normals[float32](r, n*g.InputLen()), trial.Normals[float32](r, g.FilterLen()), trial.Normals[float32](r, n*g.OutputLen())
		var want [2][]float32
		for _, isa := range fused {
			plan, err := NewConv2D[float32](g, WithAlgorithm(Direct), WithISA(isa))
			if err != nil {
				t.Fatal(err)
			}
			got := [2][]float32{make([]float32, len(dDst)), make([]float32, len(src))}
			plan.Forward(got[0], src, filter, nil)
			plan.BackwardData(got[1], dDst, filter)
			if want[0] == nil {
				want = got
				continue
			}
			sameBits(t, name+": dst", got[0], want[0])
			sameBits(t, name+": dSrc", got[1], want[1])
		}
	}
}
