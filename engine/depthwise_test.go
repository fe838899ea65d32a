package engine

import (
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/trial"
)

// A kernel whose tables of offsets would be large beside the tensors is
// depthwise still.
func TestDepthwiseWithoutTables(t *testing.T) {
	g := trial.Same(t, 60, 60, 6, 59, 6)
	g.Groups = 6
	plan, err := NewConv2D[float32](g, WithAlgorithm(Depthwise))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []conv.Runner[float32]{plan.forward.many, plan.packed, plan.backward[0].many} {
		if !by(r, "depthwise") || !strings.Contains(r.String(), "pixel by pixel") {
			t.Errorf("computed by %v", r)
		}
	}
}
