package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// smallNetwork writes the description of a network that trains in no time.
func smallNetwork(t *testing.T, units int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.json")
	text := fmt.Sprintf(`{
  "input": [28, 28, 1],
  "layers": [
    {"conv": {"maps": 3, "kernel": 2, "stride": 2, "centre": [0, 0], "activation": "relu"}},
    {"maxpool": {"kernel": 2}},
    {"conv": {"maps": 4, "kernel": 3, "centre": [1, 1], "activation": "sigmoid"}},
    {"dense": {"units": %d, "activation": "sigmoid"}},
    {"dense": {"units": 10}}
  ]
}`, units)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A logLine is one of --log's.
type logLine struct {
	Step, Epoch, Images, Steps int
	Loss, Accuracy, Seconds    float64
	TestImages                 int     `json:"test_images"`
	TestCorrect                int     `json:"test_correct"`
	TestLoss                   float64 `json:"test_loss"`
}

// trainLogged trains and returns the log.
func trainLogged(t *testing.T, args ...string) []logLine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "log.jsonl")
	ok(t, append([]string{"train", "--report", "1", "--log", path}, args...)...)
	return readLog(t, path)
}

func readLog(t *testing.T, path string) []logLine {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []logLine
	for line := range bytes.Lines(b) {
		var l logLine
		if err := json.Unmarshal(line, &l); err != nil {
			t.Fatalf("%s: %q: %v", path, line, err)
		}
		lines = append(lines, l)
	}
	return lines
}

// losses returns the losses of each step and, last, of the test.
func losses(log []logLine) []float64 {
	var l []float64
	for _, line := range log {
		l = append(l, line.Loss+line.TestLoss)
	}
	return l
}

func TestTrainReports(t *testing.T) {
	data := dataDir(t)
	dir := t.TempDir()
	out := ok(t, "train", "--data", data, "--network", smallNetwork(t, 8), "--limit", "2500", "--test", "100",
		"--log", filepath.Join(dir, "log"), "--save", filepath.Join(dir, "w.npz"))
	for _, want := range []string{
		"training: 1 epoch of 2500 images, batch 1, sgd at rate 0.01\n",
		"\nstep 1000, 1000 of 2500 images: mean loss ",
		"\nstep 2000, 2000 of 2500 images: mean loss ",
		"\nstep 2500, 2500 of 2500 images: mean loss ",
		"\ntrained on 2500 images in ",
		" of 100 images right (",
		"saved to ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the output has no %q:\n%s", want, out)
		}
	}
	log := readLog(t, filepath.Join(dir, "log"))
	if len(log) != 4 || log[2].Step != 2500 || log[2].Steps != 500 || log[1].Images != 2000 || log[3].TestImages != 100 {
		t.Errorf("the log is %+v", log)
	}
	if !strings.Contains(out, fmt.Sprintf("step 1000, 1000 of 2500 images: mean loss %.6f, accuracy %.2f %%", log[0].Loss, 100*log[0].Accuracy)) {
		t.Errorf("the log says loss %v, accuracy %v, but not the output:\n%s", log[0].Loss, log[0].Accuracy, out)
	}

	// Batches: the reports alone.
	out = ok(t, "train", "--data", data, "--network", smallNetwork(t, 8), "--limit", "2500", "--batch", "50", "--report", "20", "--test", "0")
	if n := strings.Count(out, " of 2500 images: mean loss "); n != 3 || strings.Contains(out, "test:") {
		t.Errorf("%d progress lines: want those of steps 20, 40 and 50, and no test:\n%s", n, out)
	}
}

// TestTrainFromTheTop: with no flag but a limit, the article's network trains
// and says how much longer the article's program takes.
func TestTrainFromTheTop(t *testing.T) {
	out := ok(t, "train", "--data", dataDir(t), "--limit", "40", "--test", "50")
	if !regexp.MustCompile(`article's program needs 39 s for as many images \(15 h an epoch\): \d+ times as long`).MatchString(out) {
		t.Errorf("no factor against the article:\n%s", out)
	}
	if !strings.Contains(out, "network: 1982955 parameters, float32") {
		t.Errorf("not the article's network:\n%s", out)
	}
}

func TestTrainOnATerminal(t *testing.T) {
	var out, errs bytes.Buffer
	c := console{out: stream{&out, func() int { return 120 }}, err: stream{Writer: &errs}}
	args := []string{"train", "--data", dataDir(t), "--network", smallNetwork(t, 8), "--limit", "3000", "--test", "100"}
	if status := run(context.Background(), args, c); status != exitOK {
		t.Fatalf("status %d: %s", status, &errs)
	}
	if !regexp.MustCompile(`\[#+-*\] +\d+ %, \d+\.\d s left, loss \d\.\d{3}, accuracy \d+\.\d %, \d+ images/s, \d+ of 3000 images`).Match(out.Bytes()) {
		t.Errorf("no bar in %q", &out)
	}
	if !bytes.Contains(out.Bytes(), []byte("step 2000: mean loss ")) {
		t.Errorf("no report in %q", &out)
	}
}

// TestTrainIsReproducible: neither workers nor the way to the weights changes
// a bit; another seed does.
func TestTrainIsReproducible(t *testing.T) {
	if testing.Short() {
		t.Skip("compares many trainings")
	}
	data := dataDir(t)
	base := []string{"--data", data, "--limit", "30", "--test", "200"}
	with := func(args ...string) []float64 { return losses(trainLogged(t, append(slices.Clone(base), args...)...)) }
	want := with()
	if len(want) != 31 {
		t.Fatalf("%d losses: want 30 steps and a test", len(want))
	}
	for _, args := range [][]string{{"--workers", "1"}, {"--workers", "2"}, {"--workers", "3"}, {"--init", "golden:1"}, {"--order", "natural"}} {
		if got := with(args...); !slices.Equal(got, want) {
			t.Errorf("%v changes the losses: %v, want %v", args, got, want)
		}
	}
	for _, args := range [][]string{{"--seed", "2"}, {"--order", "shuffled"}, {"--lr", "0.02"}, {"--precision", "float64"}} {
		if got := with(args...); slices.Equal(got, want) {
			t.Errorf("%v changes nothing", args)
		}
	}
	// A file with the natural order's first images is the natural order.
	list := filepath.Join(t.TempDir(), "order")
	var lines strings.Builder
	for i := range 30 {
		fmt.Fprintln(&lines, i)
	}
	if err := os.WriteFile(list, []byte(lines.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := with("--order", list); !slices.Equal(got, want) {
		t.Errorf("the order from a file gives %v, want %v", got, want)
	}
}

// TestEnginesTrainAlike: sliding kernels, im2col with BLAS, and what the engine
// chooses give the same losses.
func TestEnginesTrainAlike(t *testing.T) {
	if testing.Short() {
		t.Skip("compares many trainings")
	}
	data, network := dataDir(t), smallNetwork(t, 12)
	base := []string{"--data", data, "--network", network, "--limit", "150", "--test", "150"}
	want := losses(trainLogged(t, append(base, "--engine", "naive")...))
	for _, test := range []struct {
		args []string
		tol  float64
	}{
		{[]string{"--engine", "gemm", "--precision", "float64"}, 1e-10},
		{[]string{"--engine", "auto", "--precision", "float64"}, 1e-10},
		{[]string{"--engine", "gemm"}, 1e-4},
		{[]string{"--engine", "auto"}, 1e-4},
	} {
		got := losses(trainLogged(t, append(slices.Clone(base), test.args...)...))
		if len(got) != len(want) {
			t.Fatalf("%v: %d losses: want %d", test.args, len(got), len(want))
		}
		for i := range want {
			if !(math.Abs(got[i]-want[i]) <= test.tol*want[i]) {
				t.Errorf("%v: loss %d is %v: want %v, as slid", test.args, i+1, got[i], want[i])
				break
			}
		}
	}
}

// TestResume: a training that is extended continues to the bit, whatever the
// engine and optimiser, and the file says how it stands.
func TestResume(t *testing.T) {
	data := dataDir(t)
	for name, flags := range map[string][]string{
		"float32": {"--order", "shuffled", "--batch", "7"},
		"float64": {"--precision", "float64"},
		"adam":    {"--optimizer", "adam", "--batch", "16", "--lr", "0.002"},
		"naive":   {"--engine", "naive"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "w.npz")
			base := append([]string{"--data", data, "--network", smallNetwork(t, 8), "--limit", "60", "--test", "100"}, flags...)
			whole := losses(trainLogged(t, append(base, "--epochs", "3")...))
			first := losses(trainLogged(t, append(base, "--epochs", "1", "--save", path)...))
			resume := []string{"--data", data, "--resume", path, "--epochs", "3", "--test", "100"}
			if name == "naive" {
				resume = append(resume, "--engine", "naive")
			}
			rest := losses(trainLogged(t, resume...))
			steps := len(first) - 1
			if got := slices.Concat(first[:steps], rest); !slices.Equal(got, whole) {
				t.Errorf("stopped after %d steps and resumed: %v, want %v", steps, got, whole)
			}
			// What is done is done.
			out := ok(t, "train", "--data", data, "--resume", path, "--test", "100", "--engine", map[bool]string{true: "naive", false: "auto"}[name == "naive"])
			if !strings.Contains(out, "already trained: 1 epoch, ") {
				t.Errorf("resuming a finished training trains:\n%s", out)
			}
		})
	}
}

// TestEvalAgrees: what train says of the test, eval says of the saved file, in
// either form.
func TestEvalAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("trains or reads the whole data set many times")
	}
	data, dir := dataDir(t), t.TempDir()
	for _, form := range []string{".npz", ".npy"} {
		path := filepath.Join(dir, "w"+form)
		out := ok(t, "train", "--data", data, "--limit", "20", "--test", "1500", "--save", path)
		test := regexp.MustCompile(`test: (\d+ of 1500) images right`)
		want := test.FindStringSubmatch(out)
		digits := filepath.Join(dir, "digits.txt")
		got := test.FindStringSubmatch(ok(t, "eval", path, "--data", data, "--test", "1500", "--predictions", digits))
		if want == nil || got == nil || want[1] != got[1] {
			t.Errorf("%s: train says %v, eval %v", form, want, got)
		}
		b, err := os.ReadFile(digits)
		if err != nil {
			t.Fatal(err)
		}
		if lines := strings.Fields(string(b)); len(lines) != 1500 || strings.Trim(strings.Join(lines, ""), "0123456789") != "" {
			t.Errorf("%s: %d predictions: want 1500 digits", form, len(lines))
		}
	}
}

func TestProfiles(t *testing.T) {
	dir := t.TempDir()
	cpu, mem, trace := filepath.Join(dir, "cpu"), filepath.Join(dir, "mem"), filepath.Join(dir, "trace")
	ok(t, "train", "--data", dataDir(t), "--limit", "100", "--test", "0", "--cpuprofile", cpu, "--memprofile", mem, "--exec-trace", trace)
	for _, path := range []string{cpu, mem, trace} {
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
}
