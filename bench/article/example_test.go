package article_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/unslide/unslide/bench/article"
	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/nn"
)

// The sliding reference and the engine train side by side; their predictions
// agree.
func ExampleCompare() {
	rng := rand.New(rand.NewPCG(1, 1))
	pixels, labels := make([]byte, 20*28*28), make([]int32, 20)
	for i := range pixels {
		pixels[i] = byte(rng.Uint32())
	}
	for i := range labels {
		labels[i] = int32(rng.IntN(10))
	}
	set, err := data.NewSet(data.Shape{H: 28, W: 28, C: 1}, 10, pixels, labels)
	if err != nil {
		fmt.Println(err)
		return
	}
	o := article.ArticleCompare()
	o.Network.Layers[3].Op = nn.Dense{Units: 10, Activation: engine.Sigmoid}
	o.Steps, o.Test, o.Runs = 20, 20, []string{article.Sliding, article.Float32}
	c, err := article.Compare(context.Background(), set, set, o)
	if err != nil {
		fmt.Println(err)
		return
	}
	sliding, engine := c.Runs[0], c.Runs[1]
	fmt.Printf("%s and %s, after %d steps: %d of %d predictions differ\n", sliding.Name, engine.Name,
		len(engine.Losses), article.Disagreements(sliding.Test.Predicted, engine.Test.Predicted), engine.Test.Images)
	// Output: sliding and float32, after 20 steps: 0 of 20 predictions differ
}

// The sliding reference has the article's network in the engine's words.
func ExampleNaiveSettings() {
	s, err := article.NaiveSettings(nn.ArticleExperiment(), 0.01)
	fmt.Println(s.Conv1.Convolution, s.Conv1.CenterRow, s.Conv1.CenterCol, s.Conv2.CenterRow, s.Conv2.CenterCol, err)
	// Output: true 1 0 1 2 <nil>
}
