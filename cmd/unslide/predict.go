package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/mnist"
)

type predictCmd struct {
	Weights string `required:"" placeholder:"FILE" type:"path" help:"Weights file: .npz, or the article's .npy."`
	modelFlags
	Images []string `arg:"" help:"PNG or JPEG pictures of one digit each, any size, dark on light or light on dark." type:"path"`

	profileFlags
}

func (predictCmd) Help() string {
	return `Each picture is prepared as the data set's images were: the digit scaled to
20 pixels, its centre of mass in the middle of 28 × 28, turned as the camera
was held. Around it there may be nothing but paper.

Examples:

  unslide predict --weights weights.npz seven.png
  unslide predict --weights weights.npz photos/*.jpg`
}

func (p predictCmd) Validate() error { return p.modelFlags.Validate() }

func (p predictCmd) Run(c console) error {
	return p.during(func() error { return p.run(c) })
}

// run goes on to the next picture after a bad one.
func (p predictCmd) run(c console) error {
	m, _, err := p.readModel(p.Weights)
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range p.Images {
		probabilities, err := predict(m, path)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", path, err))
			continue
		}
		best := 0
		for i, v := range probabilities {
			if v > probabilities[best] {
				best = i
			}
		}
		line := fmt.Sprintf("%s: %d (%.1f %%)  ", path, best, 100*probabilities[best])
		for i, v := range probabilities {
			line += fmt.Sprintf(" %d:%.3f", i, v)
		}
		if err := c.out.fitted(0, func(w io.Writer) error {
			_, err := fmt.Fprintln(w, line)
			return err
		}); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	return errors.Join(errs...)
}

func predict(m model, path string) ([]float64, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	pixels, err := mnist.ReadPicture(f)
	if err != nil {
		return nil, err
	}
	x := make([]float32, len(pixels))
	data.Scale(x, pixels)
	probabilities := m.probabilities(x)
	if p := probabilities[0]; p != p {
		return nil, errors.New("the probabilities are NaN: want weights that a training has not lost")
	}
	return probabilities, nil
}
