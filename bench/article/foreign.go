package article

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/unslide/unslide/bench/chart"
)

// Foreign is a run of another program.
type Foreign struct {
	Name        string
	Losses      []float64 // of each step
	Correct     []bool    // of each step; may be missing
	Predictions []int32   // of the test images after all its steps; may be missing
	Steps       int       // before the predictions, 0 if unknown
	// Means of each 1000 steps, where not every step is known.
	MeanLosses     []float64
	MeanAccuracies []float64 // shares of 1
}

// meanSteps is how many steps a foreign run's means are of.
const meanSteps = 1000

// maxForeign bounds a file of losses, in bytes.
const maxForeign = 64 << 20

// ReadForeign reads a run's losses from a JSON file: a list of numbers, or an
// object that has such a list as "loss", "losses" or "loss_first_1000"; it may
// have "correct", a list of true and false, and "test_predictions", a string
// of digits, and "mean_loss_per_1000" and "accuracy_per_1000". The run is
// called by the file's name.
func ReadForeign(file string) (Foreign, error) {
	f, err := os.Open(file)
	if err != nil {
		return Foreign{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxForeign+1))
	if err != nil {
		return Foreign{}, err
	}
	if len(data) > maxForeign {
		return Foreign{}, fmt.Errorf("%s: more than %d MiB: want a list of losses", file, maxForeign>>20)
	}
	r, err := parseForeign(data)
	if err != nil {
		return Foreign{}, fmt.Errorf("%s: %w", file, err)
	}
	r.Name = filepath.Base(file)
	r.Name = r.Name[:len(r.Name)-len(filepath.Ext(r.Name))]
	return r, nil
}

func parseForeign(data []byte) (Foreign, error) {
	var r Foreign
	if json.Unmarshal(data, &r.Losses) != nil {
		var object struct {
			Loss        []float64 `json:"loss"`
			Losses      []float64 `json:"losses"`
			First       []float64 `json:"loss_first_1000"`
			Correct     []bool    `json:"correct"`
			Predictions string    `json:"test_predictions"`
			MeanLosses  []float64 `json:"mean_loss_per_1000"`
			Accuracies  []float64 `json:"accuracy_per_1000"`
		}
		if err := json.Unmarshal(data, &object); err != nil {
			return Foreign{}, err
		}
		r = Foreign{
			Losses: object.Loss, Correct: object.Correct, Steps: meanSteps * len(object.MeanLosses),
			MeanLosses: object.MeanLosses, MeanAccuracies: object.Accuracies,
		}
		for _, l := range [][]float64{object.Losses, object.First} {
			if r.Losses == nil {
				r.Losses = l
			}
		}
		for _, digit := range object.Predictions {
			if digit < '0' || digit > '9' {
				return Foreign{}, fmt.Errorf("test_predictions has %q: want digits alone", digit)
			}
			r.Predictions = append(r.Predictions, int32(digit-'0'))
		}
	}
	if len(r.Losses) == 0 {
		return Foreign{}, errors.New(`no losses: want a list of numbers, or one as "loss", "losses" or "loss_first_1000"`)
	}
	for i, l := range append(r.Losses[:len(r.Losses):len(r.Losses)], r.MeanLosses...) {
		if math.IsNaN(l) || math.IsInf(l, 0) || l < 0 {
			return Foreign{}, fmt.Errorf("loss %d is %v: want a number of 0 or more", i+1, l)
		}
	}
	for i, a := range r.MeanAccuracies {
		if !(a >= 0 && a <= 1) {
			return Foreign{}, fmt.Errorf("accuracy %d is %v: want 0 to 1", i+1, a)
		}
	}
	if r.Correct != nil && len(r.Correct) != len(r.Losses) {
		return Foreign{}, fmt.Errorf("%d losses, but %d of correct: want as many", len(r.Losses), len(r.Correct))
	}
	return r, nil
}

// losses returns the curve of the run's mean losses in the given windows: of
// each step if they are known, else of each 1000.
func (f Foreign) losses(steps, window int) chart.Points {
	if len(f.Losses) < steps && len(f.MeanLosses) > 0 {
		return perThousand(f.MeanLosses, steps, 1)
	}
	return means(f.Losses[:min(len(f.Losses), steps)], window)
}

// accuracies is losses for the share of images that were right, in percent.
func (f Foreign) accuracies(steps, window int) chart.Points {
	if len(f.Correct) < steps && len(f.MeanAccuracies) > 0 {
		return perThousand(f.MeanAccuracies, steps, 100)
	}
	return means(percents(f.Correct[:min(len(f.Correct), steps)]), window)
}

func perThousand(values []float64, steps int, unit float64) (points chart.Points) {
	for i, v := range values[:min(len(values), steps/meanSteps)] {
		points = append(points, chart.Point{X: float64((i + 1) * meanSteps), Y: unit * v})
	}
	return points
}

// mean returns the mean loss of the run's first steps, as far as they are
// known.
func (f Foreign) mean(steps int) float64 {
	if len(f.Losses) < steps && len(f.MeanLosses)*meanSteps >= steps && steps%meanSteps == 0 {
		return mean(f.MeanLosses[:steps/meanSteps])
	}
	return mean(f.Losses[:min(len(f.Losses), steps)])
}
