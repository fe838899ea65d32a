package engine

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/im2col"
)

// faults lists the fields of the faults that an error joins.
func faults(err error) (fields []string) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			fields = append(fields, faults(e)...)
		}
		return fields
	}
	if f := new(Fault); errors.As(err, &f) {
		fields = append(fields, f.Field)
	}
	return fields
}

var constructors = map[string]func(g im2col.Geometry, size int, opts ...Option) error{
	"Conv2D": func(g im2col.Geometry, _ int, opts ...Option) error {
		_, err := NewConv2D[float32](g, opts...)
		return err
	},
	"Activate": func(_ im2col.Geometry, n int, opts ...Option) error {
		a := LeakyReLU
		if n == 0 {
			a = numActivations
		}
		_, err := NewActivate[float32](a, opts...)
		return err
	},
	"AveragePool2D": func(g im2col.Geometry, _ int, opts ...Option) error {
		_, err := NewAveragePool2D[float32](g, opts...)
		return err
	},
	"BatchNorm": func(_ im2col.Geometry, n int, opts ...Option) error {
		_, err := NewBatchNorm[float32](n, 1e-5, opts...)
		return err
	},
	"GroupNorm": func(_ im2col.Geometry, n int, opts ...Option) error {
		_, err := NewGroupNorm[float32](n, n, max(1, n), 1e-5, opts...)
		return err
	},
	"MaxPool2D": func(g im2col.Geometry, _ int, opts ...Option) error {
		_, err := NewMaxPool2D[float32](g, opts...)
		return err
	},
	"Dense": func(_ im2col.Geometry, n int, opts ...Option) error {
		_, err := NewDense[float32](n, n, opts...)
		return err
	},
	"SoftmaxCrossEntropy": func(_ im2col.Geometry, n int, opts ...Option) error {
		_, err := NewSoftmaxCrossEntropy[float32](n, opts...)
		return err
	},
	"Update": func(_ im2col.Geometry, _ int, opts ...Option) error {
		_, err := NewUpdate[float32](opts...)
		return err
	},
	"Traffic": func(_ im2col.Geometry, _ int, opts ...Option) error {
		_, err := NewTraffic(opts...)
		return err
	},
	"Tune": func(g im2col.Geometry, _ int, opts ...Option) error {
		_, err := Tune[float32](g, 1, opts...)
		return err
	},
}

// TestConstructorsRefuseOptions that do not apply, one by one and together, and
// take what does of shared ones.
func TestConstructorsRefuseOptions(t *testing.T) {
	g, err := im2col.NewPool(im2col.Input{H: 4, W: 4, C: 2}, 2, 2, im2col.Valid())
	if err != nil {
		t.Fatal(err)
	}
	options := map[string]Option{
		"WithWorkers": WithWorkers(1), "WithBLAS": WithBLAS(gemm.Default()), "WithActivation": WithActivation(ReLU), "WithAlgorithm": WithAlgorithm(GEMM),
		"WithPassAlgorithm": WithPassAlgorithm(PassData, GEMM), "WithFastAlgorithms": WithFastAlgorithms(), "WithISA": WithISA(BestISA()),
		"WithName": WithName("a"), "WithTrace": WithTrace(func(Span) {}), "WithPaddingCounted": WithPaddingCounted(0, 0),
		"WithSlope": WithSlope(0.25),
	}
	if len(options) != len(optionNames) {
		t.Fatalf("%d options are tried: want %d", len(options), len(optionNames))
	}
	common := []string{"WithISA", "WithName", "WithTrace"}
	parallel := append([]string{"WithWorkers"}, common...)
	with := func(common []string, more ...string) []string { return append(slices.Clip(common), more...) }
	for plan, takes := range map[string][]string{
		"Conv2D":        with(parallel, "WithActivation", "WithBLAS", "WithAlgorithm", "WithPassAlgorithm", "WithFastAlgorithms"),
		"Tune":          with(parallel, "WithActivation", "WithBLAS", "WithFastAlgorithms"),
		"Dense":         with(parallel, "WithActivation", "WithBLAS", "WithAlgorithm"),
		"Activate":      with(parallel, "WithSlope"),
		"AveragePool2D": with(parallel, "WithPaddingCounted"),
		"BatchNorm":     with(parallel, "WithActivation"),
		"GroupNorm":     with(parallel, "WithActivation"),
		"MaxPool2D":     parallel, "Update": parallel, "Traffic": parallel,
		"SoftmaxCrossEntropy": common,
	} {
		refused := slices.DeleteFunc(slices.Sorted(maps.Keys(options)), func(name string) bool { return slices.Contains(takes, name) })
		var every []Option
		for name, o := range options {
			err := constructors[plan](g, 2, o)
			if says := err != nil && strings.Contains(err.Error(), "engine: options of "+plan+" "+name+": want of With"); says != slices.Contains(refused, name) {
				t.Errorf("%s with %s: %v", plan, name, err)
			}
			every = append(every, o)
		}
		err := constructors[plan](g, 2, every...)
		for _, name := range refused {
			if err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("%s with all options: %v: want it to name %s", plan, err, name)
			}
		}
		if err := constructors[plan](g, 2, Shared(every...)); err != nil {
			t.Errorf("%s with all options shared: %v", plan, err)
		}
	}
}

// TestConstructorsNameEveryFault at once, as fields.
func TestConstructorsNameEveryFault(t *testing.T) {
	wrong := []Option{WithWorkers(-1), WithBLAS(nil), WithActivation(99), WithPassAlgorithm(99, GEMM), WithAlgorithm(99), WithISA("abacus")}
	for plan, want := range map[string][]string{
		"Conv2D":              {"BLAS", "activation", "algorithm", "input", "instruction set", "kernel", "pass", "workers"},
		"Tune":                {"BLAS", "activation", "algorithm", "input", "instruction set", "kernel", "options of Tune", "pass", "workers"},
		"Dense":               {"BLAS", "activation", "algorithm", "dense layer", "instruction set", "options of Dense", "pass", "workers"},
		"Activate":            {"activation", "instruction set", "options of Activate", "workers"},
		"AveragePool2D":       {"input", "instruction set", "kernel", "options of AveragePool2D", "workers"},
		"BatchNorm":           {"activation", "channels of BatchNorm", "instruction set", "options of BatchNorm", "workers"},
		"GroupNorm":           {"activation", "channels of GroupNorm", "instruction set", "options of GroupNorm", "pixels of GroupNorm", "workers"},
		"MaxPool2D":           {"input", "instruction set", "kernel", "options of MaxPool2D", "workers"},
		"SoftmaxCrossEntropy": {"classes", "instruction set", "options of SoftmaxCrossEntropy"},
		"Update":              {"instruction set", "options of Update", "workers"},
		"Traffic":             {"instruction set", "options of Traffic", "workers"},
	} {
		g := im2col.Geometry{C: 2, OC: 2, StrideH: 1, StrideW: 1, DilationH: 1, DilationW: 1, Groups: 2, OH: 1, OW: 1}
		got := faults(constructors[plan](g, 0, wrong...))
		slices.Sort(got)
		for _, field := range want {
			if !slices.Contains(got, field) {
				t.Errorf("%s names %q: want %q too", plan, got, field)
			}
		}
	}
}
