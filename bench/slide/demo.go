package slide

import (
	"fmt"
	"strings"

	"github.com/unslide/unslide/naive"
)

// Demos names the demonstrations that [Demo] makes.
func Demos() []string {
	return []string{"convolution", "gradient", "maps", "pool", "reshape", "centre"}
}

// Options are the matrices of a demonstration; what is left out is an example.
type Options struct {
	Inputs  []naive.Map // several for maps and reshape
	Kernels []naive.Map // for maps: kernel ci·outputs+co leads from input ci to output co
	Bias    []float64   // of maps, one an output map
	DOutput naive.Map   // of gradient: the gradient to the output
	// Slide is how the kernel moves. Its size is the kernel's; for pool it is
	// the window's, 2×2 where it says nothing. Stride 0 stands for 1, for pool
	// for the window's rows.
	Slide naive.Slide
}

// Demo makes a demonstration by its name, one of [Demos].
func Demo(name string, o Options) (Scene, error) {
	if name == "pool" && o.Slide.KH == 0 && o.Slide.KW == 0 {
		o.Slide.KH, o.Slide.KW = 2, 2
	}
	if o.Slide.Stride == 0 {
		o.Slide.Stride = 1
		if name == "pool" {
			o.Slide.Stride = o.Slide.KH
		}
	}
	switch name {
	case "convolution", "gradient":
		input, err := one("input", o.Inputs, "1 2 3; 4 5 6; 7 8 9")
		if err != nil {
			return Scene{}, err
		}
		kernel, err := one("kernel", o.Kernels, "1 0; 2 -1")
		if err != nil {
			return Scene{}, err
		}
		if name == "gradient" {
			return Gradient(input, kernel, o.DOutput, o.Slide)
		}
		return Convolution(input, kernel, o.Slide)
	case "maps":
		if len(o.Inputs) == 0 && len(o.Kernels) == 0 {
			o.Inputs = examples("1 2 3; 4 5 6; 7 8 9", "0 1 0; 1 0 1; 2 0 2")
			o.Kernels = examples("1 0; 0 1", "1 -1; 0 0", "0 1; 1 0", "1 1; 1 1")
			o.Bias = []float64{0.5, -1}
		}
		if len(o.Bias) == 0 && len(o.Inputs) > 0 {
			o.Bias = make([]float64, len(o.Kernels)/len(o.Inputs))
		}
		return Maps(o.Inputs, o.Kernels, o.Bias, o.Slide)
	case "pool":
		input, err := one("input", o.Inputs, "1 3 2 4; 5 6 8 7; 9 1 2 3; 4 5 6 0")
		if err != nil {
			return Scene{}, err
		}
		return Pool(input, o.Slide)
	case "reshape":
		if len(o.Inputs) == 0 {
			o.Inputs = examples("1 2 3; 4 5 6", "10 20 30; 40 50 60", "-1 -2 -3; -4 -5 -6")
		}
		return Reshape(o.Inputs)
	case "centre":
		return MovingCentre(7, 4, 5, maxSide)
	}
	return Scene{}, fmt.Errorf("slide: demonstration %q: want one of %s", name, strings.Join(Demos(), ", "))
}

// one returns the only matrix, or an example where there is none.
func one(what string, given []naive.Map, example string) (naive.Map, error) {
	switch len(given) {
	case 0:
		return examples(example)[0], nil
	case 1:
		return given[0], nil
	}
	return nil, fmt.Errorf("slide: %d matrices as %s: want one", len(given), what)
}

func examples(texts ...string) (maps []naive.Map) {
	for _, text := range texts {
		m, err := Matrix(text)
		if err != nil {
			panic("slide: an example is no matrix")
		}
		maps = append(maps, m)
	}
	return maps
}
