package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/unslide/unslide/bench/shapes"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/im2col"
)

// layer finds what --layer names: LIST/NAME of the lists to measure, or a
// convolution by its sizes.
func (i infoCmd) layer() (shapes.Layer, error) {
	if !strings.ContainsAny(i.Layer, "/:") {
		return layerOfSizes(i.Layer)
	}
	l, err := shapes.FindLayer(i.Layer)
	return l, worded(err, func(string) string { return "--layer" })
}

// layerOfSizes reads h=56,c=64,k=3,oc=128 and the like.
func layerOfSizes(text string) (shapes.Layer, error) {
	sizes := map[string]int{"h": 0, "w": 0, "c": 1, "k": 0, "oc": 1, "s": 1, "d": 1, "g": 1, "n": 1}
	padding := im2col.Same()
	said := map[string]bool{}
	var errs []error
	for field := range strings.SplitSeq(text, ",") {
		key, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		_, known := sizes[key]
		if known = known || key == "pad"; known && said[key] {
			errs = append(errs, fmt.Errorf("--layer: %q: want %s once", field, key))
		}
		said[key] = true
		if key == "pad" {
			switch value {
			case "same":
			case "valid":
				padding = im2col.Valid()
			default:
				errs = append(errs, fmt.Errorf("--layer: pad=%s: want same or valid", value))
			}
			continue
		}
		n, err := strconv.Atoi(value)
		if !known || err != nil {
			fault := fmt.Errorf("--layer: %q: want LIST/NAME, or h, w, c, k, oc, s, d, g, n with a whole number, or pad=same, pad=valid", field)
			if !slices.ContainsFunc(errs, func(e error) bool { return e.Error() == fault.Error() }) {
				errs = append(errs, fault)
			}
			continue
		}
		sizes[key] = n
	}
	if len(errs) > 0 {
		return shapes.Layer{}, errors.Join(errs...)
	}
	if sizes["w"] == 0 {
		sizes["w"] = sizes["h"]
	}
	g, err := im2col.New(im2col.Input{H: sizes["h"], W: sizes["w"], C: sizes["c"]}, im2col.Filter{KH: sizes["k"], KW: sizes["k"], OC: sizes["oc"]},
		padding, im2col.Stride(sizes["s"], sizes["s"]), im2col.Dilation(sizes["d"], sizes["d"]), im2col.Groups(sizes["g"]))
	if err != nil {
		return shapes.Layer{}, worded(err, func(field string) string {
			if key, ok := layerKeys[field]; ok {
				return "--layer: " + key
			}
			return "--layer: " + field
		})
	}
	if sizes["n"] < 1 {
		return shapes.Layer{}, fmt.Errorf("--layer: n=%d: want at least 1 image", sizes["n"])
	}
	return shapes.Layer{Name: "layer", Batch: sizes["n"], Geometry: g}, nil
}

// layerKeys are what --layer calls the fields of a geometry.
var layerKeys = map[string]string{
	"input": "h, w, c", "kernel": "k, k", "filters": "oc", "stride": "s, s", "dilation": "d, d", "groups": "g",
}

// printLayer tells how each pass of a convolution is computed, and why; with
// --tune also how long each algorithm takes.
func (i infoCmd) printLayer(out stream, l shapes.Layer) error {
	var f facts
	f.add(l.Name, "%v, batch %d: %.4g MFLOP a pass", l.Geometry, l.Batch, l.FLOP()/1e6)
	err := errors.Join(
		addChoices[float32](&f, "float32", l),
		addChoices[float32](&f, "float32, fast algorithms allowed", l, engine.WithFastAlgorithms()),
		addChoices[float64](&f, "float64", l))
	if err != nil {
		return err
	}
	if i.Tune {
		tuning, err := engine.Tune[float32](l.Geometry, l.Batch, engine.WithFastAlgorithms())
		if err != nil {
			return err
		}
		f.add("measured, float32", "")
		for _, t := range tuning.Timings {
			f.add(fmt.Sprintf("  %v", t.Pass), "%-9v %.4g ms, %.1f GFLOP/s", t.Algorithm, 1e3*t.Seconds, l.FLOP()/t.Seconds/1e9)
		}
	}
	return f.write(out)
}

func addChoices[T engine.Float](f *facts, title string, l shapes.Layer, opts ...engine.Option) error {
	plan, err := engine.NewConv2D[T](l.Geometry, opts...)
	if err != nil {
		return err
	}
	f.add(title, "")
	for _, c := range plan.Choices() {
		f.add(fmt.Sprintf("  %v", c.Pass), "%s: %s", c.How, c.Why)
	}
	return nil
}
