package engine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/unslide/unslide/engine/internal/conv"
	"github.com/unslide/unslide/engine/internal/cut"
	"github.com/unslide/unslide/engine/internal/winograd"
	"github.com/unslide/unslide/im2col"
)

// What a worker keeps for itself fits in its second-level cache, and what the
// workers share does not grow with the batch.
func TestWorkspaceIsBounded(t *testing.T) {
	if raceEnabled {
		t.Skip("large layers")
	}
	layer := func(h, c, k, oc int, opts ...im2col.Option) im2col.Geometry {
		g, err := im2col.New(im2col.Input{H: h, W: h, C: c}, im2col.Filter{KH: k, KW: k, OC: oc}, im2col.Same(), opts...)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	for name, g := range map[string]im2col.Geometry{
		"3x3_14x14x256":         layer(14, 256, 3, 256),
		"3x3_28x28x128":         layer(28, 128, 3, 128),
		"3x3_7x7x512":           layer(7, 512, 3, 512),
		"3x3_112x112x16":        layer(112, 16, 3, 32),
		"5x5_14x14x192":         layer(14, 192, 5, 48),
		"7x7_stem":              layer(112, 3, 7, 64, im2col.Stride(2, 2)),
		"1x1_14x14x1024":        layer(14, 1024, 1, 256),
		"1x1_stride2_14x14x512": layer(14, 512, 1, 1024, im2col.Stride(2, 2)),
		"3x3_stride2_28x28x256": layer(28, 256, 3, 256, im2col.Stride(2, 2)),
		"depthwise_56x56x96":    layer(56, 96, 3, 96, im2col.Groups(96)),
	} {
		for way, opts := range everyWay() {
			t.Run(name+"/"+way, func(t *testing.T) {
				plan, err := NewConv2D[float32](g, append(opts, WithWorkers(2))...)
				if err != nil {
					t.Fatal(err)
				}
				limit, filters := 2*cut.CacheShare, 2
				if plan.choices[PassForward].Algorithm == Winograd {
					filters = 5 // 36 planes instead of 9, padded
				}
				for _, n := range []int{1, 64} {
					own := plan.filter.at(n).Scratch()
					shared := plan.sums.Length(plan.filter.at(n).Shards(n))
					for _, b := range append(plan.backward, plan.forward, byBatch[conv.Runner[float32]]{many: plan.packed}) {
						r := b.at(n)
						length, _ := r.Prepared(n)
						own, shared = max(own, r.Scratch()), max(shared, length)
					}
					if own*4 > limit {
						t.Errorf("n=%d: %d bytes for a worker, want at most %d", n, own*4, limit)
					}
					// Partial sums, or the filter once more in another order, padded.
					if most := max(conv.MaxPartials, filters*g.FilterLen()+1<<14); shared > most {
						t.Errorf("n=%d: %d elements shared by the workers, want at most %d", n, shared, most)
					}
				}
			})
		}
	}
}

// Winograd's workspace fits in the second-level cache for every layer of the
// measured networks that it is for.
func TestWinogradWorkspaceOfNetworks(t *testing.T) {
	ran := 0
	for _, list := range []string{"vgg", "resnet50", "deepbench"} {
		text, err := os.ReadFile(filepath.Join("..", "bench", "shapes", "layers", list+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var layers struct {
			Layers []struct {
				Name    string
				Input   [3]int
				Kernel  [2]int
				Filters int
				Stride  [2]int
				Pad     [4]int
			}
		}
		if err := json.Unmarshal(text, &layers); err != nil {
			t.Fatal(err)
		}
		for _, l := range layers.Layers {
			g, err := im2col.New(im2col.Input{H: l.Input[0], W: l.Input[1], C: l.Input[2]},
				im2col.Filter{KH: l.Kernel[0], KW: l.Kernel[1], OC: l.Filters},
				im2col.Padded(l.Pad[0], l.Pad[1], l.Pad[2], l.Pad[3]), im2col.Stride(l.Stride[0], l.Stride[1]))
			if err != nil {
				t.Fatal(err)
			}
			if !winograd.Fits(&g) {
				continue
			}
			for _, isa := range ISAs() {
				plan, err := NewConv2D[float32](g, WithAlgorithm(Winograd), WithISA(isa))
				if err != nil {
					t.Fatal(err)
				}
				for pass, length := range map[Pass]int{
					PassForward: plan.forward.many.Scratch(),
					PassPacked:  plan.packed.Scratch(),
					PassData:    plan.backward[0].many.Scratch(),
					PassFilter:  plan.filter.many.Scratch(),
				} {
					ran++
					if 4*length > 2*cut.CacheShare {
						t.Errorf("%s/%s on %v: %v: %d bytes for a worker, want at most %d", list, l.Name, isa, pass, 4*length, 2*cut.CacheShare)
					}
				}
			}
		}
	}
	if ran == 0 {
		t.Error("no layer ran")
	}
}
