// Package examples tests the programs below it, built and run as a user would.
package examples

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/internal/golden"
	"github.com/unslide/unslide/internal/needs"
)

// build makes the programs and returns the folder that they lie in.
func build(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", bin+string(filepath.Separator), "./...").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// run runs a program and returns what it prints.
func run(t *testing.T, program string, args ...string) string {
	t.Helper()
	var errs bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(program), err, out, &errs)
	}
	return string(out)
}

// TestOutputs compares what the programs print that print the same everywhere.
func TestOutputs(t *testing.T) {
	bin := build(t)
	for program, want := range map[string]string{
		"blas": "28901376 operations; by the definition 28901376\n",
		"convolution": `edges  [0 27 27 0 0 0 36 36 0 0 0 27 27 0 0]
pixels [-3 -3 3 3 0 -4 -4 4 4 0 -3 -3 3 3 0]
kernel [0 18 36 0 27 54 0 18 36] [6]
`,
	} {
		if got := run(t, filepath.Join(bin, program)); got != want {
			t.Errorf("%s prints\n%swant\n%s", program, got, want)
		}
	}
}

// TestTrainAndClassify trains, and lets what was learned read a picture of each
// digit.
func TestTrainAndClassify(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for an epoch")
	}
	if _, err := mnist.Open(t.Context(), mnist.Options{}); err != nil {
		needs.Skipf(t, "the data set cannot be had here: %v", err)
	}
	bin, dir := build(t), t.TempDir()
	weights := filepath.Join(dir, "digits.npz")
	said := run(t, filepath.Join(bin, "train"), weights)
	last := regexp.MustCompile(`(?s)step 430: loss 0\.\d{3}\n(\d+) of 10000 test images are right\n$`).FindStringSubmatch(said)
	if last == nil {
		t.Fatalf("train prints\n%s", said)
	}
	if right, _ := strconv.Atoi(last[1]); right < 9700 {
		t.Errorf("%d test images are right: want at least 9700", right)
	}

	var pictures, want []string
	for digit := range 10 {
		path := filepath.Join(dir, fmt.Sprintf("%d.png", digit))
		drawDigit(t, path, digit)
		pictures, want = append(pictures, path), append(want, fmt.Sprintf("%s: %d (", path, digit))
	}
	said = run(t, filepath.Join(bin, "classify"), append([]string{weights}, pictures...)...)
	right := 0
	for i, line := range strings.Split(strings.TrimSpace(said), "\n") {
		if strings.HasPrefix(line, want[i]) {
			right++
		}
	}
	if right < 9 {
		t.Errorf("%d of 10 pictures are read right:\n%s", right, said)
	}
}

// drawDigit writes a picture of a digit as somebody wrote it: dark on light, on
// a page three times as wide.
func drawDigit(t *testing.T, path string, digit int) {
	t.Helper()
	const side, margin = 28, 28
	pixels, labels := readGolden(t, "train-5000-5999-images-idx3-ubyte.gz")[16:], readGolden(t, "train-5000-5999-labels-idx1-ubyte.gz")[8:]
	at := bytes.IndexByte(labels, byte(digit))
	page := image.NewGray(image.Rect(0, 0, side+2*margin, side+2*margin))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for i, ink := range pixels[at*side*side:][:side*side] {
		page.SetGray(margin+i%side, margin+i/side, color.Gray{Y: 255 - ink})
	}
	var file bytes.Buffer
	if err := png.Encode(&file, page); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func readGolden(t *testing.T, name string) []byte {
	t.Helper()
	content, err := golden.Read(filepath.Join("../internal/golden/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
