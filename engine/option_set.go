package engine

import (
	"fmt"
	"strings"

	"github.com/unslide/unslide/im2col"
)

// A Fault is a field of a description that cannot be as it is, or an option that
// does not apply: what the errors of constructors join. Its fields are Package,
// Field, Value and Want; see [im2col.Fault].
type Fault = im2col.Fault

func fault(field, value, want string) error {
	return &Fault{Package: "engine", Field: field, Value: value, Want: want}
}

// An optionSet says which options are given, or which apply to a kind of plan.
type optionSet uint16

const (
	workersOption optionSet = 1 << iota
	blasOption
	activationOption
	algorithmOption
	passAlgorithmOption
	fastOption
	isaOption
	nameOption
	traceOption
	paddingOption
	slopeOption

	convOptions     optionSet = traceOption<<1 - 1
	serialOptions             = isaOption | nameOption | traceOption
	elementOptions            = serialOptions | workersOption
	denseOptions              = elementOptions | blasOption | activationOption | algorithmOption
	averageOptions            = elementOptions | paddingOption
	activateOptions           = elementOptions | slopeOption
	normOptions               = elementOptions | activationOption
)

var optionNames = []string{
	"WithWorkers", "WithBLAS", "WithActivation", "WithAlgorithm", "WithPassAlgorithm",
	"WithFastAlgorithms", "WithISA", "WithName", "WithTrace",
	"WithPaddingCounted", "WithSlope",
}

func (s optionSet) String() string {
	var names []string
	for i, name := range optionNames {
		if s&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// option makes an Option that notes that it is given.
func option(is optionSet, set func(o *options)) Option {
	return func(o *options) {
		o.given |= is
		set(o)
	}
}

// Shared makes one option of those for plans of several kinds, such as a
// network's layers: a constructor takes of them what applies to its plan, while
// it refuses what is given to it by itself and does not.
func Shared(opts ...Option) Option {
	return func(o *options) {
		for _, set := range opts {
			with := *o
			with.given = 0
			set(&with)
			if with.given&^o.takes == 0 {
				with.given |= o.given
				*o = with
			}
		}
	}
}

// refused reports the options that a kind of plan does not take.
func (o *options) refused(plan string) error {
	if more := o.given &^ o.takes; more != 0 {
		return fault("options of "+plan, more.String(), fmt.Sprintf("of %v alone", o.takes))
	}
	return nil
}
