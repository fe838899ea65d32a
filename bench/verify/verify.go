package verify

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"text/tabwriter"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
)

// Options says what Run checks besides the built-in list.
type Options struct {
	// Files are golden files to check, one JSON object a line, gzipped where
	// the name ends in .gz: convolutions and max-pools of the article's
	// program, of PyTorch and of TensorFlow, recognised by their fields.
	Files []string
	// Progress, if set, is called after each case with its source.
	Progress func(source string, cases int)
}

// Report is what Run found: a row for each source of cases and each path.
type Report struct {
	Rows []Row
}

// Row is how the cases of a source went on a path.
type Row struct {
	Source  string // builtInName or a file's name
	Path    Path
	Cases   int // that ran
	Skipped int // that the path does not offer
	Exact   int // of Cases, those on integers, which had to be equal
	Failed  int
	Worst   float64 // the largest error in units of what is allowed
	First   error   // what was wrong with the first case that failed
}

// Run checks this build on this machine: every path ([Paths]) against the
// sliding reference on the built-in cases, on integers exactly and on real
// numbers within the bound of rounding errors, and against every case of the
// given files; forward and all gradients. The error names what failed, files
// without cases, and malformed lines; the report holds what was checked all
// the same.
func Run(ctx context.Context, o Options) (Report, error) {
	v := verifier{ctx: ctx, options: o, paths: Paths()}
	return v.run()
}

// run checks the verifier's paths.
func (v *verifier) run() (Report, error) {
	errs := []error{v.source(builtInName, builtIn)}
	for _, file := range v.options.Files {
		errs = append(errs, v.source(filepath.Base(file), func(visit func(problem) error) error {
			return readGolden(file, visit)
		}))
	}
	for _, row := range v.report.Rows {
		if row.Failed > 0 {
			errs = append(errs, fmt.Errorf("verify: %s: %v: %d of %d cases failed, the first: %w",
				row.Source, row.Path, row.Failed, row.Cases, row.First))
		}
		if row.Source == builtInName && row.Cases == 0 {
			errs = append(errs, fmt.Errorf("verify: %v: no built-in case ran", row.Path))
		}
	}
	return v.report, errors.Join(errs...)
}

// builtInName is the source of the built-in cases.
const builtInName = "built-in"

// builtIn visits the built-in cases.
func builtIn(visit func(problem) error) error {
	for i, c := range shapes.Cases() {
		act := []engine.Activation{engine.None, engine.ReLU, engine.Sigmoid}[i%3]
		var problems []problem
		switch c.Kind {
		case shapes.MaxPool:
			problems = append(problems, newPoolProblem(c.Name, c.Geometry, c.Batch))
		case shapes.Dense:
			problems = append(problems, newDenseProblem(c, engine.None, true), newDenseProblem(c, act, false))
		default:
			problems = append(problems,
				newConvProblem(c.Name, c.Geometry, c.Batch, engine.None, true),
				newConvProblem(c.Name+"_real", c.Geometry, c.Batch, act, false))
		}
		for _, p := range problems {
			if err := visit(p); err != nil {
				return err
			}
		}
	}
	return nil
}

type verifier struct {
	ctx     context.Context
	options Options
	paths   []Path
	report  Report
}

// source runs every case of a source on every path.
func (v *verifier) source(name string, cases func(visit func(problem) error) error) error {
	rows := make([]Row, len(v.paths))
	for i, p := range v.paths {
		rows[i] = Row{Source: name, Path: p}
	}
	n := 0
	err := cases(func(p problem) error {
		if err := v.ctx.Err(); err != nil {
			return err
		}
		for i := range rows {
			rows[i].add(p, 1+(n+i)%3)
		}
		n++
		if v.options.Progress != nil {
			v.options.Progress(name, n)
		}
		return nil
	})
	v.report.Rows = append(v.report.Rows, rows...)
	return err
}

// add runs a case on the row's path.
func (r *Row) add(p problem, workers int) {
	out, err := p.check(r.Path, workers)
	if out.skipped && err == nil {
		r.Skipped++
		return
	}
	r.Cases++
	if p.exact(r.Path) {
		r.Exact++
	} else {
		r.Worst = worse(r.Worst, out.worst)
	}
	if err != nil {
		r.Failed++
		r.First = cmp.Or(r.First, fmt.Errorf("%s: %d workers: %w", p.label(), workers, err))
	}
}

// Verdict is one word: ok, FAILED, or none where no case ran.
func (r Row) Verdict() string {
	switch {
	case r.Failed > 0:
		return "FAILED"
	case r.Cases == 0:
		return "none"
	default:
		return "ok"
	}
}

// WriteTable writes the report for people to read, without the paths that offer
// none of a file's cases.
func (r Report) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "source\tpath\tcases\texact\tabsent\tworst\tverdict")
	for _, row := range r.Rows {
		if row.Cases == 0 && row.Source != builtInName {
			continue // the path offers none of the file's cases: not its kind
		}
		worst := "-"
		if row.Cases > row.Exact {
			worst = fmt.Sprintf("%.3f", row.Worst)
		}
		fmt.Fprintf(t, "%s\t%v\t%d\t%d\t%d\t%s\t%s\n", row.Source, row.Path, row.Cases, row.Exact, row.Skipped, worst, row.Verdict())
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprint(w, "\nabsent: cases that the path does not offer. worst: the largest error as a share of what is allowed.\n")
	return err
}
