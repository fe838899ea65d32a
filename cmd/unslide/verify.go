package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/unslide/unslide/bench/verify"
)

type verifyCmd struct {
	Cases []string `placeholder:"FILE.jsonl" type:"path" sep:"none" help:"Check every case of this file too; may come more than once, and more files may follow as arguments."`
	More  []string `arg:"" optional:"" placeholder:"FILE.jsonl" type:"path" help:"More files of cases."`

	profileFlags
}

func (verifyCmd) Help() string {
	return `Checks this build on this machine: every BLAS and every path of the engine
against sliding kernels on a built-in list, forward and all gradients, and
every case of the given files. Those hold one JSON object a line, as computed
by the article's program, PyTorch or TensorFlow, recognised by their fields;
.gz is read too. Any failure makes the exit status 1.

Examples:

  unslide verify
  unslide verify --cases internal/golden/testdata/*.jsonl.gz`
}

func (v verifyCmd) Run(ctx context.Context, c console) error {
	return v.during(func() error { return v.run(ctx, c) })
}

func (v verifyCmd) run(ctx context.Context, c console) error {
	files := append(v.Cases, v.More...)
	var missing []error
	for _, f := range files {
		if _, err := os.Stat(f); err != nil {
			missing = append(missing, fmt.Errorf("--cases: %w", err))
		}
	}
	if len(missing) > 0 {
		return errors.Join(missing...)
	}
	o := verify.Options{Files: files, Progress: func(source string, cases int) {
		c.out.status(fmt.Sprintf("%s: case %d", source, cases))
	}}
	report, err := verify.Run(ctx, o)
	c.out.clear()
	return errors.Join(c.out.fitted(2, report.WriteTable), err)
}
