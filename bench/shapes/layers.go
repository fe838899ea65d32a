package shapes

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/unslide/unslide/im2col"
)

//go:embed layers/*.json
var layerFiles embed.FS

// ListNames names the lists of layers, in the order in which they are run.
func ListNames() []string { return []string{"article", "lenet", "vgg", "resnet50", "deepbench"} }

// Layer is one convolution of a network, with the batch it is timed at.
type Layer struct {
	Name     string
	Batch    int
	Geometry im2col.Geometry
	// Pad is the padding as the network has it: top, bottom, left, right. Rows
	// and columns that no window reaches are not in Geometry.
	Pad [4]int
}

// FLOP returns the floating-point operations of one pass over the batch.
func (l Layer) FLOP() float64 { return float64(l.Batch) * l.Geometry.FLOP() }

// MarshalJSON writes the layer as it stands in a list's file.
func (l Layer) MarshalJSON() ([]byte, error) {
	g := l.Geometry
	return json.Marshal(layerJSON{
		Name: l.Name, Batch: l.Batch,
		Input: [3]int{g.H, g.W, g.C}, Kernel: [2]int{g.KH, g.KW}, Filters: g.OC,
		Stride: [2]int{g.StrideH, g.StrideW},
		Pad:    l.Pad,
	})
}

// layerJSON is a layer as a list's file holds it. The programs under peers/
// read the same.
type layerJSON struct {
	Name    string `json:"name"`
	Batch   int    `json:"batch"`
	Input   [3]int `json:"input"`  // rows, columns, channels
	Kernel  [2]int `json:"kernel"` // rows, columns
	Filters int    `json:"filters"`
	Stride  [2]int `json:"stride"`
	Pad     [4]int `json:"pad"` // top, bottom, left, right
}

// List is a named list of layers.
type List struct {
	Name   string
	About  string // the network, its source
	Layers []Layer
}

// Layers reads the list of the given name, one of [ListNames].
func Layers(list string) (List, error) {
	data, err := layerFiles.ReadFile("layers/" + list + ".json")
	if err != nil {
		return List{}, fmt.Errorf("shapes: list %q: want one of %s", list, strings.Join(ListNames(), ", "))
	}
	var file struct {
		About  string      `json:"about"`
		Layers []layerJSON `json:"layers"`
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&file); err != nil {
		return List{}, fmt.Errorf("shapes: list %s: %w", list, err)
	}
	l := List{Name: list, About: file.About}
	for _, j := range file.Layers {
		g, err := im2col.New(
			im2col.Input{H: j.Input[0], W: j.Input[1], C: j.Input[2]},
			im2col.Filter{KH: j.Kernel[0], KW: j.Kernel[1], OC: j.Filters},
			im2col.Padded(j.Pad[0], j.Pad[1], j.Pad[2], j.Pad[3]),
			im2col.Stride(j.Stride[0], j.Stride[1]))
		if err != nil {
			return List{}, fmt.Errorf("shapes: list %s, layer %s: %w", list, j.Name, err)
		}
		l.Layers = append(l.Layers, Layer{Name: j.Name, Batch: j.Batch, Geometry: g, Pad: j.Pad})
	}
	return l, nil
}

// FindLayer looks a layer up by its list and name, as resnet50/conv4_3x3; a colon
// is as good as the stroke. Its error is an [im2col.Fault].
func FindLayer(name string) (Layer, error) {
	fault := func(want string) error {
		return &im2col.Fault{Package: "shapes", Field: "layer", Value: name, Want: want}
	}
	at := strings.IndexAny(name, "/:")
	if at < 0 || !slices.Contains(ListNames(), name[:at]) {
		return Layer{}, fault("LIST/NAME of one of the lists " + strings.Join(ListNames(), ", "))
	}
	list, err := Layers(name[:at])
	if err != nil {
		return Layer{}, err
	}
	var names []string
	for _, l := range list.Layers {
		if l.Name == name[at+1:] {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return Layer{}, fault("one of " + list.Name + "'s " + strings.Join(names, ", "))
}
