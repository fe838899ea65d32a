package folder

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/data"
)

// plain is a picture of one colour.
func plain(w, h int, c color.RGBA) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asPNG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// write writes files by their names in a folder; a name that ends in a slash is a
// folder.
func write(t *testing.T, files map[string][]byte) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, b := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		parent := filepath.Dir(path)
		if strings.HasSuffix(name, "/") {
			parent = path
		}
		if err := os.MkdirAll(parent, 0o755); err != nil {
			t.Fatal(err)
		}
		if parent == path {
			continue
		}
		if err := os.WriteFile(path, b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadColour(t *testing.T) {
	grey, red := asPNG(t, plain(3, 2, color.RGBA{40, 40, 40, 255})), asPNG(t, plain(3, 2, color.RGBA{200, 10, 20, 255}))
	s, err := Read(write(t, map[string][]byte{"dog/1.png": grey, "cat/b.png": red, "cat/a.png": grey, "cat/.DS_Store": {1}, ".git/": nil}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Len() != 3 || s.Test.Len() != 0 || s.Train.Shape() != (data.Shape{H: 2, W: 3, C: 3}) || !slices.Equal(s.Names, []string{"cat", "dog"}) {
		t.Fatalf("%d and %d images of %v, %v", s.Train.Len(), s.Test.Len(), s.Train.Shape(), s.Names)
	}
	for i, want := range []struct {
		label int32
		begin []byte
	}{{0, []byte{40, 40, 40}}, {0, []byte{200, 10, 20}}, {1, []byte{40, 40, 40}}} {
		if s.Train.Label(i) != want.label || !bytes.HasPrefix(s.Train.Image(i), want.begin) || len(s.Train.Image(i)) != 18 {
			t.Errorf("image %d of class %d is %v: want %v", i, s.Train.Label(i), s.Train.Image(i), want)
		}
	}
}

// TestReadParts: train and test, grey, PNG and JPEG, transparent as white.
func TestReadParts(t *testing.T) {
	grey := plain(8, 8, color.RGBA{90, 90, 90, 255})
	s, err := Read(write(t, map[string][]byte{
		"train/0/x.png": asPNG(t, grey), "train/1/x.jpeg": asJPEG(t, grey), "train/1/y.png": asPNG(t, image.NewNRGBA(grey.Rect)),
		"test/0/z.png": asPNG(t, grey), "test/1/z.png": asPNG(t, grey),
	}))
	if err != nil {
		t.Fatal(err)
	}
	if s.Train.Len() != 3 || s.Test.Len() != 2 || s.Train.Shape() != (data.Shape{H: 8, W: 8, C: 1}) || s.Test.Label(1) != 1 {
		t.Fatalf("%d and %d images of %v", s.Train.Len(), s.Test.Len(), s.Train.Shape())
	}
	for i, want := range []byte{90, 90, 255} {
		if got := s.Train.Image(i)[9]; got < want-min(want, 2) || int(got) > int(want)+2 {
			t.Errorf("image %d is %d: want %d", i, got, want)
		}
	}
}

func TestReadNamesEveryFault(t *testing.T) {
	good := asPNG(t, plain(4, 4, color.RGBA{1, 2, 3, 255}))
	claims := bytes.Clone(good)
	binary.BigEndian.PutUint32(claims[16:], 8191)
	binary.BigEndian.PutUint32(claims[20:], 8191)
	binary.BigEndian.PutUint32(claims[29:], crc32.ChecksumIEEE(claims[12:29]))
	for name, c := range map[string]struct {
		files map[string][]byte
		want  []string
	}{
		"sizes": {map[string][]byte{"a/1.png": good, "b/2.png": asPNG(t, plain(5, 4, color.RGBA{}))}, []string{"b/2.png: 5×4 pixels, and ", "a/1.png has 4×4: want one size"}},
		"several": {map[string][]byte{"a/1.png": good, "a/2.png": good[:len(good)-20], "b/3.txt": []byte("a word"), "b/4.png": claims, "c/": nil, "d/e/": nil},
			[]string{"a/2.png: picture: ", "b/3.txt: picture: no known format: want PNG or JPEG", "b/4.png: picture: 8191×8191 pixels in", "c: empty: want a picture", "d/e: no file"}},
		"beside":        {map[string][]byte{"a/1.png": good, "b/1.png": good, "lost.png": good}, []string{"lost.png: want nothing but a folder for each class"}},
		"one class":     {map[string][]byte{"a/1.png": good}, []string{"1 folders: want one for each class, two at least"}},
		"other classes": {map[string][]byte{"train/a/1.png": good, "train/b/1.png": good, "test/a/1.png": good, "test/c/1.png": good}, []string{"has the classes a, b, ", "test a, c: want the same"}},
	} {
		dir := write(t, c.files)
		_, err := Read(dir)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), filepath.FromSlash(want)) {
				t.Errorf("%s: error %v: want it to say %q", name, err, want)
			}
		}
	}
	many := map[string][]byte{"a/": nil}
	for _, n := range strings.Split("abcdefghijklmnopqrst", "") {
		many["b/"+n] = []byte("no picture")
	}
	if _, err := Read(write(t, many)); err == nil || strings.Count(err.Error(), "\n") != 10 || !strings.HasSuffix(err.Error(), "folder: and 11 more") {
		t.Errorf("21 faults: error %v: want ten and a count", err)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil || IsFolder(t.TempDir()) {
		t.Error("no folder is one")
	}
}

// TestMemoryInProportion: pictures are kept as bytes, one a value.
func TestMemoryInProportion(t *testing.T) {
	const side = 256
	p := asPNG(t, plain(side, side, color.RGBA{9, 9, 9, 255}))
	files := map[string][]byte{}
	for _, class := range []string{"a/", "b/"} {
		for _, n := range strings.Split("0123456789", "") {
			files[class+n+".png"] = p
		}
	}
	dir := write(t, files)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	kept := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	if most := int64(2 * 20 * side * side); kept > most {
		t.Errorf("%d bytes are kept of 20 images of %d: want at most %d", kept, side*side, most)
	}
	runtime.KeepAlive(s)
}
