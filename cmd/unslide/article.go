package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/unslide/unslide/bench/article"
	"github.com/unslide/unslide/bench/measure"
	"github.com/unslide/unslide/internal/wholefile"
)

type articleCmd struct {
	dataFlag

	Steps   int    `default:"55000" placeholder:"N" help:"Steps of the comparison of sliding and engine (55000, an epoch)."`
	Epochs  int    `default:"4" placeholder:"N" help:"Epochs of the engine (4)."`
	Python  string `default:"python3" placeholder:"PYTHON" help:"Interpreter with numpy for the article's method, none to leave it out (python3)."`
	Results string `placeholder:"FILE" type:"path" help:"Figures of this machine with TensorFlow's: what bench training --peers --json has written."`
	Out     string `default:"." placeholder:"DIR" type:"path" help:"Folder for article.md and its pictures (this one)."`

	profileFlags
}

func (articleCmd) Help() string {
	return `Measures each claim of the article on this machine: the hours of an epoch by
sliding kernels, TensorFlow's minutes, the factor, the accuracies, how far two
programs are apart, and every layer's share of the time. Writes article.md,
compare.png, compare.svg, timeline.png and timeline.svg. A whole run takes some
minutes: it trains an epoch by sliding kernels.

Examples:

  unslide article --out results
  unslide article --steps 1000 --epochs 1 --python none`
}

func (a articleCmd) Validate() error {
	var errs []error
	if a.Steps < 1 || a.Steps > mnistTrain {
		errs = append(errs, fmt.Errorf("--steps %d: want 1 to %d", a.Steps, mnistTrain))
	}
	if a.Epochs < 1 || a.Epochs > 100 {
		errs = append(errs, fmt.Errorf("--epochs %d: want 1 to 100", a.Epochs))
	}
	return errors.Join(errs...)
}

func (a articleCmd) Run(ctx context.Context, c console) error {
	return a.during(func() error { return a.run(ctx, c) })
}

// writes lists the files of --out.
func (a articleCmd) writes() (files []string) {
	for _, name := range []string{"article.md", "compare.png", "compare.svg", "timeline.png", "timeline.svg"} {
		files = append(files, filepath.Join(a.Out, name))
	}
	return files
}

func (a articleCmd) run(ctx context.Context, c console) error {
	if info, err := os.Stat(a.Out); err != nil || !info.IsDir() {
		return fmt.Errorf("--out %s: want a folder", a.Out)
	}
	data, err := a.open(ctx, c)
	if err != nil {
		return err
	}
	o := article.ArticleClaims()
	o.Steps, o.Epochs, o.Python = a.Steps, a.Epochs, a.Python
	if a.Results != "" {
		if o.Results, err = measure.Load(a.Results); err != nil {
			return err
		}
	}
	if o.Python == "none" {
		o.Python = ""
	}
	o.Progress = func(what string) { fmt.Fprintln(c.err, what) }
	claims, err := article.MeasureClaims(ctx, data, o)
	if err != nil {
		return err
	}
	out := func(name string) string { return filepath.Join(a.Out, name) }
	if err := claims.Comparison.Draw(out("compare.png"), out("compare.svg")); err != nil {
		return err
	}
	if err := claims.Timeline.Draw(out("timeline.png"), out("timeline.svg")); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := claims.WriteMarkdown(&page); err != nil {
		return err
	}
	if err := wholefile.Write(out("article.md"), page.Bytes()); err != nil {
		return err
	}
	for _, claim := range claims.List() {
		fmt.Fprintf(c.out, "%s\n  the article: %s\n  here: %s\n", claim.What, claim.Article, claim.Here)
	}
	fmt.Fprintf(c.out, "written: %s\n", out("article.md"))
	return nil
}
