package golden

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Plan is a case of plans_torch.jsonl: tensors are NHWC, in flat arrays. Which
// fields it has depends on the plan.
type Plan struct {
	Plan string `json:"plan"`

	N       int `json:"n"`
	H       int `json:"h"`
	W       int `json:"w"`
	C       int `json:"c"`
	OutH    int `json:"out_h"`
	OutW    int `json:"out_w"`
	Groups  int `json:"groups"`
	Classes int `json:"classes"`

	KH              int    `json:"kh"`
	KW              int    `json:"kw"`
	Stride          [2]int `json:"stride"`
	Pad             [2]int `json:"pad"` // of rows, of columns
	CeilMode        bool   `json:"ceil_mode"`
	CountIncludePad bool   `json:"count_include_pad"`

	Activation string  `json:"activation"`
	Mode       string  `json:"mode"`
	Training   bool    `json:"training"`
	Momentum   float64 `json:"momentum"`
	Epsilon    float64 `json:"epsilon"`
	Smoothing  float64 `json:"smoothing"`

	X  []float64 `json:"x"`
	Y  []float64 `json:"y"`
	DY []float64 `json:"dy"`
	DX []float64 `json:"dx"`

	Gamma         []float64 `json:"gamma"`
	Beta          []float64 `json:"beta"`
	DGamma        []float64 `json:"dgamma"`
	DBeta         []float64 `json:"dbeta"`
	Mean          []float64 `json:"mean"`
	Variance      []float64 `json:"variance"`
	MeanAfter     []float64 `json:"mean_after"`
	VarianceAfter []float64 `json:"variance_after"`

	Logits  []float64 `json:"logits"`
	Labels  []int32   `json:"labels"`
	Losses  []float64 `json:"losses"`
	DLogits []float64 `json:"dlogits"`
	Target  []float64 `json:"target"`
	Loss    float64   `json:"loss"`
}

// Plans reads the cases of one plan from plans_torch.jsonl, at least one.
func Plans(file, plan string) (cases []Plan, err error) {
	content, err := Read(file)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(content))
	d.DisallowUnknownFields()
	for d.More() {
		var c Plan
		if err := d.Decode(&c); err != nil {
			return nil, fmt.Errorf("golden: %s: %w", file, err)
		}
		if c.Plan == plan {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("golden: %s: no cases of %s", file, plan)
	}
	return cases, nil
}
