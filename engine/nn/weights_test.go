package nn

import (
	"bytes"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// small is a network whose file is small: the article's with 7 hidden units.
func small() Network {
	n := Article()
	n.Layers[3].Dense.Units = 7
	return n
}

func sameTensors(t *testing.T, got, want []Tensor) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d tensors, want %d", len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		if g.Name != w.Name || !slices.Equal(g.Dims, w.Dims) || g.Precision() != w.Precision() || g.Len() != w.Len() {
			t.Fatalf("tensor %d: %s %v %s, want %s %v %s", i, g.Name, g.Dims, g.Precision(), w.Name, w.Dims, w.Precision())
		}
		for k := range w.Float32 {
			if math.Float32bits(g.Float32[k]) != math.Float32bits(w.Float32[k]) {
				t.Fatalf("%s[%d] = %v, want %v", g.Name, k, g.Float32[k], w.Float32[k])
			}
		}
		for k := range w.Float64 {
			if math.Float64bits(g.Float64[k]) != math.Float64bits(w.Float64[k]) {
				t.Fatalf("%s[%d] = %v, want %v", g.Name, k, g.Float64[k], w.Float64[k])
			}
		}
	}
}

func testRoundTrip[T float32 | float64](t *testing.T, ext string) {
	tr := trainer[T](t, small(), thousand(t), ArticleConfig())
	for range 20 {
		tr.Next()
	}
	want := tr.Checkpoint()
	path := filepath.Join(t.TempDir(), "weights"+ext)
	if err := want.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	sameTensors(t, got.Tensors, want.Tensors)
	if !slices.Equal(got.Training.Losses, want.Training.Losses) || !slices.Equal(got.Training.Correct, want.Training.Correct) {
		t.Errorf("history %v %v, want %v %v", got.Training.Losses, got.Training.Correct, want.Training.Losses, want.Training.Correct)
	}
	n, err := got.NetworkOrArticle()
	if err != nil {
		t.Fatal(err)
	}
	if string(n.JSON()) != string(small().JSON()) {
		t.Errorf("network %s, want %s", n.JSON(), small().JSON())
	}
}

func TestWeightsRoundTrip(t *testing.T) {
	for _, ext := range []string{".npz", ".npy"} {
		t.Run("float32"+ext, func(t *testing.T) { testRoundTrip[float32](t, ext) })
		t.Run("float64"+ext, func(t *testing.T) { testRoundTrip[float64](t, ext) })
	}
}

// TestReadsTheArticlesFile reads a file that the article's own program wrote
// under NumPy 2, hidden layer cut to 4 neurons.
func TestReadsTheArticlesFile(t *testing.T) {
	w, err := ReadWeights("testdata/article_weights_small.npy")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]int{
		"conv_w_1": {2, 2, 1, 5}, "conv_b_1": {5}, "conv_w_2": {3, 3, 5, 20}, "conv_b_2": {20},
		"fc_w_1": {980, 4}, "fc_b_1": {4}, "fc_w_2": {4, 10}, "fc_b_2": {10},
	}
	for _, tensor := range w.Tensors {
		if !slices.Equal(tensor.Dims, want[tensor.Name]) {
			t.Errorf("%s is %v, want %v", tensor.Name, tensor.Dims, want[tensor.Name])
		}
		delete(want, tensor.Name)
	}
	if len(want) > 0 {
		t.Errorf("no %v", want)
	}
	tr := w.Training
	if len(tr.Losses) != 1000 || len(tr.Correct) != 1000 || tr.Losses[0] != 1.3197901187224752 || tr.Losses[1] != 8.024981923653918 {
		t.Fatalf("%d losses from %v, want 1000 from 1.3197901187224752, 8.024981923653918", len(tr.Losses), tr.Losses[:2])
	}
	// Another route to the kernels: where the file has each of them.
	k, _ := find(w.Tensors, "conv_w_2")
	file, err := os.ReadFile("testdata/article_weights_small.npy")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range [][2]int{{0, 0}, {1, 3}, {4, 19}} {
		var kernel []byte
		for e := range 9 {
			kernel = binary.LittleEndian.AppendUint64(kernel, math.Float64bits(k.Float64[e*100+at[0]*20+at[1]]))
		}
		if !bytes.Contains(file, kernel) {
			t.Errorf("the kernel from input map %d to output map %d is not in the file", at[0], at[1])
		}
	}
	n, err := w.NetworkOrArticle()
	if err != nil {
		t.Fatal(err)
	}
	m, err := New[float64](n)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.SetWeights(w); err != nil {
		t.Fatal(err)
	}
}

func TestSetWeightsNamesEveryFault(t *testing.T) {
	m, err := New[float32](small())
	if err != nil {
		t.Fatal(err)
	}
	m.Init(3)
	before := m.Weights()
	w := m.Weights()
	w.Tensors[0].Dims = []int{4, 5}
	w.Tensors[1].Name = "conv_b_9"
	err = m.SetWeights(w)
	for _, want := range []string{"conv_w_1 is [4 5]: want [2 2 1 5]", "no conv_b_1", "conv_b_9: the network has no such"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want it to say %q", err, want)
		}
	}
	sameTensors(t, m.Weights().Tensors, before.Tensors)
}

func TestWriteKeepsTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "weights.txt")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	m, err := New[float32](small())
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Weights().Write(path); err == nil {
		t.Error("a name that ends in .txt was taken")
	}
	if err := m.Weights().Write(filepath.Join(dir, "none", "weights.npz")); err == nil {
		t.Error("a folder that is not there was taken")
	}
	if b, err := os.ReadFile(path); string(b) != "old" {
		t.Errorf("the old file holds %q, %v", b, err)
	}
	if files, _ := os.ReadDir(dir); len(files) != 1 {
		t.Errorf("%v: want no file left over", files)
	}
}

// TestColumnMajor reads what numpy.save writes of a transposed array.
func TestColumnMajor(t *testing.T) {
	a, err := decodeNPY(npyFile("{'descr': '<f8', 'fortran_order': True, 'shape': (2, 3), }", []float64{1, 4, 2, 5, 3, 6}))
	if err != nil {
		t.Fatal(err)
	}
	if got := a.data.([]float64); !slices.Equal(got, []float64{1, 2, 3, 4, 5, 6}) {
		t.Errorf("%v, want 1 to 6", got)
	}
}
