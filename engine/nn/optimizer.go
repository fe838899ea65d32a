package nn

import (
	"errors"
	"fmt"
	"math"
)

// Optimizer says how parameters follow their gradients.
type Optimizer struct {
	Method Method  `json:"method"`
	Rate   float64 `json:"rate"` // of one-cycle: the largest
	// Schedule says how the rate changes with the steps of a training.
	Schedule Schedule `json:"schedule"`
	// Adam's constants; 0 stands for 0.9, 0.999 and 1e-8.
	Beta1   float64 `json:"beta1,omitempty"`
	Beta2   float64 `json:"beta2,omitempty"`
	Epsilon float64 `json:"epsilon,omitempty"`
}

// Method is an optimiser.
type Method string

const (
	SGD  Method = "sgd"  // w −= rate·g
	Adam Method = "adam" // Kingma and Ba, 2015
)

// Schedule is a rule for the rate.
type Schedule string

const (
	// Constant keeps the rate.
	Constant Schedule = "constant"
	// OneCycle goes from 1/25 of the rate up to it in the first 30 % of the
	// steps and down to 1/250 000 in the rest, by cosines (Smith and Topin,
	// 2018; PyTorch's OneCycleLR as it comes, for any number of steps: a
	// training of one step takes it at 1/250 000, of two at 81 % and there).
	OneCycle Schedule = "one-cycle"
)

// ArticleOptimizer is plain SGD at rate 0.01.
func ArticleOptimizer() Optimizer { return Optimizer{Method: SGD, Rate: 0.01, Schedule: Constant} }

// Validate reports an [engine.Fault] for each faulty field, nil if there is none.
func (o Optimizer) Validate() error {
	var errs []error
	if o.Method != SGD && o.Method != Adam {
		errs = append(errs, fault("optimiser", fmt.Sprintf("%q", o.Method), fmt.Sprintf("%q or %q", SGD, Adam)))
	}
	if o.Schedule != Constant && o.Schedule != OneCycle {
		errs = append(errs, fault("schedule", fmt.Sprintf("%q", o.Schedule), fmt.Sprintf("%q or %q", Constant, OneCycle)))
	}
	if !(o.Rate > 0) || o.Rate > math.MaxFloat32 {
		errs = append(errs, fault("rate", fmt.Sprint(o.Rate), "a number above 0"))
	}
	for _, f := range []struct {
		name  string
		value float64
	}{{"beta1", o.Beta1}, {"beta2", o.Beta2}, {"epsilon", o.Epsilon}} {
		if !(f.value >= 0 && f.value < 1) {
			errs = append(errs, fault(f.name, fmt.Sprint(f.value), "0 to below 1"))
		}
	}
	return errors.Join(errs...)
}

// RateAt returns the rate of step t, from 0, of so many.
func (o Optimizer) RateAt(t, steps int) float64 {
	if o.Schedule != OneCycle {
		return o.Rate
	}
	const warmUp, first, last = 0.3, 1.0 / 25, 1.0 / 25 / 1e4
	// The top lies before step 0 where there are three steps or fewer.
	top := float64(warmUp*float64(steps)) - 1
	x, from, to := (float64(t)-top)/(float64(steps-1)-top), 1.0, last
	if float64(t) <= top {
		x, from, to = float64(t)/top, first, 1
	}
	return o.Rate * (to + (from-to)/2*(1+math.Cos(math.Pi*x)))
}
