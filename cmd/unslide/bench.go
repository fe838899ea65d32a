package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/bench/measure"
	"github.com/unslide/unslide/bench/shapes"
)

type benchCmd struct {
	dataFlag

	Lists   []string `arg:"" optional:"" placeholder:"LIST" help:"Lists to measure: training, mnist, ${lists} (training and article)."`
	Match   string   `placeholder:"REGEXP" help:"Only the pieces of work whose \"list layer pass\" matches."`
	Threads []int    `placeholder:"N,…" help:"Numbers of threads (1 and all cores)."`
	Peers   string   `placeholder:"PYTHON" type:"path" help:"Measure TensorFlow, JAX and PyTorch in turns with the engine, by this interpreter; make bench-peers installs one."`
	Naive   bool     `help:"Measure the sliding reference too, where it is fast enough."`
	Rounds  int      `default:"5" placeholder:"N" help:"How often the programs take turns (5)."`
	Seconds float64  `default:"0.05" placeholder:"S" help:"How long each is measured in a turn (0.05)."`
	JSON    string   `name:"json" placeholder:"FILE" type:"path" writes:"" help:"Write the figures here, - for the terminal instead of the table."`
	Chart   string   `placeholder:"DIR" type:"path" help:"Draw a bar chart of each list into this folder."`

	GoTest string `name:"go-test" placeholder:"FILE" type:"path" help:"Measure nothing: show what this output of go test -bench -v ./bench comes to, - for standard input as it comes."`

	profileFlags
}

func (benchCmd) Help() string {
	return `Times forward pass and both gradients of real layers, and training steps of the
article's network: the engine as it comes, with filters packed beforehand, by each
of its algorithms, im2col with each BLAS, and a bare matrix product of the same
size. The peak is a large matrix product.

Examples:

  unslide bench
  unslide bench resnet50 vgg --threads 1 --chart .
  unslide bench training --peers .venv/bin/python --json results.json`
}

// lists the command can measure.
func benchLists() []string {
	return append([]string{measure.TrainingList, measure.MNISTList}, shapes.ListNames()...)
}

// Validate is called when the command line has been read.
func (b *benchCmd) Validate(line *kong.Context) error {
	var errs []error
	if b.GoTest != "" {
		errs = append(errs, unused(line, "it without --go-test, which measures nothing",
			"data", "match", "threads", "peers", "naive", "rounds", "seconds", "json", "chart"))
		if len(b.Lists) > 0 {
			errs = append(errs, fmt.Errorf("list %s: want none with --go-test, which measures nothing", b.Lists[0]))
		}
	} else if !slices.Contains(b.Lists, measure.MNISTList) {
		errs = append(errs, unused(line, "it with the list "+measure.MNISTList, "data"))
	}
	for _, l := range b.Lists {
		if !slices.Contains(benchLists(), l) {
			errs = append(errs, fmt.Errorf("list %q: want %s", l, strings.Join(benchLists(), ", ")))
		}
	}
	if _, err := regexp.Compile(b.Match); err != nil {
		errs = append(errs, fmt.Errorf("--match: %w", err))
	}
	errs = append(errs, flagged(line, measure.ValidateThreads(b.Threads)))
	if b.Rounds < 1 {
		errs = append(errs, fmt.Errorf("--rounds %d: want at least 1", b.Rounds))
	}
	if !(b.Seconds > 0 && b.Seconds <= 60) {
		errs = append(errs, fmt.Errorf("--seconds %v: want above 0, at most 60", b.Seconds))
	}
	return errors.Join(errs...)
}

func (b *benchCmd) Run(ctx context.Context, c console, line *kong.Context) error {
	return b.during(func() error { return flagged(line, b.run(ctx, c)) })
}

func (b *benchCmd) run(ctx context.Context, c console) error {
	if b.GoTest != "" {
		return b.factors(c)
	}
	if b.Peers != "" {
		if _, err := os.Stat(b.Peers); err != nil {
			return fmt.Errorf("--peers: %w", err)
		}
	}
	if b.JSON != "" && b.JSON != "-" {
		if err := canWrite("--json", b.JSON); err != nil {
			return err
		}
	}
	if info, err := os.Stat(b.Chart); b.Chart != "" && (err != nil || !info.IsDir()) {
		return fmt.Errorf("--chart %s: want a folder", b.Chart)
	}
	if len(b.Lists) == 0 {
		b.Lists = []string{measure.TrainingList, "article"}
	}
	o := measure.Options{
		Lists: b.Lists, Threads: b.Threads, Python: b.Peers, Naive: b.Naive, Rounds: b.Rounds, Seconds: b.Seconds,
	}
	if b.Match != "" {
		o.Match = regexp.MustCompile(b.Match) // Validate has compiled it
	}
	o.Progress = func(work string, done, total int) {
		c.err.status(fmt.Sprintf("%d of %d: %s", done+1, total, work))
	}
	if slices.Contains(b.Lists, measure.MNISTList) {
		var err error
		if o.Data, err = b.open(ctx, c); err != nil {
			return err
		}
	}
	r, err := measure.Run(ctx, o)
	c.err.clear()
	if r == nil {
		return err
	}
	return errors.Join(err, b.write(c, r))
}

// factors shows what benchmarks of go test come to.
func (b *benchCmd) factors(c console) error {
	in := os.Stdin
	if b.GoTest != "-" {
		var err error
		if in, err = os.Open(b.GoTest); err != nil {
			return fmt.Errorf("--go-test: %w", err)
		}
		defer in.Close()
	}
	shown := ""
	f, err := measure.ReadFactors(in, func(benchmark string) {
		c.err.status("running: " + benchmark)
		if work, _, found := strings.Cut(benchmark, "/algo="); found && work != shown && !c.err.redraws() {
			fmt.Fprintf(c.err, "running: %s\n", work)
			shown = work
		}
	})
	c.err.clear()
	return errors.Join(c.out.fitted(1, f.WriteTable), err)
}

// write hands out the figures, also those of an interrupted run.
func (b *benchCmd) write(c console, r *measure.Results) error {
	var errs []error
	if b.JSON == "-" {
		errs = append(errs, r.Write(c.out))
	} else {
		errs = append(errs, c.out.fitted(3, r.WriteTable))
		if b.JSON != "" {
			errs = append(errs, r.Save(b.JSON))
		}
	}
	if b.Chart == "" {
		return errors.Join(errs...)
	}
	for _, p := range r.Charts() {
		errs = append(errs, r.WriteChart(filepath.Join(b.Chart, p.File()), p.List, p.Threads))
	}
	return errors.Join(errs...)
}
