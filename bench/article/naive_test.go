package article

import (
	"reflect"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/nn"
	"github.com/unslide/unslide/naive"
)

func TestNaiveSettings(t *testing.T) {
	for _, c := range []struct {
		name string
		n    nn.Network
		want naive.Settings
	}{
		{"article", nn.Article(), naive.Article()},
		{"experiment", nn.ArticleExperiment(), naive.Experiment()},
	} {
		got, err := NaiveSettings(c.n, 0.01)
		c.want.Pool.Add = true
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v, want %+v", c.name, got, err, c.want)
		}
	}
}

func TestNaiveSettingsRefused(t *testing.T) {
	for _, c := range []struct {
		change func(*nn.Network)
		want   string
	}{
		{func(n *nn.Network) { n.Layers = n.Layers[1:] }, "network of 4 layers, whose layer 1 is maxpool"},
		{func(n *nn.Network) { n.Input.C = 3 }, "network of 3 channels"},
		{func(n *nn.Network) { edit(n, 0, func(c *nn.Conv) { c.Dilation = nn.Pair{H: 2, W: 2} }) }, "conv_1"},
		{func(n *nn.Network) { edit(n, 2, func(c *nn.Conv) { c.Groups = 5 }) }, "conv_2"},
		{func(n *nn.Network) { edit(n, 0, func(c *nn.Conv) { c.Stride = nn.Pair{H: 2, W: 1} }) }, "one stride"},
		{func(n *nn.Network) { edit(n, 2, func(c *nn.Conv) { c.Centre, c.Padding.Rule = nil, nn.Valid }) }, "conv_2"},
		{func(n *nn.Network) { edit(n, 3, func(d *nn.Dense) { d.Activation = engine.Tanh }) }, `fc_1: activation "tanh"`},
		{func(n *nn.Network) { n.Layers[4].Op = nn.Dense{Units: 0} }, "fc_2"},
	} {
		n := nn.Article()
		c.change(&n)
		if _, err := NaiveSettings(n, 0.01); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
}

// edit changes what a layer computes.
func edit[O nn.Op](n *nn.Network, layer int, change func(*O)) {
	op := n.Layers[layer].Op.(O)
	change(&op)
	n.Layers[layer].Op = op
}
