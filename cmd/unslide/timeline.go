package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/unslide/unslide/bench/article"
)

type timelineCmd struct {
	dataFlag

	Batch        int      `default:"1" placeholder:"N" help:"Images of a step (1)."`
	Steps        int      `default:"300" placeholder:"N" help:"Steps of the engine; times are medians (300)."`
	Images       int      `default:"30" placeholder:"N" help:"Images for the sliding kernels in Go (30)."`
	Python       string   `default:"python3" placeholder:"PYTHON" help:"Interpreter with numpy for the article's method, none to leave it out (python3)."`
	PythonImages int      `default:"5" placeholder:"N" help:"Images for the article's method in Python (5)."`
	Layers       []string `default:"lenet/wide2,resnet50/conv4_3x3,resnet50/conv2_3x3" placeholder:"LIST/NAME,…" help:"Time these real layers as well; none for none (${default})."`
	Network      string   `placeholder:"NETWORK" help:"article, experiment, or a JSON file (article)."`
	Seed         uint64   `default:"1" placeholder:"N" help:"Seed of the initial weights (1)."`
	Workers      int      `default:"0" placeholder:"N" help:"Goroutines that share the engine's work (all cores)."`
	Out          string   `default:"timeline" placeholder:"NAME" type:"path" help:"Write pictures to NAME.png and .svg, and NAME-layers.png and .svg (timeline)."`
	Trace        string   `placeholder:"FILE" type:"path" writes:"" help:"Write the engine's spans in the Chrome trace format, one lane a worker; open it in Perfetto."`

	profileFlags

	asked  article.TimelineOptions // with its network, whose file is read once: it may be a pipe
	layers []article.RealLayer
}

func (timelineCmd) Help() string {
	return `Times each layer of a training step, forward and backward, in four ways: the
article's (Python walks the convolutions, numpy multiplies matrices; needs an
interpreter with numpy), the same in Go, the engine with convolutions as matrix
products, and the engine's own choice. Then a few layers of real networks, one
image each. Python and the sliding kernels train image by image: a batch takes
them as many times one image's time.

Examples:

  unslide timeline
  unslide timeline --batch 128 --steps 50 --trace trace.json
  unslide timeline --python none --layers none`
}

// options are those that the command line gives.
func (f *timelineCmd) options() (article.TimelineOptions, error) {
	o := article.ArticleTimeline()
	var err error
	if o.Network, err = namedNetwork("--network", f.Network); err != nil {
		return o, err
	}
	o.Batch, o.Steps, o.Images, o.Seed, o.Workers = f.Batch, f.Steps, f.Images, f.Seed, f.Workers
	if o.Python, o.PythonImages = f.Python, f.PythonImages; f.Python == "none" {
		o.Python = ""
	}
	return o, nil
}

// realLayers are those to time.
func (f *timelineCmd) realLayers() ([]article.RealLayer, error) {
	if len(f.Layers) == 1 && f.Layers[0] == "none" {
		return nil, nil
	}
	layers, err := article.FindLayers(f.Layers...)
	return layers, worded(err, func(string) string { return "--layers" })
}

// writes lists the files of --out.
func (f *timelineCmd) writes() []string {
	return append(pictureFiles(f.Out), pictureFiles(f.Out+"-layers")...)
}

// Validate is called when the command line has been read.
func (f *timelineCmd) Validate(line *kong.Context) error {
	var err, noLayers error
	if f.asked, err = f.options(); err == nil {
		err = f.asked.Validate(mnistTrain)
	}
	f.layers, noLayers = f.realLayers()
	errs := []error{flagged(line, err), noLayers, noFile(f.Out)}
	if f.Python == "none" {
		errs = append(errs, unused(line, "it without --python none", "python-images"))
	}
	return errors.Join(errs...)
}

func (f *timelineCmd) Run(ctx context.Context, c console) error {
	return f.during(func() error { return f.run(ctx, c) })
}

// run measures, prints and draws.
func (f *timelineCmd) run(ctx context.Context, c console) error {
	o := f.asked
	err := canWrite("--out", pictureFiles(f.Out)[0])
	if f.Trace != "" {
		err = errors.Join(err, canWrite("--trace", f.Trace))
	}
	if err != nil {
		return err
	}
	data, err := f.open(ctx, c)
	if err != nil {
		return err
	}
	o.Progress = c.timing
	timeline, err := article.Measure(ctx, data.Train(), o)
	c.out.clear()
	if err != nil {
		return err
	}
	files := pictureFiles(f.Out)
	err = timeline.Draw(files...)
	if f.Trace != "" {
		err = errors.Join(err, article.WriteTrace(f.Trace, timeline.Spans))
		files = append(files, f.Trace)
	}
	if err := errors.Join(err, c.out.fitted(1, timeline.Print)); err != nil {
		return err
	}
	if len(f.layers) > 0 {
		if timeline.NoPython != nil {
			o.Python = "" // told of already
		}
		times, err := article.MeasureReal(ctx, f.layers, f.Workers, o.Python, c.timing)
		c.out.clear()
		if err != nil {
			return err
		}
		pictures := pictureFiles(f.Out + "-layers")
		err = article.DrawReal(times, pictures...)
		fmt.Fprintln(c.out)
		if err := errors.Join(err, c.out.fitted(2, func(w io.Writer) error { return article.PrintReal(w, times) })); err != nil {
			return err
		}
		files = append(files, pictures...)
	}
	return c.out.fitted(0, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "written: %s\n", strings.Join(files, ", "))
		return err
	})
}

// timing says on a terminal what is being timed.
func (c console) timing(what string) {
	c.out.status("timing: " + what)
}
