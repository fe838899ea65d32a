package measure

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/unslide/unslide/engine/data/mnist"
)

// drawn is a data set of digits that are bars: a class is the bar's column.
func drawn(n int) *mnist.Set {
	s := &mnist.Set{Rows: 28, Cols: 28, Images: make([]byte, n*28*28), Labels: make([]byte, n)}
	for i := range n {
		s.Labels[i] = byte(i % 10)
		for row := range 28 {
			s.Images[(i*28+row)*28+4+2*(i%10)] = 255
		}
	}
	return s
}

func TestWriteIDX(t *testing.T) {
	want := &mnist.Data{Training: drawn(20), Test: drawn(10)}
	folder := t.TempDir()
	if err := writeIDX(folder, want); err != nil {
		t.Fatal(err)
	}
	for name, set := range map[string]*mnist.Set{"train": want.Training, "t10k": want.Test} {
		images, err1 := os.ReadFile(filepath.Join(folder, name+"-images-idx3-ubyte"))
		labels, err2 := os.ReadFile(filepath.Join(folder, name+"-labels-idx1-ubyte"))
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		got, err := mnist.Decode(images, labels)
		if err != nil {
			t.Fatal(err)
		}
		if got.Rows != set.Rows || !bytes.Equal(got.Images, set.Images) || !bytes.Equal(got.Labels, set.Labels) {
			t.Errorf("%s: other images or labels", name)
		}
	}
}

func TestTrainStrong(t *testing.T) {
	if raceEnabled {
		t.Skip("too long under the race detector")
	}
	data := &mnist.Data{Training: drawn(mnist.HeldBack + 1280), Test: drawn(100)}
	got, err := trainStrong(context.Background(), data, 2, 1)
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
