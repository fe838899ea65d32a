package nn

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine"
)

// TestArticlesFormSaysWhatItHolds: a network that the article's form would give
// back as another is refused, and nothing is written; others come back as they
// were. An .npz has them all.
func TestArticlesFormSaysWhatItHolds(t *testing.T) {
	change := func(f func(*Network)) Network {
		n := small()
		f(&n)
		return n
	}
	for name, test := range map[string]struct {
		network Network
		says    string // "" where the form does
	}{
		"article": {small(), ""},
		"other sizes": {change(func(n *Network) {
			edit(n, 0, func(c *Conv) { c.Maps = 3 })
			edit(n, 2, func(c *Conv) { c.Maps = 4 })
		}), ""},
		"other kernel": {change(func(n *Network) { edit(n, 0, func(c *Conv) { c.Kernel = Pair{5, 4} }) }), ""},
		"same padding, in other words": {change(func(n *Network) {
			edit(n, 2, func(c *Conv) { c.Centre, c.Padding = nil, Padding{Explicit, 1, 1, 1, 1} })
		}), ""},
		"tanh":        {change(func(n *Network) { edit(n, 3, func(d *Dense) { d.Activation = engine.Tanh }) }), "fc_1's activation sigmoid instead of tanh"},
		"no relu":     {change(func(n *Network) { edit(n, 0, func(c *Conv) { c.Activation = engine.None }) }), "conv_1's activation relu instead of none"},
		"stride":      {change(func(n *Network) { edit(n, 0, func(c *Conv) { c.Stride = Pair{1, 1} }) }), "conv_1 28×28×1 → 14×14×5"},
		"convolution": {change(func(n *Network) { edit(n, 2, func(c *Conv) { c.Mode = Convolution }) }), "instead of 7×7×5 → 7×7×20 kernel 3×3 stride 1×1 pad 1,1,1,1 flipped"},
		"pool":        {change(func(n *Network) { edit(n, 1, func(p *MaxPool) { p.Kernel, p.Stride = Pair{3, 3}, Pair{2, 2} }) }), "pool_1 "},
		"experiment":  {ArticleExperiment(), "conv_1 "},
		"strong":      {Strong(), "5 layers instead of 6"},
		"no centre":   {change(func(n *Network) { edit(n, 2, func(c *Conv) { c.Kernel, c.Centre = Pair{1, 1}, nil }) }), "layer 3"},
		"dense alone": {Network{Input{28, 28, 1}, []Layer{{Op: Dense{Units: 10}}}}, "5 layers instead of 1"},
		"other input": {change(func(n *Network) { n.Input = Input{27, 28, 1} }), "conv_1 28×28×1"},
		"colour":      {change(func(n *Network) { n.Input = Input{28, 28, 3} }), "conv_1 28×28×1"},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := New[float32](test.network)
			if err != nil {
				t.Fatal(err)
			}
			w := m.Weights()
			path := filepath.Join(t.TempDir(), "w.npy")
			err = w.Write(path)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "want a name that ends in .npz") {
					t.Errorf("error %v: want it to say %q and what to do", err, test.says)
				}
				if _, err := os.Stat(path); err == nil {
					t.Error("a file was written")
				}
				path = strings.TrimSuffix(path, ".npy") + ".npz"
				err = w.Write(path)
			}
			if err != nil {
				t.Fatal(err)
			}
			read, err := ReadWeights(path)
			if err != nil {
				t.Fatal(err)
			}
			n, err := read.NetworkOrArticle()
			if err != nil {
				t.Fatal(err)
			}
			got, err := n.Shapes()
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(m.Shapes())
			for i := range want { // the same in other words
				got[i].Op, want[i].Op = nil, nil
			}
			if !reflect.DeepEqual(got, want) {
				b, _ := json.Marshal(n)
				t.Errorf("read as %s", b)
			}
		})
	}
}
