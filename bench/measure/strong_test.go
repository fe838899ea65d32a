package measure

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/idx"
	"github.com/unslide/unslide/engine/data/mnist"
)

// drawn is a data set of digits that are bars: a class is the bar's column.
func drawn(n int) *data.Set {
	pixels, labels := make([]byte, n*28*28), make([]int32, n)
	for i := range n {
		labels[i] = int32(i % 10)
		for row := range 28 {
			pixels[(i*28+row)*28+4+2*(i%10)] = 255
		}
	}
	s, err := data.NewSet(data.Shape{H: 28, W: 28, C: 1}, 10, pixels, labels)
	if err != nil {
		panic(err)
	}
	return s
}

func TestWriteIDX(t *testing.T) {
	want := &mnist.Data{Training: drawn(20), Test: drawn(10)}
	folder := t.TempDir()
	if err := writeIDX(folder, want); err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]*data.Set{"train": want.Training, "t10k": want.Test} {
		images, err1 := os.ReadFile(filepath.Join(folder, name+"-images-idx3-ubyte"))
		labels, err2 := os.ReadFile(filepath.Join(folder, name+"-labels-idx1-ubyte"))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		got, err := idx.Decode(images, labels, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got.Len() != set.Len() || got.Shape() != set.Shape() {
			t.Fatalf("%s: %d images of %v: want %d of %v", name, got.Len(), got.Shape(), set.Len(), set.Shape())
		}
		for i := range set.Len() {
			if !bytes.Equal(got.Image(i), set.Image(i)) || got.Label(i) != set.Label(i) {
				t.Errorf("%s: image %d or its label is another", name, i)
			}
		}
	}
}

func TestTrainStrong(t *testing.T) {
	if raceEnabled {
		t.Skip("too long under the race detector")
	}
	digits := &mnist.Data{Training: drawn(mnist.HeldBack + 1280), Test: drawn(100)}
	got, err := trainStrong(context.Background(), digits, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got.Accuracy != 1 || !(got.Seconds > 0) {
		t.Errorf("%+v: want every bar told apart", got)
	}
	if _, err := Run(context.Background(), Options{Lists: []string{MNISTList}}); err == nil {
		t.Error("no data is no error")
	}
}
