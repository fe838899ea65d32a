package main

import (
	"bufio"
	"bytes"
	"cmp"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/engine/nn"
)

// TestInterrupt: a training in a process of its own is stopped, says how to go
// on, and that line, run by a shell in another folder, ends with the same bits
// as a training that was not stopped. Its log is then one log.
func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("trains many times")
	}
	// Names that a shell takes apart unless they are quoted.
	dir := filepath.Join(t.TempDir(), `it's a "folder" of $HOME`)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "the data")
	if err := os.Symlink(dataDir(t), data); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		// One whose fast algorithms give other bits.
		"the network.json": `{"input": [28, 28, 1], "layers": [{"conv": {"maps": 32, "kernel": 3, "activation": "relu"}},
			{"conv": {"maps": 32, "kernel": 3, "activation": "relu"}}, {"maxpool": {"kernel": 2}}, {"dense": {"units": 10}}]}`,
		"the order": strings.Repeat("9\n77\n501\n8\n", 50),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	small := []string{"--network", smallNetwork(t, 8)}
	ok(t, append([]string{"train", "--data", data, "--limit", "100", "--epochs", "2", "--lr", "0.03", "--order", "shuffled", "--seed", "7", "--test", "0",
		"--init", "golden:3", "--save", filepath.Join(dir, "begun.npz")}, small...)...)

	closePipe := func(_ *os.Process, out io.Closer) error { return out.Close() }
	asking := askingSignals()
	for name, test := range map[string]struct {
		stop  func(*os.Process, io.Closer) error
		save  string
		flags []string
	}{
		"article's form": {sendsTwice(os.Interrupt), "w.npy", append(small, "--lr", ".05", "--limit", "150", "--epochs", "20", "--precision", "float64")},
		"npz to npy":     {sends(asking[0]), "w.npy", []string{"--resume", "begun.npz", "--epochs", "40"}},
		"files": {closePipe, "w.npz", []string{"--network", "the network.json", "--order", "the order", "--fast",
			"--optimizer", "adam", "--schedule", "one-cycle", "--batch", "2"}},
		"unnamed": {sends(asking[len(asking)-1]), "", append(small, "--engine", "naive", "--limit", "200", "--init", "golden:2")},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"train", "--data", data, "--test", "50"}, test.flags...)
			whole := filepath.Join(dir, "whole "+cmp.Or(test.save, "w.npz"))
			wholeLog := filepath.Join(t.TempDir(), "log")
			t.Chdir(dir)
			ok(t, append(args, "--report", "1", "--save", whole, "--log", wholeLog)...)

			log := filepath.Join(dir, name+" log")
			args = append(args, "--report", "1", "--log", log)
			if test.save != "" {
				args = append(args, "--save", name+test.save)
			}
			errs, status := stopped(t, dir, test.stop, args...)
			m := regexp.MustCompile(`(?m)^unslide: interrupted after step (\d+) of (\d+), saved to (.*); to go on: (.*)$`).FindStringSubmatch(errs)
			if status != exitFail || m == nil || m[1] == m[2] {
				t.Fatalf("status %d, says %q: want %d and, before the end, how to go on", status, errs, exitFail)
			}
			line, saved := m[4], m[3]
			if test.save == "" {
				saved = filepath.Join(dir, saved)
			}
			shell := exec.Command("sh", "-c", line)
			shell.Dir, shell.Env = t.TempDir(), append(os.Environ(), asCommand+"=1")
			if out, err := shell.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", line, err, out)
			}
			sameFile(t, saved, whole)
			if got, want := losses(readLog(t, log)), losses(readLog(t, wholeLog)); !slices.Equal(got, want) {
				t.Errorf("the log has %d losses: want the %d of a training that was not stopped", len(got), len(want))
			}
		})
	}
}

func sends(s os.Signal) func(*os.Process, io.Closer) error {
	return func(p *os.Process, _ io.Closer) error { return p.Signal(s) }
}

// sendsTwice sends a signal as timeout does, and an impatient finger.
func sendsTwice(s os.Signal) func(*os.Process, io.Closer) error {
	return func(p *os.Process, _ io.Closer) error {
		err := p.Signal(s)
		time.Sleep(5 * time.Millisecond)
		_ = p.Signal(s) // may be gone
		return err
	}
}

// sameFile compares parameters, history and settings of two weights files.
func sameFile(t *testing.T, got, want string) {
	t.Helper()
	g, err := nn.ReadWeights(got)
	if err != nil {
		t.Fatal(err)
	}
	w, err := nn.ReadWeights(want)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Training.Losses) == 0 || !reflect.DeepEqual(g, w) {
		t.Errorf("%d steps, not to the bits of the %d that were not stopped", len(g.Training.Losses), len(w.Training.Losses))
	}
}

// command runs the test binary as unslide.
func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// stopped runs unslide, stops it once it trains, and returns what it said and
// its exit status.
func stopped(t *testing.T, dir string, stop func(*os.Process, io.Closer) error, args ...string) (errs string, status int) {
	t.Helper()
	cmd := command(dir, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var e bytes.Buffer
	cmd.Stderr = &e
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	guard := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	defer guard.Stop()
	steps := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !strings.HasPrefix(lines.Text(), "step ") {
			continue
		}
		if steps++; steps == 60 {
			if err := stop(cmd.Process, out); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait() // the status says it
	return e.String(), cmd.ProcessState.ExitCode()
}
