package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/unslide/unslide/engine/nn"
)

// printNetwork prints a network's layers, what computes them, and what they need.
func (i infoCmd) printNetwork(c console) error {
	n, err := namedNetwork("--network", i.Network)
	if err != nil {
		return err
	}
	model, err := nn.New[float32](n)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "layer\toutput\tparameters\tMFLOP\t of\n")
	params, flop := 0, 0.0
	for k, s := range model.Shapes() {
		own := 0
		for _, p := range s.Params {
			own += p.Len()
		}
		params, flop = params+own, flop+s.FLOP
		fmt.Fprintf(w, "%s\t%v\t%d\t%.3f\t %s\n", s.Name, s.Output, own, s.FLOP/1e6, readFrom(k, s, model.Shapes()))
	}
	fmt.Fprintf(w, "all\t\t%d\t%.3f\t \n", params, flop/1e6)
	if err := w.Flush(); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	if err := i.printFootprint(c.out, n); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	var f facts
	for _, plan := range model.Plans() {
		name, by, _ := strings.Cut(plan, ": ")
		f.add(name, "%s", by)
	}
	return f.write(c.out)
}

// readFrom names what a layer reads where that is not the layer before it alone.
func readFrom(number int, s nn.Shape, shapes []nn.Shape) string {
	if len(s.From) == 1 && s.From[0] == number-1 {
		return ""
	}
	var names []string
	for _, from := range s.From {
		if from < 0 {
			names = append(names, "input")
		} else {
			names = append(names, shapes[from].Name)
		}
	}
	return strings.Join(names, " + ")
}

// printFootprint prints the memory of inference and training in float32.
func (i infoCmd) printFootprint(out io.Writer, n nn.Network) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "float32, batch %d\tparameters\tgradients\tbetween layers\tall\t\n", i.Batch)
	for _, training := range []bool{false, true} {
		f, err := n.Footprint(i.Batch, training)
		if err != nil {
			return err
		}
		name := "inference"
		if training {
			name = "training, at most"
		}
		const size = 4
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t\n", name, mebibytes(size*f.Params), mebibytes(size*f.Gradients),
			mebibytes(size*f.Values+4*f.Notes), mebibytes(size*(f.Params+f.Gradients+f.Values)+4*f.Notes))
	}
	return w.Flush()
}

func mebibytes(n int) string { return fmt.Sprintf("%.2f MiB", float64(n)/(1<<20)) }
