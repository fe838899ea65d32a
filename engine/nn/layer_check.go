package nn

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/unslide/unslide/engine"
)

// check reports what is wrong with a layer wherever it stands, and returns how
// its name begins.
func (l Layer) check() (prefix string, err error) {
	set := 0
	var errs []error
	if l.Conv != nil {
		set++
		prefix, errs = "conv", append(errs, l.Conv.check())
	}
	if l.MaxPool != nil {
		set++
		prefix, errs = "pool", append(errs, l.MaxPool.check())
	}
	if l.Dense != nil {
		set++
		prefix, errs = "fc", append(errs, l.Dense.check())
	}
	if set != 1 {
		return "", layerFault("kinds", fmt.Sprint(set), `exactly one of "conv", "maxpool", "dense"`)
	}
	return prefix, errors.Join(errs...)
}

func (l *Conv) check() error {
	strideH, strideW := defaultPair(l.Stride, 1)
	dilationH, dilationW := defaultPair(l.Dilation, 1)
	_, padErr := paddingRule(l.Centre, l.Padding)
	return errors.Join(
		checkSize("maps", l.Maps), checkSize("kernel", l.Kernel.H, l.Kernel.W), checkSize("stride", strideH, strideW),
		checkSize("dilation", dilationH, dilationW), checkSize("groups", cmp.Or(l.Groups, 1)), padErr, checkActivation(l.Activation),
		checkMode(l.Mode))
}

func (l *MaxPool) check() error {
	strideH, strideW := defaultPair(l.Stride, 1) // the kernel's size, checked as such
	_, padErr := paddingRule(l.Centre, l.Padding)
	return errors.Join(checkSize("kernel", l.Kernel.H, l.Kernel.W), checkSize("stride", strideH, strideW), padErr, checkMode(l.Mode))
}

func (l *Dense) check() error {
	return errors.Join(checkSize("units", l.Units), checkActivation(l.Activation))
}

// checkSize reports a size, of one number or rows and columns, that no layer
// can have.
func checkSize(name string, size ...int) error {
	for _, v := range size {
		if v < 1 || v > maxParams {
			return layerFault(name, strings.Trim(strings.ReplaceAll(fmt.Sprint(size), " ", "×"), "[]"), fmt.Sprintf("1 to %d", maxParams))
		}
	}
	return nil
}

func checkMode(m Mode) error {
	switch m {
	case Correlation, Convolution, "":
		return nil
	}
	return layerFault("mode", fmt.Sprintf("%q", m), fmt.Sprintf("%q or %q", Correlation, Convolution))
}

func checkActivation(a engine.Activation) error {
	_, err := a.MarshalText()
	return err
}
