package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/bench/slide"
	"github.com/unslide/unslide/naive"
)

type slideCmd struct {
	Demo string `arg:"" optional:"" default:"convolution" enum:"${demos}" help:"${demos} (convolution)."`

	Input   []string      `sep:"none" placeholder:"MATRIX" help:"A file, or rows parted by semicolons: \"1 2; 3 4\". Several for maps and reshape."`
	Kernel  []string      `sep:"none" placeholder:"MATRIX" help:"The same; for maps one for each pair, from input 0 to each output, from input 1, and so on."`
	Bias    string        `placeholder:"B,…" help:"One number for each output of maps (0)."`
	DOutput string        `name:"d-output" placeholder:"MATRIX" help:"Gradient to the output, for gradient (1, 2, 3, …)."`
	Mode    string        `placeholder:"MODE" help:"correlation, or convolution: the kernel turned by 180° (correlation)."`
	Centre  string        `placeholder:"R,C" help:"The kernel element that visits every stride-th input element (0,0)."`
	Stride  *int          `placeholder:"N" help:"Input elements between two outputs (1; the window's rows for pool)."`
	Window  string        `placeholder:"R,C" help:"Rows and columns of pool's window (2,2)."`
	Out     []string      `placeholder:"FILE" type:"path" writes:"" help:"Draw it: an animation as .gif, all frames as .svg or .png. May come more than once."`
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
  unslide slide --input "1 2 3; 4 5 6; 7 8 9" --kernel "-1 0; 0 1"
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
func (s slideCmd) Validate(line *kong.Context) error {
	var errs []error
	for _, file := range s.Out {
		if low := strings.ToLower(file); !strings.HasSuffix(low, ".gif") && !strings.HasSuffix(low, ".svg") && !strings.HasSuffix(low, ".png") {
			errs = append(errs, fmt.Errorf("--out %s: want a name that ends in .gif, .svg or .png", file))
		}
	}
	if s.Stride != nil && *s.Stride < 1 {
		errs = append(errs, fmt.Errorf("--stride %d: want 1 or more", *s.Stride))
	}
	if s.Delay < 20*time.Millisecond || s.Delay > time.Minute {
		errs = append(errs, fmt.Errorf("--delay %v: want 20ms to 1m", s.Delay))
	} else if !slices.ContainsFunc(s.Out, func(file string) bool { return strings.HasSuffix(strings.ToLower(file), ".gif") }) {
		errs = append(errs, unused(line, "it with --out FILE.gif, an animation", "delay"))
	}
	_, err := s.options()
	return errors.Join(append(errs, err)...)
}

// taken says which demonstrations take a flag.
var taken = map[string][]string{
	"--input":    {"convolution", "gradient", "maps", "pool", "reshape"},
	"--kernel":   {"convolution", "gradient", "maps"},
	"--bias":     {"maps"},
	"--d-output": {"gradient"},
	"--mode":     {"convolution", "gradient", "maps", "pool"},
	"--centre":   {"convolution", "gradient", "maps", "pool"},
	"--stride":   {"convolution", "gradient", "maps", "pool"},
	"--window":   {"pool"},
}

// options reads the flags.
func (s slideCmd) options() (o slide.Options, err error) {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	given := func(flag string, is bool) bool {
		if is && !slices.Contains(taken[flag], s.Demo) {
			fault("%s: want it for %s only, not for %s", flag, strings.Join(taken[flag], ", "), s.Demo)
		}
		return is
	}
	matrix := func(flag, text string) naive.Map {
		if b, err := os.ReadFile(text); err == nil {
			text = string(b)
		}
		m, err := slide.Matrix(text)
		if err != nil {
			fault("%s: %w", flag, err)
		}
		return m
	}
	pair := func(flag, text string, least int) (a, b int) {
		first, second, _ := strings.Cut(text, ",")
		a, err1 := strconv.Atoi(strings.TrimSpace(first))
		b, err2 := strconv.Atoi(strings.TrimSpace(second))
		if err1 != nil || err2 != nil || a < least || b < least {
			fault("%s %q: want two whole numbers from %d, such as 1,1", flag, text, least)
		}
		return a, b
	}
	if given("--input", len(s.Input) > 0) {
		for _, text := range s.Input {
			o.Inputs = append(o.Inputs, matrix("--input", text))
		}
	}
	if given("--kernel", len(s.Kernel) > 0) {
		for _, text := range s.Kernel {
			o.Kernels = append(o.Kernels, matrix("--kernel", text))
		}
	}
	if given("--bias", s.Bias != "") {
		m := matrix("--bias", s.Bias)
		if m.Rows() > 1 {
			fault("--bias %q: want numbers in one row", s.Bias)
		} else if m.Rows() == 1 {
			o.Bias = m[0]
		}
	}
	if given("--d-output", s.DOutput != "") {
		o.DOutput = matrix("--d-output", s.DOutput)
	}
	if given("--stride", s.Stride != nil) {
		o.Slide.Stride = *s.Stride
	}
	if given("--centre", s.Centre != "") {
		o.Slide.CenterRow, o.Slide.CenterCol = pair("--centre", s.Centre, 0)
	}
	if given("--window", s.Window != "") {
		o.Slide.KH, o.Slide.KW = pair("--window", s.Window, 1)
	}
	if given("--mode", s.Mode != "") {
		o.Slide.Convolution = s.Mode == "convolution"
		if !o.Slide.Convolution && s.Mode != "correlation" {
			fault("--mode %q: want correlation or convolution", s.Mode)
		}
	}
	return o, errors.Join(errs...)
}
