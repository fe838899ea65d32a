package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/unslide/unslide/bench/slide"
	"github.com/unslide/unslide/naive"
)

type slideCmd struct {
	Demo string `arg:"" optional:"" default:"convolution" enum:"${demos}" help:"${demos} (convolution)."`

	Input   []string      `sep:"none" placeholder:"MATRIX" help:"A file, or rows parted by semicolons: \"1 2; 3 4\". Several for maps and reshape."`
	Kernel  []string      `sep:"none" placeholder:"MATRIX" help:"The same; for maps one for each pair, from input 0 to each output, from input 1, and so on."`
	Bias    []float64     `placeholder:"B,…" help:"One number for each output of maps."`
	DOutput string        `name:"d-output" placeholder:"MATRIX" help:"Gradient to the output, for gradient (1, 2, 3, …)."`
	Mode    string        `default:"correlation" placeholder:"MODE" help:"correlation, or convolution: the kernel turned by 180° (correlation)."`
	Centre  string        `default:"0,0" placeholder:"R,C" help:"The kernel element that visits every stride-th input element (0,0)."`
	Stride  int           `default:"0" placeholder:"N" help:"Input elements between two outputs (1; 2 for pool)."`
	Window  string        `placeholder:"R,C" help:"Rows and columns of pool's window (2,2)."`
	Out     []string      `placeholder:"FILE" type:"path" help:"Draw it: an animation as .gif, all frames as .svg or .png. May come more than once."`
	Delay   time.Duration `default:"1s" placeholder:"TIME" help:"How long an animation shows a frame (1s)."`
	Quiet   bool          `help:"Print no frames."`
}

func (slideCmd) Help() string {
	return `Shows how it works, element by element: a kernel that slides over an input,
with the products and the sum of each output, and the same as im2col and one
matrix product; how gradients slide back; how several maps become one; max-
pooling with its argmax; the order of the vector that a dense layer reads; and
where TensorFlow's SAME puts the kernel's centre.

Examples:

  unslide slide
  unslide slide --mode convolution --centre 1,1 --stride 2 --out slide.gif
  unslide slide --input "1 2 3; 4 5 6; 7 8 9" --kernel "1 0; 0 1"
  unslide slide gradient --out gradient.svg --quiet
  unslide slide centre`
}

func (s slideCmd) Run(c console) error {
	o, err := s.options()
	if err != nil {
		return err
	}
	scene, err := slide.Demo(s.Demo, o)
	if err != nil {
		return err
	}
	if !s.Quiet {
		if err := scene.WriteText(c.out); err != nil {
			return err
		}
	}
	for _, file := range s.Out {
		if err := scene.Write(file, s.Delay); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "drawn: %s, %s\n", file, count(len(scene.Frames), "frame"))
	}
	return nil
}

// Validate finds what is no matrix, no place, no file name of a picture.
func (s slideCmd) Validate() error {
	var errs []error
	for _, file := range s.Out {
		if low := strings.ToLower(file); !strings.HasSuffix(low, ".gif") && !strings.HasSuffix(low, ".svg") && !strings.HasSuffix(low, ".png") {
			errs = append(errs, fmt.Errorf("--out %s: want a name that ends in .gif, .svg or .png", file))
		}
	}
	if s.Stride < 0 {
		errs = append(errs, fmt.Errorf("--stride %d: want 1 or more", s.Stride))
	}
	if s.Delay < 20*time.Millisecond || s.Delay > time.Minute {
		errs = append(errs, fmt.Errorf("--delay %v: want 20ms to 1m", s.Delay))
	}
	_, err := s.options()
	return errors.Join(append(errs, err)...)
}

// options reads the flags.
func (s slideCmd) options() (o slide.Options, err error) {
	var errs []error
	matrices := func(flag string, texts []string) (maps []naive.Map) {
		for _, text := range texts {
			if b, err := os.ReadFile(text); err == nil {
				text = string(b)
			}
			m, err := slide.Matrix(text)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", flag, err))
			}
			maps = append(maps, m)
		}
		return maps
	}
	pair := func(flag, text string, a, b *int) {
		if n, err := fmt.Sscanf(text+" ", "%d,%d ", a, b); n != 2 || err != nil {
			errs = append(errs, fmt.Errorf("%s %q: want two numbers such as 1,1", flag, text))
		}
	}
	o.Inputs = matrices("--input", s.Input)
	o.Kernels = matrices("--kernel", s.Kernel)
	o.Bias = s.Bias
	if s.DOutput != "" {
		o.DOutput = matrices("--d-output", []string{s.DOutput})[0]
	}
	o.Slide.Stride = s.Stride
	pair("--centre", s.Centre, &o.Slide.CenterRow, &o.Slide.CenterCol)
	if s.Window != "" {
		pair("--window", s.Window, &o.Slide.KH, &o.Slide.KW)
	}
	switch s.Mode {
	case "correlation":
	case "convolution":
		o.Slide.Convolution = true
	default:
		errs = append(errs, fmt.Errorf("--mode %q: want correlation or convolution", s.Mode))
	}
	return o, errors.Join(errs...)
}
