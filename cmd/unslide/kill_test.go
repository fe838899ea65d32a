package main

import (
	"bufio"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/nn"
)

// kills is how often TestKilled kills, in the environment: 100 for a thorough
// test.
const kills = "UNSLIDE_TEST_KILLS"

// TestKilled: a training that saves at intervals is killed, without a warning,
// at random moments, and each time goes on from its file. The file is always
// whole, is never more than an interval behind, and ends with the bits of a
// training that ran through.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("trains many times")
	}
	times := 3
	if s := os.Getenv(kills); s != "" {
		var err error
		if times, err = strconv.Atoi(s); err != nil || times < 1 {
			t.Fatalf("%s=%s: want a number from 1", kills, s)
		}
	}
	const every = 50
	data, dir := dataDir(t), t.TempDir()
	t.Setenv("TMPDIR", t.TempDir()) // where nothing is to be left
	file, log := filepath.Join(dir, "w.npz"), filepath.Join(dir, "log")
	args := []string{"train", "--data", data, "--network", smallNetwork(t, 8), "--optimizer", "adam", "--order", "shuffled", "--batch", "3",
		"--limit", "3000", "--epochs", strconv.Itoa(2 + times/4), "--test", "20", "--report", "1", "--save-every", strconv.Itoa(every)}
	whole, wholeLog := filepath.Join(t.TempDir(), "w.npz"), filepath.Join(t.TempDir(), "log")
	ok(t, append(args, "--save", whole, "--log", wholeLog)...)
	args = append(args, "--save", file, "--log", log)

	random := rand.New(rand.NewPCG(1, 2))
	killed, lost, ended := 0, 0, false
	for !ended {
		going := args
		if _, err := os.Stat(file); err == nil {
			going = append(slices.Clone(args), "--resume", file)
		}
		cmd := command(dir, going...)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// After so many steps, and somewhere in the next.
		steps, rest := random.IntN(200), time.Duration(random.IntN(3000))*time.Microsecond
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if !strings.HasPrefix(lines.Text(), "step ") {
				continue
			}
			if steps--; steps < 0 && killed < times {
				time.Sleep(rest)
				_ = cmd.Process.Kill()
			}
		}
		if err := cmd.Wait(); err == nil {
			ended = true
			continue
		} else if cmd.ProcessState.ExitCode() >= 0 {
			t.Fatalf("not killed, but %v", err)
		}
		killed++
		// The log, written after the file, tells how far it was.
		done := 0
		for _, line := range wholeLines(t, log) {
			done = max(done, line.Step)
		}
		saved := 0
		if _, err := os.Stat(file); err == nil {
			w, err := nn.ReadWeights(file)
			if err != nil {
				t.Fatalf("killed for the %dth time: %v", killed, err)
			}
			saved = len(w.Training.Losses)
		}
		if saved%every != 0 || done-saved > every {
			t.Fatalf("killed after step %d: the file has %d, want a multiple of %d and at most %d lost", done, saved, every, every)
		}
		lost += max(done-saved, 0)
	}
	if killed < times {
		t.Errorf("killed %d times before the end, want %d", killed, times)
	}
	sameFile(t, file, whole)
	if got, want := losses(readLog(t, log)), losses(readLog(t, wholeLog)); !slices.Equal(got, want) {
		t.Errorf("the log has %d lines: want the %d of a training that ran through", len(got), len(want))
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("%d files are left in the folder for temporary ones: want them beside", len(left))
	}
	beside, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("killed %d times: %d steps taken twice, %d unfinished files left beside", killed, lost, len(beside)-2)
}

// wholeLines reads a log without a last line that was cut.
func wholeLines(t *testing.T, path string) []logLine {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(cut, b[:1+strings.LastIndexByte(string(b), '\n')], 0o644); err != nil {
		t.Fatal(err)
	}
	return readLog(t, cut)
}
