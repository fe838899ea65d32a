package chart_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/plotter"

	"github.com/unslide/unslide/bench/chart"
)

// A picture of one panel with one line.
func ExampleWrite() {
	p := chart.NewPanel("Loss while training", "step", "loss [nats]")
	p.AddLine("engine", plotter.XYs{{X: 1, Y: 2.3}, {X: 2, Y: 1.1}, {X: 3, Y: 0.7}}, chart.Color(0), 2, nil)

	dir, err := os.MkdirTemp("", "chart")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "loss.png")
	if err := chart.Write(file, chart.Width, chart.Width/2, p); err != nil {
		fmt.Println(err)
		return
	}
	data, err := os.ReadFile(file)
	fmt.Println(bytes.HasPrefix(data, []byte("\x89PNG")), err)
	// Output: true <nil>
}
