package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unslide/unslide/bench/slide"
)

func TestSlide(t *testing.T) {
	dir := t.TempDir()
	input := filepath.Join(dir, "input.txt")
	if err := os.WriteFile(input, []byte("1 2 3\n4 5 6\n7 8 9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := ok(t, "slide", "--mode", "convolution", "--centre", "1,1", "--input", input, "--kernel", "1 0; 2 -1", "--stride", "2", "--out", filepath.Join(dir, "s.gif"))
	for _, want := range []string{"kernel, turned by 180°", "y[0,0] = 1·(−1) + 2·2 + 4·0 + 5·1 = 8", "im2col", "the results are equal: all 4 outputs", "s.gif, 9 frames"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output has no %q:\n%s", want, out)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "s.gif")); err != nil || info.Size() < 1000 {
		t.Errorf("the animation: %v, %v", info, err)
	}
	// A minus begins no flag, and is read as it is printed.
	for _, kernel := range []string{"-1 0; 0 1", "−1 0; 0 1"} {
		if out := ok(t, "slide", "--kernel", kernel); !strings.Contains(out, "y[0,0] = 1·(−1) + 2·0 + 4·0 + 5·1 = 4") {
			t.Errorf("--kernel %q:\n%s", kernel, out)
		}
	}
	if out := ok(t, "slide", "maps", "--bias", "-2,−3"); !strings.Contains(out, "output map 1") {
		t.Errorf("--bias of two negative numbers:\n%s", out)
	}
	for _, demo := range slide.Demos() {
		if out := ok(t, "slide", demo); len(out) < 500 {
			t.Errorf("%s shows little:\n%s", demo, out)
		}
	}
	if out := ok(t, "slide", "pool", "--quiet"); out != "" {
		t.Errorf("--quiet says %q", out)
	}
	for args, says := range map[string]string{
		"slide tango":                     `must be one of "convolution"`,
		"slide --mode up":                 `--mode "up": want correlation or convolution`,
		"slide --centre 1":                `--centre "1": want two whole numbers`,
		"slide --centre 1,1x":             `--centre "1,1x": want two whole numbers`,
		"slide --centre -1,0":             `--centre "-1,0": want two whole numbers from 0`,
		"slide --window 2,x pool":         `--window "2,x": want two whole numbers`,
		"slide --window 0,0 pool":         `--window "0,0": want two whole numbers from 1`,
		"slide --window 2,2":              "--window: want it for pool only, not for convolution",
		"slide --kernel 1 pool":           "--kernel: want it for convolution, gradient, maps only, not for pool",
		"slide --mode convolution centre": "--mode: want it for convolution, gradient, maps, pool only, not for centre",
		"slide --stride 0":                "--stride 0: want 1 or more",
		"slide --stride -2":               "--stride -2: want 1 or more",
		"slide --input 1,2;3":             "row 2 has 1 elements: want 2",
		"slide --stride=-1":               "--stride -1: want 1 or more",
		"slide --delay 1ns":               "--delay 1ns: want 20ms to 1m",
		"slide --out picture.bmp":         "want a name that ends in .gif, .svg or .png",
		"slide --bias x maps":             "--bias: ",
		"slide --kernel none.txt --quiet": `"none.txt": want a number`,
	} {
		status, _, errs := unslide(t, strings.Fields(args)...)
		if status != exitUsage || !strings.Contains(errs, says) || strings.Count(errs, "\n") != 1 {
			t.Errorf("unslide %s: status %d, says %q: want %d and one line with %q", args, status, errs, exitUsage, says)
		}
	}
	// A centre outside the kernel, a picture into nowhere.
	for _, args := range [][]string{{"slide", "--centre", "5,5"}, {"slide", "--quiet", "--out", filepath.Join(dir, "none", "s.svg")}} {
		if status, _, errs := unslide(t, args...); status != exitFail || strings.Count(errs, "\n") != 1 {
			t.Errorf("unslide %v: status %d, says %q: want %d and one line", args, status, errs, exitFail)
		}
	}
}
