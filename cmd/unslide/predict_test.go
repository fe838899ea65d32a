package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/image/draw"

	"github.com/unslide/unslide/engine/data/mnist"
)

// TestPredict: pictures made of test images, larger, off centre, dark on light
// or light on dark, are read as well as the images themselves.
func TestPredict(t *testing.T) {
	if testing.Short() {
		t.Skip("trains or reads the whole data set many times")
	}
	data, dir := dataDir(t), t.TempDir()
	weights := filepath.Join(dir, "w.npz")
	ok(t, "train", "--data", data, "--network", "strong", "--optimizer", "adam", "--lr", "0.003", "--batch", "32",
		"--order", "shuffled", "--limit", "3200", "--test", "0", "--save", weights)
	set, err := mnist.Open(context.Background(), mnist.Options{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	const pictures = 30
	args := []string{"predict", "--weights", weights}
	for i := range pictures {
		args = append(args, writePicture(t, dir, i, set.Test.Image(i)))
	}
	lines := strings.Split(strings.TrimSpace(ok(t, args...)), "\n")
	if len(lines) != pictures {
		t.Fatalf("%d lines: want %d", len(lines), pictures)
	}
	form := regexp.MustCompile(`: (\d) \((\d+\.\d) %\)(?:  ?\d:[01]\.\d{3}){10}$`)
	right := 0
	for i, line := range lines {
		m := form.FindStringSubmatch(strings.ReplaceAll(line, "   ", "  "))
		if m == nil {
			t.Fatalf("the line %q has not the form %v", line, form)
		}
		if m[1] == fmt.Sprint(set.Test.Label(i)) {
			right++
		}
	}
	if right < pictures*8/10 {
		t.Errorf("%d of %d pictures are read right:\n%s", right, pictures, strings.Join(lines, "\n"))
	}

	// A bad picture is named, and the others are read all the same.
	bad := filepath.Join(dir, "bad.png")
	if err := os.WriteFile(bad, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	status, out, errs := unslide(t, "predict", "--weights", weights, args[3], bad, args[4])
	if status != exitFail || strings.Count(out, "\n") != 2 || !strings.HasPrefix(errs, "unslide: "+bad+": ") {
		t.Errorf("with a bad picture: status %d, %q, %q", status, out, errs)
	}
}

// writePicture draws a digit on a page.
func writePicture(t *testing.T, dir string, i int, pixels []byte) string {
	t.Helper()
	digit := &image.Gray{Pix: pixels, Stride: 28, Rect: image.Rect(0, 0, 28, 28)}
	side := 60 + 37*(i%7)
	page := image.NewGray(image.Rect(0, 0, side+50+11*(i%5), side+30+17*(i%3)))
	at := image.Rect(0, 0, side, side).Add(image.Pt(3*(i%8), 2*(i%6)))
	draw.CatmullRom.Scale(page, at, digit, digit.Rect, draw.Src, nil)
	if i%2 == 0 {
		for p := range page.Pix {
			page.Pix[p] = 255 - page.Pix[p]
		}
	}
	var img image.Image = page
	if i%3 == 0 { // ink in colour
		tinted := image.NewRGBA(page.Rect)
		for p, v := range page.Pix {
			tinted.Set(p%page.Stride, p/page.Stride, color.RGBA{v / 2, v, 255 - v/8, 255})
		}
		if i%2 == 0 {
			img = tinted
		}
	}
	name := fmt.Sprintf("digit%02d.png", i)
	encode := func(f *os.File) error { return png.Encode(f, img) }
	if i%4 == 1 {
		name = fmt.Sprintf("digit%02d.jpg", i)
		encode = func(f *os.File) error { return jpeg.Encode(f, img, nil) }
	}
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := encode(f); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}
