package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/bench/article"
	"github.com/unslide/unslide/internal/wholefile"
)

type compareCmd struct {
	dataFlag

	Steps   int      `default:"1000" placeholder:"N" help:"Steps to train, one image each (1000)."`
	Full    bool     `help:"Train a whole epoch of 55000 images."`
	Window  int      `default:"5" placeholder:"N" help:"Steps that a point of the curves averages (5)."`
	Runs    []string `default:"sliding,float64,float32" placeholder:"RUN,…" help:"Of sliding, float64 and float32; the others are compared with the first (all three)."`
	Network string   `placeholder:"NETWORK" help:"article, experiment, or a JSON file (article)."`
	Beside  string   `placeholder:"NETWORK" help:"Draw this network too, trained by the engine."`
	With    []string `sep:"none" placeholder:"[NAME=]FILE" help:"Draw the losses in this JSON file too; may come more than once."`
	Test    int      `default:"10000" placeholder:"N" help:"Test images to predict afterwards (10000)."`
	Seed    uint64   `default:"1" placeholder:"N" help:"Seed of the initial weights (1)."`
	LR      float64  `name:"lr" default:"0.01" placeholder:"RATE" help:"Learning rate (0.01)."`
	Workers int      `default:"0" placeholder:"N" help:"Goroutines that share the engine's work (all cores)."`
	Out     string   `default:"compare" placeholder:"NAME" type:"path" help:"Write the picture to NAME.png and NAME.svg (compare)."`

	profileFlags

	asked article.CompareOptions // with its networks, whose files are read once: they may be pipes
}

func (compareCmd) Help() string {
	return `Trains the article's network by sliding kernels (naive, float64) and by the
engine (float64, float32), from the same weights on the same images, and tells
how far losses, weights and predictions are apart. The picture has the curves
of loss and accuracy, and the differences on a logarithmic axis.

A file of losses is a JSON list of numbers, or an object with such a list as
"loss", "losses" or "loss_first_1000".

Examples:

  unslide compare
  unslide compare --with TensorFlow=tensorflow_epoch.json
  unslide compare --full --window 500 --out epoch
  unslide compare --full --window 1000 --runs float32 --beside experiment`
}

// options are those that the command line gives without the losses to draw too.
func (f *compareCmd) options() (article.CompareOptions, error) {
	o := article.ArticleCompare()
	o.Steps, o.Window, o.Runs, o.Test, o.Seed, o.Rate, o.Workers = f.Steps, f.Window, f.Runs, f.Test, f.Seed, f.LR, f.Workers
	if f.Full {
		o.Steps = mnistTrain
	}
	var errs []error
	var err error
	if o.Network, err = namedNetwork("--network", f.Network); err != nil {
		errs = append(errs, err)
	}
	if f.Beside != "" {
		beside, err := namedNetwork("--beside", f.Beside)
		if err != nil {
			errs = append(errs, err)
		}
		o.Beside, o.BesideName = &beside, filepath.Base(f.Beside)
	}
	return o, errors.Join(errs...)
}

// writes lists the files of --out.
func (f *compareCmd) writes() []string { return pictureFiles(f.Out) }

// noFile refuses a file as a name for pictures, whose endings are added to it.
func noFile(out string) error {
	if info, err := os.Stat(out); err == nil && info.Mode().IsRegular() {
		return fmt.Errorf("--out %s: want a name for pictures that end in .png and .svg, not a file", out)
	}
	return nil
}

// Validate is called when the command line has been read.
func (f *compareCmd) Validate(line *kong.Context) error {
	var err error
	if f.asked, err = f.options(); err == nil {
		err = f.asked.Validate(mnistTrain, mnistTest)
	}
	errs := []error{flagged(line, err), noFile(f.Out)}
	if f.Full {
		errs = append(errs, unused(line, "it without --full, which has an epoch's", "steps"))
	}
	if f.Beside == "" && slices.Equal(f.Runs, []string{article.Sliding}) {
		errs = append(errs, unused(line, "a run of the engine", "workers"))
	}
	return errors.Join(errs...)
}

func (f *compareCmd) Run(ctx context.Context, c console) error {
	return f.during(func() error { return f.run(ctx, c) })
}

// run trains, then prints and draws.
func (f *compareCmd) run(ctx context.Context, c console) error {
	o := f.asked
	var errs []error
	for _, with := range f.With {
		foreign, err := readForeign(with)
		if err != nil {
			errs = append(errs, err)
		}
		o.Foreign = append(o.Foreign, foreign)
	}
	if err := errors.Join(append(errs, canWrite("--out", pictureFiles(f.Out)[0]))...); err != nil {
		return err
	}
	data, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	o.Progress = c.compareProgress()
	comparison, err := article.Compare(ctx, data.Train(), data.Test, o)
	c.out.clear()
	if err != nil {
		return err
	}
	files := pictureFiles(f.Out)
	if err := errors.Join(comparison.Draw(files...), c.out.fitted(1, comparison.Print)); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "drawn in %s\n", strings.Join(files, " and "))
	return nil
}

// readForeign reads a file of losses that is given as FILE or NAME=FILE.
func readForeign(with string) (article.Foreign, error) {
	name, file, ok := strings.Cut(with, "=")
	if !ok {
		name, file = "", with
	}
	foreign, err := article.ReadForeign(file)
	if name != "" {
		foreign.Name = name
	}
	if err != nil {
		err = fmt.Errorf("--with: %w", err)
	}
	return foreign, err
}

func pictureFiles(name string) []string { return []string{name + ".png", name + ".svg"} }

// canWrite reports whether a file can be written, before time is spent on what
// it will hold.
func canWrite(flag, file string) error {
	if err := wholefile.Try(file, nil); err != nil {
		return fmt.Errorf("%s %s: %w", flag, file, cmp.Or(errors.Unwrap(err), err))
	}
	return nil
}

// compareProgress shows how far each run is: on a terminal in one line,
// elsewhere with a line a tenth of the training.
func (c console) compareProgress() func(run, phase string, done, of int) {
	if c.out.redraws() {
		return func(run, phase string, done, of int) {
			c.out.status(fmt.Sprintf("%s, %s: %d of %d images", run, phase, done, of))
		}
	}
	last, tenth := "", 0
	return func(run, phase string, done, of int) {
		if phase != "train" || done*10/of == tenth && run == last || done*10/of == 0 {
			return
		}
		if last == "" {
			last = run
		}
		if run == last {
			tenth = done * 10 / of
			fmt.Fprintf(c.out, "%d of %d steps\n", done, of)
		}
	}
}
