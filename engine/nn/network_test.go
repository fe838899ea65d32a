package nn

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine"
)

func TestShapes(t *testing.T) {
	for name, c := range map[string]struct {
		network Network
		want    []string // name, rows × columns × channels of the output
		params  []string
	}{
		"article": {Article(),
			[]string{"conv_1 14×14×5", "pool_1 7×7×5", "conv_2 7×7×20", "fc_1 2000", "fc_2 10"},
			[]string{"conv_w_1 [2 2 1 5]", "conv_b_1 [5]", "conv_w_2 [3 3 5 20]", "conv_b_2 [20]", "fc_w_1 [980 2000]", "fc_b_1 [2000]", "fc_w_2 [2000 10]", "fc_b_2 [10]"}},
		"experiment": {ArticleExperiment(),
			[]string{"conv_1 14×15×5", "pool_1 7×8×5", "conv_2 7×8×20", "fc_1 2000", "fc_2 10"},
			[]string{"conv_w_1 [2 2 1 5]", "conv_b_1 [5]", "conv_w_2 [3 3 5 20]", "conv_b_2 [20]", "fc_w_1 [1120 2000]", "fc_b_1 [2000]", "fc_w_2 [2000 10]", "fc_b_2 [10]"}},
		"strong": {Strong(),
			[]string{"conv_1 14×14×16", "conv_2 14×14×32", "pool_1 7×7×32", "conv_3 7×7×32", "pool_2 4×4×32", "fc_1 10"},
			[]string{"conv_w_1 [5 5 1 16]", "conv_b_1 [16]", "conv_w_2 [3 3 16 32]", "conv_b_2 [32]", "conv_w_3 [3 3 32 32]", "conv_b_3 [32]", "fc_w_1 [512 10]", "fc_b_1 [10]"}},
	} {
		shapes, err := c.network.Shapes()
		if err != nil {
			t.Fatal(err)
		}
		var got, params []string
		for _, s := range shapes {
			size := []int{s.Out}
			if s.Kind != "dense" {
				size = []int{s.Geometry.OH, s.Geometry.OW, s.Geometry.OC}
			}
			got = append(got, s.Name+" "+strings.ReplaceAll(strings.Trim(fmtInts(size), "[]"), " ", "×"))
			for _, p := range s.Params {
				params = append(params, p.Name+" "+fmtInts(p.Dims))
			}
		}
		if !slices.Equal(got, c.want) || !slices.Equal(params, c.params) {
			t.Errorf("%s: %q with %q, want %q with %q", name, got, params, c.want, c.params)
		}
	}
}

func TestNetworkJSON(t *testing.T) {
	explicit := Network{Input: Input{9, 8, 4}, Layers: []Layer{
		{Conv: &Conv{Maps: 6, Kernel: Pair{3, 2}, Stride: Pair{2, 1}, Dilation: Pair{1, 2}, Groups: 2, Padding: Padding{Explicit, 1, -1, 0, 2}, Mode: Convolution, Activation: engine.Tanh}},
		{Conv: &Conv{Maps: 6, Kernel: Pair{1, 1}, Padding: Padding{Rule: Valid}}},
		{MaxPool: &MaxPool{Kernel: Pair{2, 2}, Stride: Pair{1, 1}, Centre: &Pair{1, 0}, Mode: Convolution}},
		{Dense: &Dense{Units: 3}},
	}}
	for name, n := range map[string]Network{"article": Article(), "experiment": ArticleExperiment(), "strong": Strong(), "explicit": explicit} {
		got, err := ParseNetwork(n.JSON())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want, err := n.Shapes()
		if err != nil {
			t.Fatal(err)
		}
		shapes, err := got.Shapes()
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if shapes[i].Geometry != want[i].Geometry || shapes[i].Activation != want[i].Activation || shapes[i].Out != want[i].Out {
				t.Errorf("%s: layer %d of %s is %+v, want %+v", name, i+1, n.JSON(), shapes[i], want[i])
			}
		}
	}

	// As a user would write it.
	path := filepath.Join(t.TempDir(), "network.json")
	text := `{"input": [28, 28, 1], "layers": [
		{"conv": {"maps": 5, "kernel": [2, 2], "stride": 2, "centre": [1, 0], "mode": "convolution", "activation": "relu"}},
		{"maxpool": {"kernel": 2, "padding": "same"}},
		{"conv": {"maps": 20, "kernel": 3, "centre": [1, 2], "mode": "convolution", "activation": "sigmoid"}},
		{"dense": {"units": 2000, "activation": "sigmoid"}},
		{"dense": {"units": 10}}]}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	n, err := ReadNetwork(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(n.JSON()) != string(ArticleExperiment().JSON()) {
		t.Errorf("%s, want %s", n.JSON(), ArticleExperiment().JSON())
	}
}

func TestNetworkRefuses(t *testing.T) {
	layers := func(l string) string { return `{"input": [8, 8, 1], "layers": [` + l + `, {"dense": {"units": 2}}]}` }
	for text, want := range map[string]string{
		`{}`:                           "input 0×0×0",
		`{"input": [8, 8]}`:            "want [rows, columns, channels]",
		`{"input": [8, 8, 1]} {}`:      "more than one",
		`{"input": [8, 8, 1]}`:         "0 layers",
		`{"input": [8, 8, 1], "x": 1}`: `unknown field "x"`,
		layers(`{}`):                   "layer 1: 0 kinds",
		layers(`{"dense": {"units": 1}, "conv": {"maps": 1, "kernel": 1}}`):                                               "layer 1: 2 kinds",
		layers(`{"conv": {"maps": 1}}`):                                                                                   "layer 1: conv_1: im2col: kernel 0×0",
		layers(`{"conv": {"kernel": 3}}`):                                                                                 "conv_1: im2col: filters 0",
		layers(`{"conv": {"maps": 2, "kernel": 3, "pad": 1}}`):                                                            `unknown field "pad"`,
		layers(`{"conv": {"maps": 2, "kernel": [1, 2, 3]}}`):                                                              "want a number or [rows, columns]",
		layers(`{"conv": {"maps": 2, "kernel": 3, "centre": [3, 0]}}`):                                                    "conv_1: im2col: centre (3,0)",
		layers(`{"conv": {"maps": 2, "kernel": 3, "centre": 1, "padding": "valid"}}`):                                     "conv_1: centre and padding",
		layers(`{"conv": {"maps": 2, "kernel": 3, "padding": "reflect"}}`):                                                `padding "reflect"`,
		layers(`{"conv": {"maps": 2, "kernel": 9, "padding": "valid"}}`):                                                  "conv_1: im2col: padded input 8×8",
		layers(`{"conv": {"maps": 2, "kernel": 3, "mode": "sliding"}}`):                                                   `conv_1: mode "sliding"`,
		layers(`{"conv": {"maps": 2, "kernel": 3, "activation": "gelu"}}`):                                                `activation "gelu"`,
		layers(`{"conv": {"maps": 2, "kernel": 3, "groups": 3}}`):                                                         "conv_1: im2col: 3 groups",
		layers(`{"maxpool": {"kernel": 0}}`):                                                                              "pool_1: im2col: kernel 0×0",
		layers(`{"maxpool": {"kernel": 2, "mode": "turned"}}`):                                                            `pool_1: mode "turned"`,
		layers(`{"dense": {"units": 0}}`):                                                                                 "fc_1: units 0",
		layers(`{"dense": {"units": 100000000}}`):                                                                         "fc_1: units 100000000",
		layers(`{"dense": {"units": 3}}, {"maxpool": {"kernel": 2}}`):                                                     "layer 2: pool_1: after a dense layer",
		layers(`{"dense": {"units": 3}}, {"conv": {"maps": 2, "kernel": 1}}`):                                             "layer 2: conv_1: after a dense layer",
		`{"input": [8, 8, 1], "layers": [{"maxpool": {"kernel": 2}}]}`:                                                    "layer 1 (pool_1): want the last layer dense",
		`{"input": [8, 8, 1], "layers": [{"dense": {"units": 2, "activation": "relu"}}]}`:                                 "layer 1 (fc_1): want the last layer dense, without activation",
		`{"input": [8, 8, 1], "layers": [{"dense": {"units": 257}}]}`:                                                     "at most 256 units",
		`{"input": [1000000, 1000000, 1000000], "layers": [{"conv": {"maps": 1, "kernel": 1}}, {"dense": {"units": 2}}]}`: "conv_1: im2col: input of",
	} {
		if n, err := ParseNetwork([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, error %v: want an error with %q", text, n, err, want)
		}
	}
}
