package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("compares many trainings")
	}
	data, dir := dataDir(t), t.TempDir()
	losses := filepath.Join(dir, "run.json")
	if err := os.WriteFile(losses, []byte(`{"loss": [1.32, 8.02, 8.54]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	out := ok(t, "compare", "--data", data, "--network", smallNetwork(t, 20), "--beside", "experiment",
		"--steps", "20", "--window", "2", "--test", "50", "--with", "Another="+losses, "--out", filepath.Join(dir, "c"))
	for _, want := range []string{
		"20 of 20 steps\n", "sliding ", "float64 ", "float32 ", "experiment ", "Another ", "of 50", "conv_w_1",
		"sliding and float64 give 0 of 50 test images different digits", "c.png and ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("compare does not say %q:\n%s", want, out)
		}
	}
	isPicture(t, filepath.Join(dir, "c"))
	for _, want := range []string{"× sliding", "sliding: sliding kernels, float64, one goroutine\n", "float32: the engine, float32, "} {
		if !strings.Contains(out, want) {
			t.Errorf("compare does not say what its factors compare, %q:\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if n := utf8.RuneCountInString(line); n > 81 && !strings.Contains(line, dir) && !strings.Contains(line, "different digits") {
			t.Errorf("a line of %d columns: %s", n-1, line)
		}
	}
}

func TestTimeline(t *testing.T) {
	if testing.Short() {
		t.Skip("compares many trainings")
	}
	data, dir := dataDir(t), t.TempDir()
	trace := filepath.Join(dir, "trace.json")
	out := ok(t, "timeline", "--data", data, "--network", smallNetwork(t, 20), "--batch", "2", "--steps", "5", "--images", "2",
		"--python-images", "1", "--layers", "article:conv1", "--trace", trace, "--out", filepath.Join(dir, "t"))
	for _, want := range []string{
		"Go, sliding: ", "Go, im2col and GEMM: ", "Go, the engine's choice: ", "conv_2 backward", "between layers", "convolutions take", "Go, sliding (float64, one goroutine) → Go, im2col and GEMM (float32, ", "× as fast",
		"article:conv1", "gradient to the filter", trace,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("timeline does not say %q:\n%s", want, out)
		}
	}
	if !strings.Contains(out, "Python, sliding: ") { // measured, or why not
		t.Errorf("timeline says nothing of Python:\n%s", out)
	}
	isPicture(t, filepath.Join(dir, "t"))
	isPicture(t, filepath.Join(dir, "t-layers"))
	if b, err := os.ReadFile(trace); err != nil || !strings.Contains(string(b), `"traceEvents"`) {
		t.Errorf("trace: %v, %.100s", err, b)
	}
}

// isPicture checks that NAME.png and NAME.svg are there.
func isPicture(t *testing.T, name string) {
	t.Helper()
	for file, begin := range map[string]string{name + ".png": "\x89PNG", name + ".svg": "<?xml"} {
		if b, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(b), begin) {
			t.Errorf("%s: %v, begins with %.8q", file, err, b)
		}
	}
}

func TestCompareAndTimelineRefuse(t *testing.T) {
	for _, c := range []struct {
		status int
		args   string
		says   string
	}{
		{exitUsage, "compare --steps 0", "--steps 0: want 1 to 55000"},
		{exitUsage, "compare --window 1001", "--window 1001: want 1 to 1000"},
		{exitUsage, "compare --runs float16", `--runs "float16": want some of sliding, float64, float32`},
		{exitUsage, "compare --lr nan", "--lr NaN: want"},
		{exitUsage, "compare --test 10001", "--test 10001: want 0 to 10000"},
		{exitFail, "compare --with gone.json", "--with: open gone.json"},
		{exitUsage, "compare --network gone.json", "gone.json"},
		{exitFail, "compare --out gone/c", "gone/c.png: no such file"},
		{exitUsage, "timeline --batch 0", "--batch 0: want 1 to 55000"},
		{exitUsage, "timeline --python-images 0", "--python-images 0: want 1 to 55000"},
		{exitUsage, "timeline --workers=-1", "--workers -1: want 0"},
		{exitUsage, "timeline --layers lenet:gone", "--layers lenet:gone: want one of lenet's c1"},
		{exitFail, "timeline --trace gone/t.json", "gone/t.json: no such file"},
		{exitFail, "timeline --layers none --out gone/t", "gone/t.png: no such file"},
		{exitFail, "bench --json gone/b.json", "gone/b.json: no such file"},
		{exitFail, "bench --chart gone", "gone: want a folder"},
		{exitFail, "eval w.npz --predictions gone/p", "gone/p: no such file"},
	} {
		status, out, errs := unslide(t, strings.Fields(c.args)...)
		if status != c.status || out != "" || !strings.Contains(errs, c.says) || strings.Count(errs, "\n") != 1 {
			t.Errorf("unslide %s: status %d, output %q, says %q: want %d and one line with %q", c.args, status, out, errs, c.status, c.says)
		}
	}
}
