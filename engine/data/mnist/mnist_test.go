package mnist

import (
	"testing"

	"github.com/unslide/unslide/engine/data"
)

func TestArticlesSplit(t *testing.T) {
	pixels := make([]byte, 60000)
	pixels[4999], pixels[5000] = 1, 2
	s, err := data.NewSet(data.Shape{H: 1, W: 1, C: 1}, digits, pixels, make([]int32, 60000))
	if err != nil {
		t.Fatal(err)
	}
	d := Data{Training: s}
	if d.Train().Len() != 55000 || d.Train().Image(0)[0] != 2 || d.Validation().Len() != 5000 || d.Validation().Image(4999)[0] != 1 {
		t.Error("want 5000 held back, 55000 to train on")
	}
}
