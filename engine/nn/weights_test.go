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

	"github.com/unslide/unslide/engine"
)

// small is a network whose file is small: the article's with 7 hidden units.
func small() Network {
	n := Article()
	n.Layers[3].Op = Dense{Units: 7, Activation: engine.Sigmoid}
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
		take(t, tr)
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
	w, err := ReadWeights(articlesFile)
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
	file, err := os.ReadFile(articlesFile)
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

// TestNetworkOfAFileFitsItsTensors: the plans of such a network would take
// gigabytes, so it is not even returned.
func TestNetworkOfAFileFitsItsTensors(t *testing.T) {
	pool := Network{Input: Input{28, 28, 1}, Layers: []Layer{
		{Op: MaxPool{Kernel: Pair{16384, 16384}, Stride: Pair{1, 1}}}, {Op: Dense{Units: 10}},
	}}
	w := &Weights{Network: &pool, Tensors: []Tensor{{Name: "fc_w_1", Dims: []int{1, 10}, Float32: make([]float32, 10)}}}
	path := filepath.Join(t.TempDir(), "w.npz")
	if err := w.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = got.NetworkOrArticle()
	for _, want := range []string{"fc_w_1 is [1 10]: want [784 10]", "no fc_b_1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v: want it to say %q", err, want)
		}
	}
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

// TestHeaders reads what numpy.load reads, whoever wrote it.
func TestHeaders(t *testing.T) {
	little, big := []float32{1, 2, 3, 4, 5, 6}, []byte{63, 128, 0, 0, 64, 0, 0, 0, 64, 64, 0, 0, 64, 128, 0, 0, 64, 160, 0, 0, 64, 192, 0, 0}
	for header, body := range map[string]any{
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }":                           little, // NumPy's own
		"{'shape': (2, 3), 'fortran_order': False, 'descr': '<f4'}":                             little,
		"{'fortran_order': False, 'descr': '<f4', 'shape': (2L, 3L), }":                         little, // Python 2's
		"{u'descr': u'<f4', u'fortran_order': False, u'shape': (2, 3)}":                         little,
		"{'descr':'<f4','fortran_order':False,'shape':(2,3)}":                                   little,
		"{\"descr\": \"<f4\", \"fortran_order\": False, \"shape\": (2, 3)}":                     little,
		" \t{ 'descr' :\t'<f4' ,\n 'fortran_order' : False,\n\n 'shape' : ( 2 ,\r\n 3 , ) , } ": little,
		"{'descr': '<f4',\f'fortran_order': False, 'shape': (2, 3)\f}\f":                        little,
		"{'descr': ('=f4'), 'fortran_order': (False), 'shape': ((2), 3)}":                       little,
		"{'descr': 'f4', 'fortran_order': False, 'shape': (2, 3)}      ":                        little,
		"{'descr': '|f4', 'fortran_order': False, 'shape': (2, 3)}\r":                           little,
		"{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3)}":                             big,
		"{'shape': (2, 3), 'descr': '<f4', 'fortran_order': True}":                              []float32{1, 4, 2, 5, 3, 6},
	} {
		for version := range 3 {
			a, err := decodeNPY(npyVersion(version+1, header+"\n", body))
			if err != nil {
				t.Errorf("version %d, %q: %v", version+1, header, err)
				continue
			}
			if got, _ := a.data.([]float32); !slices.Equal(got, little) || !slices.Equal(a.dims, []int{2, 3}) {
				t.Errorf("version %d, %q: %v, want 1 to 6 in 2×3", version+1, header, a)
			}
		}
	}
	for header, want := range map[string]string{
		"": "want", "x": "no dict", "{'descr': '<f4'}": `no key "fortran_order"`,
		"{'descr': '<f4', 'fortran_order': 0, 'shape': ()}":                            "want True or False",
		"{'descr': '<f4', 'fortran_order': False, 'shape': [2, 3]}":                    "want a tuple",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (6)}":                       "want a tuple",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, x)}":                    "dimension 2: want a number",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1<<90)}":                "dimension 2: want a number",
		"{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': ()}":               "several fields",
		"{'descr': '<<f4', 'fortran_order': False, 'shape': ()}":                       "element type",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}":                `key "x"`,
		"{'descr': '<f4', 'fortran_order': False, 'shape': ()} 1":                      "column",
		"{'descr': '<f4', 'fortran_order': False, 'shape': (6, 99999999999999999999)}": "memory can have",
		"{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)}":      "each once",
		strings.Repeat("(", maxHeader-1):                                               "",
		strings.Repeat(" ", maxHeader+1):                                               "want at most",
		"{'descr': 'f4', " + "\x00\xff'":                                               "",
	} {
		if a, err := decodeNPY(npyVersion(2, header, little)); err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 400 {
			t.Errorf("%.80q: %v, error %v: want one with %q", header, a, err, want)
		}
	}
}

// TestWeightsThatAreNone: a program's own mistakes are errors too.
func TestWeightsThatAreNone(t *testing.T) {
	m, err := New[float32](small())
	if err != nil {
		t.Fatal(err)
	}
	twice := m.Weights()
	twice.Tensors = append(twice.Tensors, twice.Tensors[0])
	short := m.Weights()
	short.Tensors[0].Float32 = short.Tensors[0].Float32[:3]
	both := m.Weights()
	both.Tensors[0].Float64 = make([]float64, 20)
	path := filepath.Join(t.TempDir(), "w.npz")
	for want, w := range map[string]*Weights{
		"no": nil, "conv_w_1: twice": twice, "conv_w_1 is [2 2 1 5]: 3 elements": short, "conv_w_1: both": both,
	} {
		if err := m.SetWeights(w); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("set: error %v: want one with %q", err, want)
		}
		if err := w.Write(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("written: error %v: want one with %q", err, want)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a file was written")
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
