package engine

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/internal/kernel"
	"github.com/unslide/unslide/im2col"
)

// Float is the element type of a plan: float32 or float64.
type Float = im2col.Float

// Option sets a property of a plan.
type Option func(*options)

type options struct {
	workers    int
	blas       gemm.BLAS
	activation Activation
	algorithms [numPasses]Algorithm
	noPass     Pass // that an algorithm is for and that does not exist; 0 for none
	fast       bool
	slope      *float64
	counted    *[2]int // padding below and at the right, see WithPaddingCounted
	name       string
	trace      func(Span)
	isa        kernel.ISA
	set        *kernel.Set // of isa

	takes, given optionSet
}

// WithWorkers sets how many goroutines share a call's work, the caller
// included, at most [MaxWorkers]; 0 stands for GOMAXPROCS as it is when the plan
// is made. The number does not change results. Plans of the same number share
// their workers, which end when the last of these plans is gone.
func WithWorkers(n int) Option {
	return option(workersOption, func(o *options) { o.workers = n })
}

// WithBLAS sets the library that multiplies matrices where a plan uses one: for
// float64, for [GEMM], and where there are no kernels of the engine's own. The
// default is [gemm.Default], which importing engine/gemm/openblas makes OpenBLAS.
func WithBLAS(b gemm.BLAS) Option {
	return option(blasOption, func(o *options) { o.blas = b })
}

// WithActivation sets the function that Forward applies to its outputs, in the
// same pass as the bias. Where that [Activation.NeedsInput], BackwardActivation
// panics: what is to be trained has an [Activate] of its own.
func WithActivation(a Activation) Option {
	return option(activationOption, func(o *options) { o.activation = a })
}

// WithAlgorithm sets how all passes of a convolution are computed; the default,
// [Auto], lets the plan choose. With [GEMM] the products of a dense layer, too,
// are BLAS's.
func WithAlgorithm(a Algorithm) Option {
	return option(algorithmOption, func(o *options) {
		for p := range o.algorithms {
			o.algorithms[p] = a
		}
	})
}

// WithPassAlgorithm sets how one pass of a convolution is computed. [Tune]
// returns such options.
func WithPassAlgorithm(p Pass, a Algorithm) Option {
	return option(passAlgorithmOption, func(o *options) {
		if p >= numPasses {
			o.noPass = p
			return
		}
		o.algorithms[p] = a
	})
}

// WithFastAlgorithms lets [Auto] take [Winograd] where that is faster. Without it
// Auto takes algorithms that compute the sums as they are defined.
func WithFastAlgorithms() Option {
	return option(fastOption, func(o *options) { o.fast = true })
}

// WithISA sets the instruction set of the engine's own kernels, one of [ISAs];
// the default is [BestISA]. Results differ in their last bits between
// instruction sets.
func WithISA(isa ISA) Option {
	return option(isaOption, func(o *options) { o.isa = isa })
}

// WithName labels the goroutines that run the plan for profiles: layer=name
// and phase=forward, backward-data and so on (see [runtime/pprof.Do]). After a
// call the calling goroutine has its own labels again. A plan without a name runs
// under the caller's labels, on all of its workers.
func WithName(name string) Option {
	return option(nameOption, func(o *options) { o.name = name })
}

// newOptions reads the options of a plan that takes them all.
func newOptions(opts []Option) (options, error) { return optionsOf("Conv2D", convOptions, opts) }

// optionsOf reads the options of a kind of plan, which takes some of them. Its
// error joins a [Fault] for each that is wrong.
func optionsOf(plan string, takes optionSet, opts []Option) (options, error) {
	o := options{blas: gemm.Default(), isa: BestISA(), takes: takes}
	for _, set := range opts {
		set(&o)
	}
	errs := []error{o.refused(plan)}
	switch {
	case o.workers < 0 || o.workers > MaxWorkers:
		errs = append(errs, fault("workers", fmt.Sprint(o.workers), fmt.Sprintf("0 (GOMAXPROCS) to %d", MaxWorkers)))
	case o.workers == 0:
		o.workers = min(runtime.GOMAXPROCS(0), MaxWorkers)
	}
	if o.blas == nil {
		errs = append(errs, fault("BLAS", "nil", "one of gemm.Backends"))
	}
	_, err := o.activation.MarshalText()
	errs = append(errs, err)
	if s := o.slope; s != nil && !(*s > 0 && *s <= math.MaxFloat32) {
		errs = append(errs, fault("slope", fmt.Sprint(*s), "a number above 0"))
	}
	if c := o.counted; c != nil && (c[0] < 0 || c[1] < 0) {
		errs = append(errs, fault("padding counted", fmt.Sprintf("bottom %d, right %d", c[0], c[1]), "at least 0"))
	}
	if o.noPass != 0 {
		errs = append(errs, fault("pass", fmt.Sprint(uint8(o.noPass)), strings.Join(passNames[:], ", ")))
	}
	if i := slices.IndexFunc(o.algorithms[:], func(a Algorithm) bool { return a >= numAlgorithms }); i >= 0 {
		errs = append(errs, fault("algorithm", fmt.Sprint(uint8(o.algorithms[i])), algorithmNames()))
	}
	if o.set = kernel.Find(o.isa); o.set == nil {
		errs = append(errs, fault("instruction set", string(o.isa), fmt.Sprintf("one of %v", ISAs())))
	}
	return o, errors.Join(errs...)
}

// MaxWorkers bounds [WithWorkers] against mistyped numbers.
const MaxWorkers = 4096
