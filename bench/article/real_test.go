package article

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/unslide/unslide/im2col"
)

func TestFindLayers(t *testing.T) {
	layers, err := FindLayers("lenet:wide2", "resnet50/conv2_3x3")
	if err != nil || len(layers) != 2 || layers[0].Geometry.KH != 5 || layers[1].Geometry.H != 56 {
		t.Errorf("%v, %v", layers, err)
	}
	_, err = FindLayers("lenet", "gone:c1", "lenet:gone", "lenet/c1")
	for _, want := range []string{"layer lenet: want LIST/NAME", "layer gone:c1: want LIST/NAME", "layer lenet:gone: want one of lenet's c1", "layer lenet/c1 32×32×1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestMeasureReal(t *testing.T) {
	g, err := im2col.New(im2col.Input{H: 6, W: 7, C: 3}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Same())
	if err != nil {
		t.Fatal(err)
	}
	times, err := MeasureReal(context.Background(), []RealLayer{{"tiny", g}}, 1, "python3", nil)
	if err != nil && !errors.Is(err, ErrNoPython) {
		t.Fatal(err)
	}
	if len(times) != 1 {
		t.Fatalf("%d layers, want 1", len(times))
	}
	r := times[0]
	for pass := range Passes {
		if r.Sliding[pass] <= 0 || r.GEMM[pass] <= 0 || r.Engine[pass] <= 0 || (r.Python[pass] > 0) == (err != nil) {
			t.Errorf("%s: %+v, %v", Passes[pass], r, err)
		}
		if r.Sliding[pass]%12 != 0 {
			t.Errorf("%s: sliding takes %v: want a multiple of the 12 pairs", Passes[pass], r.Sliding[pass])
		}
	}
	var out bytes.Buffer
	if err := PrintReal(&out, times); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"tiny", "gradient to the filter", "≈"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("table lacks %q:\n%s", want, &out)
		}
	}
}

func TestMeasureRealRefused(t *testing.T) {
	valid, err := im2col.New(im2col.Input{H: 6, W: 7, C: 3}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Valid())
	if err != nil {
		t.Fatal(err)
	}
	grouped, err := im2col.New(im2col.Input{H: 6, W: 7, C: 4}, im2col.Filter{KH: 3, KW: 3, OC: 4}, im2col.Same(), im2col.Groups(2))
	if err != nil {
		t.Fatal(err)
	}
	for want, g := range map[string]im2col.Geometry{"centre rule": valid, "groups 2: want neither groups nor dilation": grouped} {
		if _, err := MeasureReal(context.Background(), []RealLayer{{"layer", g}}, 1, "", nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
