package idx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/data"
)

// write writes files by their names; those that end in .gz are gzipped.
func write(t *testing.T, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range files {
		if strings.HasSuffix(name, ".gz") && !bytes.HasPrefix(content, []byte("raw")) {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, err := z.Write(content)
			if err := errors.Join(err, z.Close()); err != nil {
				t.Fatal(err)
			}
			content = b.Bytes()
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestReadFolder: of any size, with as many classes as the labels of both parts
// need; gzipped or not, dotted or not, grey or in colour.
func TestReadFolder(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string][]byte
		shape data.Shape
	}{
		"grey": {map[string][]byte{
			"train-images-idx3-ubyte": idx(0x803, []uint32{2, 1, 3}, 1, 2, 3, 4, 5, 6), "train-labels.idx1-ubyte": idx(0x801, []uint32{2}, 4, 0),
			"t10k-images.idx3-ubyte.gz": idx(0x803, []uint32{1, 1, 3}, 7, 8, 9), "t10k-labels-idx1-ubyte.gz": idx(0x801, []uint32{1}, 6),
		}, data.Shape{H: 1, W: 3, C: 1}},
		"colour": {map[string][]byte{
			"train-images-idx4-ubyte.gz": idx(0x804, []uint32{2, 1, 1, 3}, 1, 2, 3, 4, 5, 6), "train-labels-idx1-ubyte": idx(0x801, []uint32{2}, 4, 0),
			"t10k-images-idx4-ubyte": idx(0x804, []uint32{1, 1, 1, 3}, 7, 8, 9), "t10k-labels-idx1-ubyte": idx(0x801, []uint32{1}, 6),
		}, data.Shape{H: 1, W: 1, C: 3}},
	} {
		dir := write(t, c.files)
		s, err := ReadFolder(dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s.Train.Shape() != c.shape || s.Test.Shape() != c.shape || s.Train.Classes() != 7 || s.Test.Classes() != 7 || s.Names != nil ||
			s.Train.Len() != 2 || !bytes.Equal(s.Train.Image(1), []byte{4, 5, 6}) || s.Train.Label(0) != 4 || s.Test.Len() != 1 || s.Test.Label(0) != 6 {
			t.Errorf("%s: %+v and %+v: want what was written", name, s.Train, s.Test)
		}
		if !IsFolder(dir) || IsFolder(t.TempDir()) {
			t.Errorf("%s: a folder with IDX files is none, or an empty one is", name)
		}
	}
}

func TestReadFolderNamesEveryFault(t *testing.T) {
	good := map[string][]byte{
		"train-images-idx3-ubyte": idx(0x803, []uint32{2, 1, 1}, 1, 2), "train-labels-idx1-ubyte": idx(0x801, []uint32{2}, 3, 4),
		"t10k-images-idx3-ubyte": idx(0x803, []uint32{1, 1, 1}, 1), "t10k-labels-idx1-ubyte": idx(0x801, []uint32{1}, 3),
	}
	for name, c := range map[string]struct {
		change map[string][]byte // nil: without the file
		want   []string
	}{
		"missing":   {map[string][]byte{"train-images-idx3-ubyte": nil, "t10k-labels-idx1-ubyte": nil}, []string{"no train-images-idx3-ubyte or train-images-idx4-ubyte", "no t10k-labels-idx1-ubyte"}},
		"cut":       {map[string][]byte{"train-images-idx3-ubyte": idx(0x803, []uint32{2, 1, 1}, 1), "train-labels-idx1-ubyte": []byte("x")}, []string{"train-images-idx3-ubyte: idx: images: cut", "train-labels-idx1-ubyte: idx: labels: cut"}},
		"counts":    {map[string][]byte{"t10k-labels-idx1-ubyte": idx(0x801, []uint32{2}, 3, 4)}, []string{"t10k-images-idx3-ubyte: 1 images, ", "t10k-labels-idx1-ubyte: 2 labels"}},
		"sizes":     {map[string][]byte{"t10k-images-idx3-ubyte": idx(0x803, []uint32{1, 1, 2}, 1, 2)}, []string{"images of 1×1×1 to train on, of 1×2×1 for tests"}},
		"no images": {map[string][]byte{"t10k-images-idx3-ubyte": idx(0x803, []uint32{0, 1, 1}), "t10k-labels-idx1-ubyte": idx(0x801, []uint32{0})}, []string{"t10k-images-idx3-ubyte: no images"}},
		"no gzip":   {map[string][]byte{"t10k-images-idx3-ubyte": nil, "t10k-images-idx3-ubyte.gz": []byte("raw")}, []string{"t10k-images-idx3-ubyte.gz: idx: images: cut: 3 bytes"}},
	} {
		files := maps.Clone(good)
		maps.Copy(files, c.change)
		maps.DeleteFunc(files, func(_ string, b []byte) bool { return b == nil })
		_, err := ReadFolder(write(t, files))
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), filepath.FromSlash(want)) {
				t.Errorf("%s: error %v: want it to say %q", name, err, want)
			}
		}
	}
	dir := write(t, good)
	path := filepath.Join(dir, "train-images-idx3-ubyte")
	if err := os.WriteFile(path, []byte{0x1f, 0x8b, 8, 0, 0}, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFolder(dir); err == nil || !strings.Contains(err.Error(), path+": gzip: ") {
		t.Errorf("a cut gzip: error %v", err)
	}
}
