package article

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
)

// Foreign is a run of another program.
type Foreign struct {
	Name        string
	Losses      []float64 // of each step
	Correct     []bool    // of each step; may be missing
	Predictions []uint8   // of the test images after all its steps; may be missing
	Steps       int       // before the predictions, 0 if unknown
}

// maxForeign bounds a file of losses, in bytes.
const maxForeign = 64 << 20

// ReadForeign reads a run's losses from a JSON file: a list of numbers, or an
// object that has such a list as "loss", "losses" or "loss_first_1000"; it may
// have "correct", a list of true and false, and "test_predictions", a string
// of digits. The run is called by the file's name.
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
			Epoch       []float64 `json:"mean_loss_per_1000"`
		}
		if err := json.Unmarshal(data, &object); err != nil {
			return Foreign{}, err
		}
		r = Foreign{Losses: object.Loss, Correct: object.Correct, Steps: 1000 * len(object.Epoch)}
		for _, l := range [][]float64{object.Losses, object.First} {
			if r.Losses == nil {
				r.Losses = l
			}
		}
		for _, digit := range object.Predictions {
			if digit < '0' || digit > '9' {
				return Foreign{}, fmt.Errorf("test_predictions has %q: want digits alone", digit)
			}
			r.Predictions = append(r.Predictions, uint8(digit-'0'))
		}
	}
	if len(r.Losses) == 0 {
		return Foreign{}, errors.New(`no losses: want a list of numbers, or one as "loss", "losses" or "loss_first_1000"`)
	}
	for i, l := range r.Losses {
		if math.IsNaN(l) || math.IsInf(l, 0) || l < 0 {
			return Foreign{}, fmt.Errorf("loss %d is %v: want a number of 0 or more", i+1, l)
		}
	}
	if r.Correct != nil && len(r.Correct) != len(r.Losses) {
		return Foreign{}, fmt.Errorf("%d losses, but %d of correct: want as many", len(r.Losses), len(r.Correct))
	}
	return r, nil
}
