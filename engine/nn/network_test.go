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
		{Op: Conv{Maps: 6, Kernel: Pair{3, 2}, Stride: Pair{2, 1}, Dilation: Pair{1, 2}, Groups: 2, Padding: Padding{Explicit, 1, -1, 0, 2}, Mode: Convolution, Activation: engine.Tanh}},
		{Op: Conv{Maps: 6, Kernel: Pair{1, 1}, Padding: Padding{Rule: Valid}}},
		{Op: MaxPool{Kernel: Pair{2, 2}, Stride: Pair{1, 1}, Centre: &Pair{1, 0}, Mode: Convolution}},
		{Op: AvgPool{Kernel: Pair{3, 2}, Stride: Pair{1, 2}, Padding: Padding{Rule: Valid}}},
		{Op: AvgPool{}},
		{Op: Dense{Units: 3}},
	}}
	for name, n := range map[string]Network{"article": Article(), "experiment": ArticleExperiment(), "strong": Strong(), "explicit": explicit, "residual": residual()} {
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
		`{}`:                                    `no "input"`,
		`{"input": [8, 8]}`:                     "want [rows, columns, channels]",
		`{"input": [8, 8, 1]} {}`:               "after top-level value",
		`{"layers": [{"dense": {"units": 2}}]}`: `no "input": want rows, columns and channels of an image, as [28, 28, 1]`,
		`{"input": [8, 8, 1]}`:                  "layers 0",
		`{"input": [8, 8, 1], "x": 1}`:          `unknown field "x"`,
		layers(`{}`):                            "layer 1: kinds 0",
		layers(`{"dense": {"units": 1}, "conv": {"maps": 1, "kernel": 1}}`):                                               "layer 1: kinds 2",
		layers(`{"conv": {"maps": 1}}`):                                                                                   "line 1: layer 1: conv without kernel",
		layers(`{"conv": {"kernel": 3}}`):                                                                                 "conv without maps",
		layers(`{"conv": {"maps": 2, "kernel": 3, "pad": 1}}`):                                                            `unknown field "pad"`,
		layers(`{"conv": {"maps": 2, "kernel": [1, 2, 3]}}`):                                                              "want a whole number from 1, or [rows, columns]",
		layers(`{"conv": {"maps": 2, "kernel": 3, "centre": [3, 0]}}`):                                                    "conv_1: im2col: centre (3,0)",
		layers(`{"conv": {"maps": 2, "kernel": 3, "centre": 1, "padding": "valid"}}`):                                     "conv_1: centre and padding",
		layers(`{"conv": {"maps": 2, "kernel": 3, "padding": "reflect"}}`):                                                `padding "reflect"`,
		layers(`{"conv": {"maps": 2, "kernel": 9, "padding": "valid"}}`):                                                  "conv_1: im2col: padded input 8×8",
		layers(`{"conv": {"maps": 2, "kernel": 3, "mode": "sliding"}}`):                                                   `conv_1: mode "sliding"`,
		layers(`{"conv": {"maps": 2, "kernel": 3, "activation": "mish"}}`):                                                `activation "mish"`,
		layers(`{"conv": {"maps": 2, "kernel": 3, "groups": 3}}`):                                                         "conv_1: groups 3: want a divisor",
		layers(`{"maxpool": {"kernel": 0}}`):                                                                              "layer 1: kernel 0: want a whole number from 1",
		layers(`{"avgpool": {"kernel": 0}}`):                                                                              "layer 1: kernel 0: want a whole number from 1, or [rows, columns], or leave it out",
		layers(`{"avgpool": {"kernel": 9, "padding": "valid"}}`):                                                          "layer 1: avgpool_1: im2col: padded input 8×8",
		layers(`{"dense": {"units": 0}}`):                                                                                 "layer 1: units 0: want a whole number from 1",
		layers(`{"maxpool": {"kernel": 2, "mode": "turned"}}`):                                                            `pool_1: mode "turned"`,
		layers(`{"dense": {"units": 100000000}}`):                                                                         "fc_1: units 100000000",
		layers(`{"dense": {"units": 3}}, {"maxpool": {"kernel": 2}}`):                                                     "layer 2: pool_1: after a dense layer",
		layers(`{"dense": {"units": 3}}, {"conv": {"maps": 2, "kernel": 1}}`):                                             "layer 2: conv_1: after a dense layer",
		layers(`{"conv": {"maps": 1, "kernel": 1, "padding": [6000, 0, 6000, 0]}}, {"conv": {"maps": 1, "kernel": 1}}`):   "layer 2: conv_2: outputs 36096064: want at most 31012800",
		layers(`{"dense": {"units": 2}, "name": "a", "from": "b"}`):                                                       `layer 1: a: from "b": want the name of a layer before it, or "input"`,
		layers(`{"dense": {"units": 2}, "name": "a"}, {"dense": {"units": 2}, "name": "a"}`):                              `layer 2: a: name "a": want one that no other layer has`,
		layers(`{"add": {}, "from": ["input"` + strings.Repeat(`, "input"`, maxReads) + `]}`):                             "layer 1: from 8001 layers up to here: want at most 8000",
		layers(`{"dense": {"units": 2}, "name": "fc_1"}`):                                                                 `layer 2: fc_1: name "fc_1": want one that no other layer has`,
		layers(`{"dense": {"units": 2}, "name": "input"}`):                                                                `layer 1: input: name "input": want 1 to 64 letters`,
		layers(`{"dense": {"units": 2}, "name": "a/b"}`):                                                                  `layer 1: a/b: name "a/b": want 1 to 64 letters, digits`,
		layers(`{"dense": {"units": 2}, "name": ""}`):                                                                     `layer 1: name "": want a name in quotes`,
		layers(`{"dense": {"units": 2}, "from": []}`):                                                                     `layer 1: from []: want the name of a layer, or a list of names`,
		layers(`{"dense": {"units": 2}, "from": 1}`):                                                                      `layer 1: from 1: want the name of a layer, or a list of names`,
		layers(`{"dense": {"units": 2}, "from": ["input", "input"]}`):                                                     `layer 1: fc_1: from 2 layers: want one for dense`,
		layers(`{"dense": {"units": 2}}, {"add": {}}`):                                                                    `layer 2: add_1: from 1 layers: want two or more for add`,
		layers(`{"dense": {"units": 2}}, {"dense": {"units": 3}}, {"add": {}, "from": ["fc_1", "fc_2"]}`):                 `layer 3: add_1: sizes 1×1×2 and 1×1×3: want the same of all that is added`,
		layers(`{"dense": {"units": 2}}, {"dense": {"units": 3}, "from": "input"}`):                                       `layer 1: fc_1: output read by no layer: want a layer after it that names it`,
		layers(`{"maxpool": {"kernel": 2, "centre": null}}`):                                                              "layer 1: centre null: want [row, column], or leave it out",
		layers(`{"maxpool": {"kernel": 2, "padding": null}}`):                                                             `layer 1: padding null: want "same", "valid" or [top, bottom, left, right], or leave it out`,
		`{"input": [8, 8, 1], "layers": [{"maxpool": {"kernel": 2}}]}`:                                                    "layer 1: pool_1: last layer: want one that leaves one pixel",
		`{"input": [8, 8, 1], "layers": [{"dense": {"units": 2, "activation": "relu"}}]}`:                                 "layer 1: fc_1: last layer: want one that leaves one pixel, as dense, without activation",
		`{"input": [1000000, 1000000, 1000000], "layers": [{"conv": {"maps": 1, "kernel": 1}}, {"dense": {"units": 2}}]}`: "conv_1: im2col: input 1000000×1000000×1000000: want at most",
	} {
		if n, err := ParseNetwork([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, error %v: want an error with %q", text, n, err, want)
		}
	}
}

// TestNetworkOfManyClasses: a label is no byte.
func TestNetworkOfManyClasses(t *testing.T) {
	n, err := ParseNetwork([]byte(`{"input": [2, 2, 3], "layers": [{"dense": {"units": 1000}}]}`))
	if err != nil || n.Classes() != 1000 {
		t.Errorf("%d classes, error %v: want 1000", n.Classes(), err)
	}
}

// TestNetworkFaults: all faults of a file at once, each with line and layer, in
// the file's own words.
func TestNetworkFaults(t *testing.T) {
	for text, want := range map[string][]string{
		`{
  "input": [28, 28, 1],
  "layers": [
    {"conv": {"maps": 0, "kernel": [3, 0], "stride": 0, "dilation": [1, 0], "groups": 0,
              "padding": "sam", "mode": "", "activation": "mish"}},
    {"dropout": 0.5},
    {"maxpool": {"kernel": 2, "stride": [0, 0], "dropout": 1}},

    {"dense": {"units": null}},
    {"conv": null},
    {"dense": {"units": 2.5, "units": 3}},
    {"dense": {"Units": "10"}}
  ]
}`: {
			`line 4: layer 1: maps 0: want a whole number from 1`,
			`line 4: layer 1: kernel [3, 0]: want a whole number from 1, or [rows, columns]`,
			`line 4: layer 1: stride 0: want a whole number from 1, or [rows, columns], or leave it out`,
			`line 4: layer 1: dilation [1, 0]: want`,
			`line 4: layer 1: groups 0: want a whole number from 1, or leave it out`,
			`line 5: layer 1: padding "sam": want "same", "valid" or [top, bottom, left, right]`,
			`line 5: layer 1: mode "": want "correlation" or "convolution", or leave it out`,
			`line 5: layer 1: activation "mish": want none, relu, sigmoid, tanh`,
			`line 6: layer 2: layer: unknown field "dropout": want conv, maxpool, avgpool, dense`,
			`line 7: layer 3: maxpool: unknown field "dropout": want centre, kernel, mode, padding, stride`,
			`line 7: layer 3: stride [0, 0]: want`,
			`line 9: layer 4: units null: want a whole number from 1`,
			`line 10: layer 5: conv null: want an object`,
			`line 10: layer 5: conv without maps`,
			`line 10: layer 5: conv without kernel`,
			`line 11: layer 6: dense: field "units": twice`,
			`line 11: layer 6: units 2.5: want a whole number from 1`,
			`line 12: layer 7: dense: unknown field "Units": want activation, units`,
			`line 12: layer 7: dense without units`,
		},
		"{\n\"input\": [28, 28, 1],\n\"layers\": [\n{\"dense\": {\"units\": 2}}\n{\"dense\": {\"units\": 10}}]}": {"line 5: layer 1: invalid character '{' after array element"},
		"{\n\"input\": [28, 28, 1],\n\"layers\": [\n{\"dense\": {\"units\": 2}},\n{\"dense\": {\"units\" 10}}]}": {"line 5: layer 2: invalid character '1' after object key"},
		"{\n\"input\": [28, 28, 1]\n\"layers\": []}":                                                             {"line 3: invalid character '\"' after object key:value pair"},
		"{\n\"input\": [28, 28, 1],\n\"layers\": [\n":                                                            {"unexpected end of JSON input"},
		"\n[]":                               {"line 2: network []: want an object"},
		"{\"input\": 28,\n\"layers\": {}}":   {"line 1: input 28: want [rows, columns, channels]", "line 2: layers {}: want a list"},
		`{"input": [8, 8, 1], "strides": 1}`: {`unknown field "strides": want input, layers`},
		// What the sizes come to, with the layer's line.
		"{\"input\": [8, 8, 1],\n\"layers\": [\n{\"maxpool\": {\"kernel\": 2}},\n{\"conv\": {\"maps\": 2,\n\"kernel\": 9, \"padding\": \"valid\"}},\n{\"dense\": {\"units\": 2}}]}": {
			"line 4: layer 2: conv_1: im2col: padded input 4×4"},
		"{\"input\": [8, 8, 1],\n\"layers\": [\n{\"maxpool\": {\"kernel\": -2}},\n{\"conv\": {\"maps\": 2,\n\"kernel\": 3, \"centre\": 1, \"padding\": \"valid\"}},\n{}]}": {
			"line 3: layer 1: pool_1: kernel -2×-2: want 1 to", "line 4: layer 2: conv_1: centre and padding", "line 6: layer 3: kinds 0"},
		`{"layers": [` + strings.Repeat(`{},`, 1<<17) + `{}]}`: {"131073 layers: want 1 to 1000"},
	} {
		_, err := ParseNetwork([]byte(text))
		if err == nil {
			t.Errorf("%.80s: taken", text)
			continue
		}
		lines := strings.Split(err.Error(), "\n")
		if len(lines) != len(want) {
			t.Errorf("%d faults, want %d:\n%v", len(lines), len(want), err)
		}
		for i := range min(len(lines), len(want)) {
			if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "nn: ") && strings.Contains(line, want[i]) }) {
				t.Errorf("no fault %q among\n%v", want[i], err)
			}
		}
	}
}

// TestDescriptionFaults: the same of descriptions that a program makes, where
// zero is the usual value.
func TestDescriptionFaults(t *testing.T) {
	_, err := Network{Input: Input{8, 8, 1}, Layers: []Layer{
		{Op: Conv{Kernel: Pair{3, -1}, Stride: Pair{0, 2}, Groups: -1, Mode: "slide", Padding: Padding{Rule: 9}}},
		{Op: Dense{Units: -3}},
	}}.Shapes()
	for _, want := range []string{
		"layer 1: conv_1: maps 0: want 1 to", "layer 1: conv_1: kernel 3×-1: want 1 to", "layer 1: conv_1: stride 0×2: want 1 to",
		"layer 1: conv_1: groups -1: want 1 to", `layer 1: conv_1: mode "slide"`, "layer 1: conv_1: padding rule 9", "layer 2: fc_1: units -3: want 1 to",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want it to say %q", err, want)
		}
	}
}

func FuzzNetwork(f *testing.F) {
	for _, n := range []Network{Article(), ArticleExperiment(), Strong(), residual()} {
		f.Add(n.JSON())
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		n, err := ParseNetwork(b)
		if err != nil {
			return
		}
		again, err := ParseNetwork(n.JSON())
		if err != nil || string(again.JSON()) != string(n.JSON()) {
			t.Errorf("%s, then %s, %v", n.JSON(), again.JSON(), err)
		}
		if _, err := n.Footprint(2, true); err != nil {
			t.Errorf("%s: %v", n.JSON(), err)
		}
	})
}

// edit changes what a layer computes.
func edit[O Op](n *Network, layer int, change func(*O)) {
	op := n.Layers[layer].Op.(O)
	change(&op)
	n.Layers[layer].Op = op
}
