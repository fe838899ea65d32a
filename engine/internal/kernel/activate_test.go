package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Activations and their gradients are their formulas in float64, to some roundings
// of the largest term; e^−|x| below the normal numbers counts for less.
func TestActivations(t *testing.T) {
	t.Run("float64", func(t *testing.T) {
		for _, set := range Sets() {
			testActivations(t, VectorFor[float64](set), 0x1p-52)
		}
	})
	onEach(t, func(t *testing.T, v *Vector[float32]) { testActivations(t, v, 0x1p-23) })
}

func testActivations[T Float](t *testing.T, v *Vector[T], ulp float64) {
	r := rand.New(rand.NewPCG(23, 24))
	var x []T
	for i := range 3000 {
		x = append(x, T(r.NormFloat64()*[]float64{1, 6, 40}[i%3]))
	}
	x = append(x, 0, -3, 3, 6, 0.5, 1, -100, 100)
	y, d, dPre := make([]T, len(x)), make([]T, len(x)), make([]T, len(x))
	for i := range d {
		d[i] = T(r.NormFloat64())
	}
	for act := range numActivations {
		v.Activate(y, x, act)
		of := y
		if act.NeedsInput() {
			of = x
		}
		v.ActivateGrad(dPre, d, of, act)
		inPlace := append([]T(nil), d...)
		v.ActivateGrad(inPlace, inPlace, of, act)
		for i := range x {
			value, slope, size := activation64(act, float64(x[i]))
			small := math.Abs(float64(x[i])) * 0x1p-147
			if !(math.Abs(float64(y[i])-value) <= 4*ulp*math.Abs(value)+small+ulp*map[Activation]float64{HardSigmoid: 3}[act]) {
				t.Fatalf("activation %d of %v is %v, want %v", act, x[i], y[i], value)
			}
			if !(math.Abs(float64(dPre[i])-slope*float64(d[i])) <= (8*ulp*size+small)*math.Abs(float64(d[i]))) {
				t.Fatalf("activation %d at %v (%v): gradient %v of %v, want the slope %v", act, x[i], y[i], dPre[i], d[i], slope)
			}
			if inPlace[i] != dPre[i] {
				t.Fatalf("activation %d at %v: gradient %v in place, else %v", act, x[i], inPlace[i], dPre[i])
			}
		}
	}
}

// activation64 returns an activation, its slope, and the slope's largest term.
func activation64(act Activation, x float64) (value, slope, size float64) {
	step := func(on bool, slope float64) float64 {
		if on {
			return slope
		}
		return 0
	}
	switch s := sigmoid64(x); act {
	case ReLU:
		value, slope = max(x, 0), step(x > 0, 1)
	case Sigmoid:
		value, slope = s, s*(1-s)
		return value, slope, s // the output is rounded
	case Tanh:
		value = math.Tanh(x)
		return value, 1 - value*value, 1
	case ReLU6:
		value, slope = min(max(x, 0), 6), step(x > 0 && x < 6, 1)
	case LeakyReLU:
		value, slope = x, 1
		if x <= 0 {
			value, slope = LeakySlope*x, LeakySlope
		}
	case HardSigmoid:
		value, slope = min(max(x+3, 0), 6)/6, step(x > -3 && x < 3, 1./6)
	case HardSwish:
		value, slope = x*min(max(x+3, 0), 6)/6, step(x > -3, 1)
		if x > -3 && x < 3 {
			slope = x/3 + 0.5
		}
		return value, slope, 1
	case SiLU:
		return x * s, s + x*s*(1-s), s * (1 + math.Abs(x))
	case GELU:
		phi, density := math.Erfc(-x/math.Sqrt2)/2, math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		return x * phi, phi + x*density, phi + math.Abs(x)*density + 1e-300
	default:
		value, slope = x, 1
	}
	return value, slope, slope
}
