package engine_test

import (
	"fmt"

	"github.com/unslide/unslide/engine"
)

// A training step's normalisation of one channel, and PyTorch's running statistics.
func ExampleBatchNorm() {
	norm, err := engine.NewBatchNorm[float64](1, 0)
	if err != nil {
		panic(err)
	}
	src, gamma, beta := []float64{1, 3, 5, 7}, []float64{2}, []float64{1}
	dst, mean, variance := make([]float64, 4), make([]float64, 1), make([]float64, 1)
	if err := norm.Forward(dst, src, gamma, beta, mean, variance); err != nil {
		panic(err)
	}
	fmt.Printf("%.2f %v %v\n", dst, mean, variance)

	runningMean, runningVariance := []float64{0}, []float64{1}
	norm.UpdateRunning(runningMean, runningVariance, mean, variance, 4, engine.Running{Share: 0.5, Unbiased: true})
	norm.Infer(dst, src, gamma, beta, runningMean, runningVariance)
	fmt.Printf("%.2f %.2f %.2f\n", dst, runningMean, runningVariance)
	// Output:
	// [-1.68 0.11 1.89 3.68] [4] [5]
	// [-0.02 2.02 4.06 6.11] [2.00] [3.83]
}
