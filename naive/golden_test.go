package naive

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// The golden files read here were computed by the article's own program, the
// images and labels are MNIST's training images 5000…5999.

// readGolden returns the unpacked content of a golden file.
func readGolden(tb testing.TB, name string) []byte {
	tb.Helper()
	f, err := os.Open(filepath.Join("../internal/golden/testdata", name+".gz"))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(z)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// readLines decodes a file of one JSON object a line and fails unless there are
// want of them.
func readLines[T any](tb testing.TB, name string, want int) (cases []T) {
	tb.Helper()
	lines := bufio.NewScanner(bytes.NewReader(readGolden(tb, name)))
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var c T
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			tb.Fatalf("%s line %d: %v", name, len(cases)+1, err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		tb.Fatal(err)
	}
	if len(cases) != want {
		tb.Fatalf("%s: %d cases, want %d", name, len(cases), want)
	}
	return cases
}

// readImages returns the training images as the article's program sees them,
// pixel/255 in float32, and their labels.
func readImages(tb testing.TB) (images []Map, labels []byte) {
	tb.Helper()
	pixels := readGolden(tb, "train-5000-5999-images-idx3-ubyte")
	labels = readGolden(tb, "train-5000-5999-labels-idx1-ubyte")
	if binary.BigEndian.Uint32(pixels) != 0x803 || binary.BigEndian.Uint32(labels) != 0x801 {
		tb.Fatal("not IDX files of images and labels")
	}
	pixels, labels = pixels[16:], labels[8:]
	if len(labels) != 1000 || len(pixels) != 1000*28*28 {
		tb.Fatalf("%d pixels and %d labels, want 1000 images of 28×28", len(pixels), len(labels))
	}
	for ; len(pixels) > 0; pixels = pixels[28*28:] {
		values := make([]float64, 28*28)
		for i := range values {
			values[i] = float64(float32(pixels[i]) / 255)
		}
		images = append(images, MapOf(28, 28, values))
	}
	return images, labels
}

// diff returns how far the values are from those wanted: the largest difference
// divided by the wanted value, NaN if any value is NaN.
func diff(got, want []float64) (worst float64) {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	for i, w := range want {
		if got[i] != w {
			// max returns NaN if either is.
			worst = max(worst, math.Abs(got[i]-w)/math.Abs(w))
		}
	}
	return worst
}

// diffMaps is diff for lists of maps; maps of other sizes differ infinitely.
func diffMaps(got, want []Map) (worst float64) {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	for m := range want {
		if got[m].Rows() != want[m].Rows() {
			return math.Inf(1)
		}
		for i := range want[m] {
			worst = max(worst, diff(got[m][i], want[m][i]))
		}
	}
	return worst
}
