package kernel

import (
	"math"
	"strings"
	"testing"
)

// Lengths that do not fit panic with a constant message before anything is
// touched.
func TestVectorMisusePanics(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		f := func(n int) []float32 { return filled(n, 3) }
		// dst is what every call would write; its misuse must leave it alone.
		dst := f(64)
		arg := make([]int32, 64)
		calls := map[string]func(){
			"Exp":                  func() { v.Exp(dst, f(63)) },
			"Sigmoid":              func() { v.Sigmoid(dst, f(65)) },
			"Tanh":                 func() { v.Tanh(dst, nil) },
			"ReLU":                 func() { v.ReLU(nil, dst) },
			"ReLUGrad":             func() { v.ReLUGrad(dst, f(63), f(64)) },
			"SigmoidGrad":          func() { v.SigmoidGrad(dst, f(64), f(63)) },
			"TanhGrad":             func() { v.TanhGrad(dst[:63], f(64), f(64)) },
			"Activate":             func() { v.Activate(dst, f(63), SiLU) },
			"Activate activation":  func() { v.Activate(dst, f(64), numActivations) },
			"ActivateGrad":         func() { v.ActivateGrad(dst, f(64), f(63), SiLU) },
			"LeakyReLU":            func() { v.LeakyReLU(dst, f(63), 0.25) },
			"LeakyReLUGrad":        func() { v.LeakyReLUGrad(dst, f(64), f(63), 0.25) },
			"Softmax":              func() { v.Softmax(dst, f(63)) },
			"BiasAct rows":         func() { v.BiasAct(dst, 8, 9, 8, nil, ReLU) },
			"BiasAct ld":           func() { v.BiasAct(dst, 7, 2, 8, nil, ReLU) },
			"BiasAct negative":     func() { v.BiasAct(dst, 8, -1, 8, nil, ReLU) },
			"BiasAct bias":         func() { v.BiasAct(dst, 8, 8, 8, f(7), ReLU) },
			"BiasAct activation":   func() { v.BiasAct(dst, 8, 8, 8, nil, numActivations) },
			"BiasAct overflow":     func() { v.BiasAct(dst, math.MaxInt/2, 9, 8, nil, ReLU) },
			"ColumnSums":           func() { v.ColumnSums(dst[:8], f(63), 8, 8) },
			"Normalise rows":       func() { v.Normalise(dst, f(64), f(7), f(7), f(7)) },
			"Normalise shift":      func() { v.Normalise(dst, f(64), f(8), f(8), f(7)) },
			"Normalise src":        func() { v.Normalise(dst, f(56), f(8), f(8), f(8)) },
			"NormaliseGrad dDst":   func() { v.NormaliseGrad(dst, f(56), f(64), f(8), f(8), f(8), f(8)) },
			"NormaliseGrad slope":  func() { v.NormaliseGrad(dst, f(64), f(64), f(8), f(8), f(9), f(8)) },
			"AddSquares":           func() { v.AddSquares(dst[:8], f(64), f(4)) },
			"AddProducts":          func() { v.AddProducts(dst[:8], f(56), f(64), f(8)) },
			"Add":                  func() { v.Add(dst, f(63)) },
			"Axpy":                 func() { v.Axpy(dst, f(63), 2) },
			"Dot":                  func() { v.Dot(dst, f(63)) },
			"Adam":                 func() { v.Adam(dst, f(64), f(64), f(63), AdamStep[float32]{}) },
			"MaxPool table":        func() { v.MaxPool(dst, arg, f(64), 0, 8, make([]int, 15), 2) },
			"MaxPool offset":       func() { v.MaxPool(dst[:8], arg[:8], f(64), 0, 8, []int{0, 57}, 2) },
			"MaxPool base":         func() { v.MaxPool(dst[:8], arg[:8], f(64), 50, 8, []int{0, 7}, 2) },
			"MaxPool bases":        func() { v.MaxPool(dst[:8], arg[:8], f(64), 65, 8, []int{-1, -1}, 2) },
			"MaxPool arg":          func() { v.MaxPool(dst[:8], arg[:7], f(64), 0, 8, []int{0, 1}, 2) },
			"MaxPool c":            func() { v.MaxPool(dst[:8], nil, f(64), 0, 0, []int{0, 1}, 2) },
			"MaxPool taps":         func() { v.MaxPool(dst[:8], nil, f(64), 0, 8, []int{0, 1}, 0) },
			"MaxPool no source":    func() { v.MaxPool(dst[:8], nil, nil, 0, 8, []int{0, 1}, 2) },
			"VecMat weights":       func() { v.VecMat(dst, f(4), f(255), 64, nil) },
			"VecMat ld":            func() { v.VecMat(dst, f(4), f(256), 63, nil) },
			"VecMat bias":          func() { v.VecMat(dst, f(4), f(256), 64, f(63)) },
			"MatVec weights":       func() { v.MatVec(dst, f(255), 4, f(4)) },
			"MatVecUpdate weights": func() { v.MatVecUpdate(dst, f(255), 4, f(64), f(4), 1) },
			"MatVecUpdate dx":      func() { v.MatVecUpdate(dst[:63], f(256), 4, f(64), f(4), 1) },
		}
		for name, call := range calls {
			func() {
				defer func() {
					if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "kernel: ") {
						t.Errorf("%s: want a panic with a constant message, got %v", name, s)
					}
				}()
				call()
			}()
			for i, x := range dst {
				if x != 3 || arg[i] != 0 {
					t.Fatalf("%s: wrote before it panicked", name)
				}
			}
		}
	})
	defer func() {
		if recover() == nil {
			t.Error("VectorFor of an unknown instruction set did not panic")
		}
	}()
	VectorFor[float32](Find("abacus"))
}

// Empty vectors and matrices are no misuse.
func TestVectorsMayBeEmpty(t *testing.T) {
	onEach(t, func(t *testing.T, v *Vector[float32]) {
		v.Exp(nil, nil)
		v.ReLUGrad(nil, nil, nil)
		v.Softmax(nil, nil)
		v.BiasAct(nil, 0, 3, 0, nil, ReLU)
		v.BiasAct(nil, 4, 0, 4, nil, Sigmoid)
		v.Scale(nil, 2)
		v.Adam(nil, nil, nil, nil, AdamStep[float32]{})
		v.MaxPool(nil, nil, nil, 0, 3, nil, 2)
		v.MatVecUpdate(nil, nil, 0, nil, nil, 1)
		if v.Dot(nil, nil) != 0 {
			t.Error("the dot product of nothing is not 0")
		}
		y := []float32{canary, canary}
		v.VecMat(y, nil, nil, 2, []float32{5, 6})
		if y[0] != 5 || y[1] != 6 {
			t.Errorf("no inputs and a bias of 5, 6 give %v", y)
		}
		v.MatVec(y, nil, 0, nil)
		if y[0] != 0 || y[1] != 0 {
			t.Errorf("no columns give %v", y)
		}
		y[0], y[1] = canary, canary
		v.ColumnSums(y, nil, 2, 0)
		if y[0] != 0 || y[1] != 0 {
			t.Errorf("no rows give %v", y)
		}
	})
}

func filled(n int, value float32) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = value
	}
	return s
}
