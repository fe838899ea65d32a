package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/nn"
)

// full is an output that takes so many bytes.
type full struct {
	room int
	err  error
}

func (f *full) Write(b []byte) (int, error) {
	if len(b) > f.room {
		return 0, f.err
	}
	f.room -= len(b)
	return len(b), nil
}

// TestOutputThatFails: every command ends with status 1 and one line, or none
// where the reader has gone.
func TestOutputThatFails(t *testing.T) {
	data, dir := dataDir(t), t.TempDir()
	saved := filepath.Join(dir, "w.npz")
	ok(t, "train", "--data", data, "--network", smallNetwork(t, 8), "--limit", "20", "--test", "0", "--save", saved)
	for _, line := range []string{
		"", "version", "info", "slide", "train --help",
		"data --data " + data, "eval " + saved + " --data " + data + " --test 10",
	} {
		for err, says := range map[error]string{syscall.ENOSPC: "unslide: no space left on device\n", syscall.EPIPE: ""} {
			var errs bytes.Buffer
			c := console{out: stream{Writer: &full{0, err}}, err: stream{Writer: &errs}}
			if status := run(context.Background(), strings.Fields(line), c); status != exitFail || errs.String() != says {
				t.Errorf("unslide %s: status %d, says %q: want %d, %q", line, status, &errs, exitFail, says)
			}
		}
	}
}

// TestSavesFirst: whatever else fails, the weights are there, and it is told.
func TestSavesFirst(t *testing.T) {
	data, dir := dataDir(t), t.TempDir()
	network := smallNetwork(t, 8)
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	for name, test := range map[string]struct {
		flags []string
		out   int // bytes that the output takes
		steps int // that must be in the file, at least
		says  []string
	}{
		"memory profile": {[]string{"--memprofile", "/dev/full"}, 1 << 20, 200, []string{"--memprofile: "}},
		"all of them": {[]string{"--memprofile", "/dev/full", "--cpuprofile", "/dev/full", "--exec-trace", "/dev/full", "--log", "/dev/full"}, 1 << 20, 200,
			[]string{"--memprofile: ", "--cpuprofile: ", "--exec-trace: ", "--log: "}},
		"output":         {nil, 500, 1, []string{"interrupted after step ", "unslide: no space left on device"}},
		"output's begin": {nil, 0, 0, []string{"interrupted after step 0 of 200", "unslide: no space left on device"}},
	} {
		path := filepath.Join(dir, name+".npz")
		var errs bytes.Buffer
		args := append([]string{"train", "--data", data, "--network", network, "--limit", "200", "--test", "20", "--report", "1", "--save", path}, test.flags...)
		c := console{out: stream{Writer: &full{test.out, syscall.ENOSPC}}, err: stream{Writer: &errs}}
		if status := run(context.Background(), args, c); status != exitFail {
			t.Errorf("%s: status %d, want %d", name, status, exitFail)
		}
		for _, says := range test.says {
			if !strings.Contains(errs.String(), says) {
				t.Errorf("%s: says %q: want %q too", name, &errs, says)
			}
		}
		w, err := nn.ReadWeights(path)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if steps := len(w.Training.Losses); steps < test.steps {
			t.Errorf("%s: the file has %d steps, want %d", name, steps, test.steps)
		}
	}
}

// TestSavesElsewhere: what cannot be saved under its name any more is saved
// where it can be.
func TestSavesElsewhere(t *testing.T) {
	data := dataDir(t)
	t.Chdir(t.TempDir())
	if err := os.Mkdir("gone", 0o755); err != nil {
		t.Fatal(err)
	}
	remove := writerFunc(func(b []byte) (int, error) {
		if bytes.HasPrefix(b, []byte("step 1,")) {
			return len(b), os.RemoveAll("gone")
		}
		return len(b), nil
	})
	var errs bytes.Buffer
	args := []string{"train", "--data", data, "--network", smallNetwork(t, 8), "--limit", "20", "--test", "0", "--report", "1",
		"--save", "gone/w.npz", "--save-every", "7"}
	status := run(context.Background(), args, console{out: stream{Writer: remove}, err: stream{Writer: &errs}})
	files, err := filepath.Glob("unslide-*.npz")
	if err != nil || status != exitFail || len(files) != 1 || strings.Count(errs.String(), "\n") != 2+1 {
		t.Fatalf("status %d, files %v, says %q: want %d, one, and two failures at intervals and one at the end", status, files, &errs, exitFail)
	}
	if w, err := nn.ReadWeights(files[0]); err != nil || len(w.Training.Losses) != 20 {
		t.Errorf("%s: %v, %v: want 20 steps", files[0], w, err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

// TestDivergenceSavesNothing: the good weights that were there stay.
func TestDivergenceSavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("trains many times")
	}
	data, dir := dataDir(t), t.TempDir()
	path := filepath.Join(dir, "w.npz")
	ok(t, "train", "--data", data, "--network", smallNetwork(t, 8), "--limit", "20", "--test", "0", "--save", path)
	before := contents(t, dir)
	for _, flags := range [][]string{
		{"--limit", "1", "--lr", "1e30"},
		{"--limit", "1", "--lr", "1e30", "--precision", "float64"},
		{"--limit", "1", "--lr", "1e30", "--engine", "naive", "--network", smallNetwork(t, 8)},
		{"--limit", "500", "--lr", "1e20", "--network", "strong", "--save-every", "1"},
		{"--limit", "64", "--lr", "1e25", "--batch", "32", "--optimizer", "adam", "--network", "strong"},
	} {
		status, out, errs := unslide(t, append([]string{"train", "--data", data, "--save", path}, flags...)...)
		if status != exitFail || !strings.Contains(errs, "want a smaller rate than 1e+") || !strings.HasSuffix(errs, "; nothing is saved\n") || strings.Contains(out, "saved to") {
			t.Errorf("%v: status %d, says %q: want %d and what is wrong", flags, status, errs, exitFail)
		}
		if after := contents(t, dir); !slices.Equal(after, before) {
			t.Errorf("%v: the files changed: %q, before %q", flags, after, before)
		}
	}
}

// TestFormThatCannotSay: it is refused before anything is trained.
func TestFormThatCannotSay(t *testing.T) {
	data, dir := dataDir(t), t.TempDir()
	tanh := filepath.Join(dir, "tanh.json")
	n := nn.Article()
	conv := n.Layers[2].Op.(nn.Conv)
	conv.Activation = engine.None
	n.Layers[2].Op = conv
	if err := os.WriteFile(tanh, n.JSON(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, network := range []string{tanh, "experiment", "strong"} {
		path := filepath.Join(dir, "w.npy")
		status, out, errs := unslide(t, "train", "--data", data, "--limit", "10", "--network", network, "--save", path)
		if status != exitFail || out != "" || !strings.Contains(errs, "want a name that ends in .npz") {
			t.Errorf("%s: status %d, output %q, says %q: want %d and what to do", network, status, out, errs, exitFail)
		}
		if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %s: %v: want none", network, path, err)
		}
	}
}

// TestLogThatGoesOn: the lines up to the step that a training goes on from are
// kept, not what comes again.
func TestLogThatGoesOn(t *testing.T) {
	const first, second, test, third = `{"step":10,"loss":1}` + "\n", `{"step":20,"loss":1}` + "\n", `{"test_images":5}` + "\n", `{"step":30}` + "\n"
	for _, c := range []struct {
		log   string
		taken int
		want  string
	}{
		{first + second + test, 20, first + second + test},
		{first + second + test + third, 25, first + second + test},
		{first + second, 19, first},
		{first + second[:7], 20, first},
		{"not ours\n" + first, 10, "not ours\n" + first},
		{first, 5, ""},
		{"", 5, ""},
	} {
		if n := logged([]byte(c.log), c.taken); c.log[:n] != c.want {
			t.Errorf("after step %d %q is kept of %q, want %q", c.taken, c.log[:n], c.log, c.want)
		}
	}
}

// TestPicturesOutliveTheOutput: what was measured is drawn although nobody
// reads the figures.
func TestPicturesOutliveTheOutput(t *testing.T) {
	if testing.Short() {
		t.Skip("trains many times")
	}
	data, network := dataDir(t), smallNetwork(t, 8)
	for _, line := range []string{
		"compare --steps 20 --window 2 --test 10",
		"timeline --steps 2 --images 1 --python none --layers none",
	} {
		out := filepath.Join(t.TempDir(), "o")
		steps := writerFunc(func(b []byte) (int, error) {
			if bytes.HasSuffix(b, []byte(" steps\n")) {
				return len(b), nil
			}
			return 0, syscall.EPIPE
		})
		var errs bytes.Buffer
		args := append(strings.Fields(line), "--data", data, "--network", network, "--out", out)
		if status := run(context.Background(), args, console{out: stream{Writer: steps}, err: stream{Writer: &errs}}); status != exitFail || errs.Len() > 0 {
			t.Errorf("%s: status %d, says %q: want %d and nothing", line, status, &errs, exitFail)
		}
		isPicture(t, out)
	}
}

// stoppedJob is a training that was stopped after 9 of 20 steps.
type stoppedJob struct{ job }

func (stoppedJob) taken() int              { return 9 }
func (stoppedJob) steps() int              { return 20 }
func (stoppedJob) diverged() error         { return nil }
func (stoppedJob) checkpoint() *nn.Weights { return &nn.Weights{Training: &nn.Training{}} }

// TestInterruptedWhereNothingCanBeSaved: the error says what is left.
func TestInterruptedWhereNothingCanBeSaved(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("TMPDIR", none)
	t.Setenv("TMP", none) // Windows
	folder := t.TempDir()
	t.Chdir(folder)
	if err := os.Remove(folder); err != nil {
		t.Skip(err) // a folder that is in use stays
	}
	path := filepath.Join(none, "w.npz")
	for saved, want := range map[string]string{"": "; nothing is saved\n", path: "; " + path + " has step 5\n"} {
		s := saver{job: stoppedJob{}, train: &trainCmd{Save: path}, file: nn.NewCheckpointFile(path), path: saved, step: 5}
		if err := s.interrupted(); err == nil || !strings.HasPrefix(err.Error(), "interrupted after step 9 of 20"+want) {
			t.Errorf("%v: want it to begin with %q", err, want)
		}
	}
}
