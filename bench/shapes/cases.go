package shapes

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/unslide/unslide/im2col"
)

//go:embed cases.json
var casesFile []byte

// Case is a geometry that reaches one corner of the engine.
type Case struct {
	Name     string
	Batch    int
	Kind     Kind
	Geometry im2col.Geometry
}

// Kind says which of the engine's plans a case is for.
type Kind string

const (
	Conv    Kind = "conv"
	MaxPool Kind = "maxpool"
	Dense   Kind = "dense" // of images of one pixel: C inputs, OC outputs
)

// Cases returns the named cases of the correctness tests.
func Cases() []Case {
	cases, err := readCases(casesFile)
	if err != nil {
		panic(err) // the file is part of the program and tested
	}
	return cases
}

// caseJSON is a case as the file holds it. What is left out is 1, or false.
type caseJSON struct {
	Name     string
	Batch    int
	Kind     Kind   // conv if left out
	Input    [3]int // rows, columns, channels
	Kernel   [2]int // rows, columns
	Filters  int
	Stride   [2]int
	Dilation [2]int
	Groups   int
	Flip     bool
	// Padding is "same", "valid", or four numbers: top, bottom, left, right.
	// Centre is the article's rule instead.
	Padding json.RawMessage
	Centre  *[2]int
}

func readCases(data []byte) ([]Case, error) {
	var file []caseJSON
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("shapes: cases: %w", err)
	}
	var cases []Case
	for _, j := range file {
		g, err := j.geometry()
		if err != nil {
			return nil, fmt.Errorf("shapes: case %s: %w", j.Name, err)
		}
		cases = append(cases, Case{j.Name, max(j.Batch, 1), cmp.Or(j.Kind, Conv), g})
	}
	return cases, nil
}

func (j *caseJSON) geometry() (im2col.Geometry, error) {
	padding, err := j.padding()
	if err != nil {
		return im2col.Geometry{}, err
	}
	opts := []im2col.Option{
		im2col.Stride(max(j.Stride[0], 1), max(j.Stride[1], 1)),
		im2col.Dilation(max(j.Dilation[0], 1), max(j.Dilation[1], 1)),
	}
	if j.Flip {
		opts = append(opts, im2col.Flip())
	}
	in := im2col.Input{H: j.Input[0], W: j.Input[1], C: j.Input[2]}
	if j.Kind == MaxPool {
		return im2col.NewPool(in, j.Kernel[0], j.Kernel[1], padding, opts...)
	}
	opts = append(opts, im2col.Groups(max(j.Groups, 1)))
	return im2col.New(in, im2col.Filter{KH: j.Kernel[0], KW: j.Kernel[1], OC: j.Filters}, padding, opts...)
}

func (j *caseJSON) padding() (im2col.Padding, error) {
	var p [4]int
	switch s := string(j.Padding); {
	case j.Centre != nil:
		return im2col.Centred(j.Centre[0], j.Centre[1]), nil
	case s == `"same"`:
		return im2col.Same(), nil
	case s == `"valid"`:
		return im2col.Valid(), nil
	case json.Unmarshal(j.Padding, &p) == nil:
		return im2col.Padded(p[0], p[1], p[2], p[3]), nil
	default:
		return im2col.Padding{}, fmt.Errorf(`padding %s: want "same", "valid", four numbers or a centre`, s)
	}
}
