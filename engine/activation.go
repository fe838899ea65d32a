package engine

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/unslide/unslide/engine/internal/kernel"
)

// Activation is a function applied to each output of a layer.
type Activation kernel.Activation

const (
	None    = Activation(kernel.None)    // x
	ReLU    = Activation(kernel.ReLU)    // max(x, 0)
	Sigmoid = Activation(kernel.Sigmoid) // 1/(1+e⁻ˣ)
	Tanh    = Activation(kernel.Tanh)    // (eˣ−e⁻ˣ)/(eˣ+e⁻ˣ)

	ReLU6       = Activation(kernel.ReLU6)       // min(max(x, 0), 6)
	LeakyReLU   = Activation(kernel.LeakyReLU)   // x where x > 0, else x/100; see WithSlope
	HardSigmoid = Activation(kernel.HardSigmoid) // min(max(x+3, 0), 6)/6, PyTorch's; ONNX's default is x/5 + 1/2
	HardSwish   = Activation(kernel.HardSwish)   // x·min(max(x+3, 0), 6)/6
	SiLU        = Activation(kernel.SiLU)        // x/(1+e⁻ˣ)
	GELU        = Activation(kernel.GELU)        // x·(1+erf(x/√2))/2, the exact form

	numActivations = GELU + 1
)

var activationNames = [numActivations]string{
	"none", "relu", "sigmoid", "tanh", "relu6", "leakyrelu", "hardsigmoid", "hardswish", "silu", "gelu",
}

// NeedsInput reports whether the derivative is made from what the activation was
// applied to: HardSwish, SiLU and GELU. Else it is made from the output, so that the
// input need not be kept.
func (a Activation) NeedsInput() bool { return kernel.Activation(a).NeedsInput() }

func (a Activation) String() string {
	if a < numActivations {
		return activationNames[a]
	}
	return fmt.Sprintf("Activation(%d)", uint8(a))
}

// ParseActivation is the inverse of [Activation.String].
func ParseActivation(s string) (Activation, error) {
	for i, name := range activationNames {
		if s == name {
			return Activation(i), nil
		}
	}
	return 0, fault("activation", strconv.Quote(s), strings.Join(activationNames[:], ", "))
}

// MarshalText writes the name, for JSON and flags.
func (a Activation) MarshalText() ([]byte, error) {
	if a >= numActivations {
		return nil, fault("activation", fmt.Sprint(uint8(a)), strings.Join(activationNames[:], ", "))
	}
	return []byte(a.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (a *Activation) UnmarshalText(text []byte) (err error) {
	*a, err = ParseActivation(string(text))
	return err
}
