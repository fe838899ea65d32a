package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/nn"
)

// TestFilesThatAreWrong: each fault is one line that says what and where, the
// exit status is 1, and files that were there stay as they were.
func TestFilesThatAreWrong(t *testing.T) {
	if testing.Short() {
		t.Skip("reads the whole data set many times")
	}
	data, dir := dataDir(t), t.TempDir()
	small, other := smallNetwork(t, 8), smallNetwork(t, 9)
	saved := filepath.Join(dir, "saved.npz")
	ok(t, "train", "--data", data, "--network", small, "--limit", "20", "--test", "0", "--save", saved)
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	text := write("text.npz", "no weights at all")
	whole, err := os.ReadFile(saved)
	if err != nil {
		t.Fatal(err)
	}
	cut := write("cut.npz", string(whole[:len(whole)/2]))
	words := write("words", "0\n1\ntwo\n")
	far := write("far", "0\n55000\n")
	empty := write("empty", "")
	badNetwork := write("bad.json", `{"input":[28,28,1],"layers":[{"conv":{"maps":3,"kernel":40,"padding":"valid"}},{"dense":{"units":10}}]}`)
	noNetwork := write("none.json", `{"input":`)
	claims := filepath.Join(dir, "claims.npz") // what its network asks for would fill the memory
	big := nn.Network{Input: nn.Input{H: 16384, W: 16384, C: 1}, Layers: []nn.Layer{
		{Op: nn.MaxPool{Kernel: nn.Pair{H: 16384, W: 16384}}}, {Op: nn.Dense{Units: 10}},
	}}
	if err := (&nn.Weights{Network: &big, Tensors: []nn.Tensor{
		{Name: "fc_w_1", Dims: []int{1, 10}, Float32: make([]float32, 10)}, {Name: "fc_b_1", Dims: []int{10}, Float32: make([]float32, 10)},
	}}).Write(claims); err != nil {
		t.Fatal(err)
	}
	listed, lost := filepath.Join(dir, "listed.npz"), filepath.Join(dir, "lost.npz")
	ok(t, "train", "--data", data, "--network", small, "--test", "0", "--order", write("order", "3\n5\n"), "--save", listed)
	w, err := nn.ReadWeights(saved)
	if err != nil {
		t.Fatal(err)
	}
	w.Tensors[0].Float32[1] = float32(math.NaN())
	if err := w.Write(lost); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder.npz")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	picture := write("text.png", "no picture")
	digit := make([]byte, 28*28)
	for row := 4; row < 24; row++ {
		digit[row*28+14] = 255
	}
	one := writePicture(t, dir, 0, digit)

	before := contents(t, dir)
	base := []string{"train", "--data", data, "--limit", "20", "--test", "0"}
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"no data folder":       {[]string{"train", "--data", filepath.Join(dir, "none")}, filepath.Join(dir, "none")},
		"data folder a file":   {[]string{"train", "--data", text}, "not a folder"},
		"save into nowhere":    {append(base, "--save", filepath.Join(dir, "none", "w.npz")), "cannot be written"},
		"save onto a folder":   {append(base, "--save", folder), "want a file"},
		"log into nowhere":     {append(base, "--log", filepath.Join(dir, "none", "log")), "--log: "},
		"profile into nowhere": {append(base, "--cpuprofile", filepath.Join(dir, "none", "cpu")), "--cpuprofile: "},
		"resume nothing":       {append(base, "--resume", filepath.Join(dir, "none.npz")), "none.npz"},
		"resume text":          {append(base, "--resume", text), "text.npz"},
		"resume a cut file":    {append(base, "--resume", cut), "cut.npz"},
		"resume another network": {append(base, "--resume", saved, "--network", other),
			"layer 4 of the file's network"},
		"resume the article's":    {append(base, "--resume", saved, "--network", "article"), "layer 1 of the file's network"},
		"resume another rate":     {append(base, "--resume", saved, "--lr", "0.02"), "--lr 0.02: want 0.01, as in the file"},
		"resume another batch":    {append(base, "--resume", saved, "--batch", "2"), "--batch 2: want 1, as in the file"},
		"resume other images":     {[]string{"train", "--data", data, "--resume", saved, "--limit", "30"}, "--limit 30: want 20, as in the file"},
		"resume other bits":       {append(base, "--resume", saved, "--precision", "float64"), "--precision float64: want float32, as in the file"},
		"resume without its list": {append(base, "--resume", listed), "--order: want the file of image numbers"},
		"resume what is lost":     {append(base, "--resume", lost), "conv_w_1[1] is NaN: want a finite number"},
		"init with the same":      {append(base, "--init", lost), "conv_w_1[1] is NaN: want a finite number"},
		"predict with the same":   {[]string{"predict", "--weights", lost, one}, "the probabilities are NaN"},
		"init with another":       {append(base, "--init", saved, "--network", other), "fc_w_1"},
		"eval text":               {[]string{"eval", text, "--data", data}, "text.npz"},
		"eval what is too large":  {[]string{"eval", claims, "--data", data}, "input is 16384×16384×1: want 28×28×1"},
		"train from the same":     {append(base, "--init", claims), "input is 16384×16384×1: want 28×28×1"},
		"predict the same":        {[]string{"predict", "--weights", claims, picture}, "input is 16384×16384×1: want 28×28×1"},
		"eval nothing":            {[]string{"eval", filepath.Join(dir, "none.npz"), "--data", data}, "none.npz"},
		"predictions nowhere":     {[]string{"eval", saved, "--data", data, "--predictions", filepath.Join(dir, "none", "p")}, "--predictions "},
		"predict text":            {[]string{"predict", "--weights", saved, picture}, "want PNG or JPEG"},
		"predict nothing":         {[]string{"predict", "--weights", saved, filepath.Join(dir, "none.png")}, "none.png"},
		"order of words":          {append(base, "--order", words), `words, line 3: "two": want an image number`},
		"order beyond the data":   {append(base, "--order", far), "--order with image 55000 as entry 2: want 0 to 54999"},
		"empty order":             {append(base, "--order", empty), "no image numbers"},
		"network that cannot":     {append(base, "--network", badNetwork), "unslide: nn: network file " + badNetwork + ": line 1: layer 1: conv_1: "},
		"network cut short":       {append(base, "--network", noNetwork), "none.json"},
		"network from nowhere":    {append(base, "--network", filepath.Join(dir, "none.json2")), "--network " + filepath.Join(dir, "none.json2") + ": want article, experiment, strong, or a JSON file that is there"},
		"naive cannot":            {append(base, "--network", "strong", "--engine", "naive"), "sliding reference"},
		"verify nothing":          {[]string{"verify", "--cases", filepath.Join(dir, "none")}, "--cases: "},
	} {
		status, _, errs := unslide(t, test.args...)
		// What is wrong before anything runs is the command line's fault.
		want := exitFail
		if strings.Contains(name, "order of words") || name == "empty order" {
			want = exitUsage
		}
		if status != want {
			t.Errorf("%s: status %d: want %d", name, status, want)
		}
		if !strings.Contains(errs, test.says) || !strings.HasPrefix(errs, "unslide: ") {
			t.Errorf("%s: says %q: want a line with %q", name, errs, test.says)
		}
		for line := range strings.Lines(errs) {
			if !strings.HasPrefix(line, "unslide: ") || len(line) > 400 {
				t.Errorf("%s: the line %q is not a clear one", name, line)
			}
		}
		if after := contents(t, dir); !slices.Equal(after, before) {
			t.Fatalf("%s: the files changed: %v, before %v", name, after, before)
		}
	}
}

// contents lists the files below a folder with their digests.
func contents(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		s := e.Name()
		if e.Type().IsRegular() {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			sum := sha256.Sum256(b)
			s += string(sum[:])
		}
		list = append(list, s)
	}
	return list
}

// TestDataThatIsWrong: the fault of each file is named, by folder and by
// environment, for training and for data alike.
func TestDataThatIsWrong(t *testing.T) {
	if testing.Short() {
		t.Skip("trains or reads the whole data set many times")
	}
	good := dataDir(t)
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(good, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const images, labels = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write(read(images)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	plain := read(labels)
	flipped := bytes.Clone(plain)
	flipped[1000] ^= 1
	magic := bytes.Clone(plain)
	magic[3] = 3
	for name, test := range map[string]struct {
		file    string
		content []byte // nil: the file is missing
		says    string
	}{
		"missing":           {images + ".gz", nil, "does not exist"},
		"cut gzip":          {images + ".gz", zipped.Bytes()[:100000], "cut or damaged gzip"},
		"no gzip":           {labels, []byte("labels"), "6 bytes: want 10008"},
		"wrong checksum":    {labels, flipped, "SHA-256"},
		"wrong magic":       {labels, magic, "SHA-256"},
		"labels for images": {images, read(labels), "10008 bytes: want 7840016"},
	} {
		dir := t.TempDir()
		for _, f := range []string{"train-images-idx3-ubyte", "train-labels-idx1-ubyte", images, labels} {
			if strings.TrimSuffix(test.file, ".gz") == f {
				continue
			}
			if err := os.Symlink(filepath.Join(good, f), filepath.Join(dir, f)); err != nil {
				t.Fatal(err)
			}
		}
		if test.content != nil {
			if err := os.WriteFile(filepath.Join(dir, test.file), test.content, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		before := contents(t, dir)
		check := func(how string, status int, errs string) {
			t.Helper()
			if status != exitFail || !strings.Contains(errs, test.says) || !strings.Contains(errs, strings.TrimSuffix(test.file, ".gz")) || strings.Count(errs, "\n") != 1 {
				t.Errorf("%s, %s: status %d, %q: want 1 and a line with %s and %q", name, how, status, errs, test.file, test.says)
			}
		}
		status, _, errs := unslide(t, "train", "--data", dir, "--limit", "10")
		check("train", status, errs)
		t.Setenv("UNSLIDE_DATA", dir)
		status, _, errs = unslide(t, "data")
		check("data", status, errs)
		if after := contents(t, dir); !slices.Equal(after, before) {
			t.Errorf("%s: the files changed", name)
		}
	}
}
