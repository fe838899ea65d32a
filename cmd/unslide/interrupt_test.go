package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterrupt: a training in a process of its own is interrupted, says how to
// go on, and that does go on to the same losses.
func TestInterrupt(t *testing.T) {
	if testing.Short() {
		t.Skip("trains or reads the whole data set many times")
	}
	data := dataDir(t)
	network := smallNetwork(t, 8)
	want := losses(trainLogged(t, "--data", data, "--network", network, "--limit", "3000", "--test", "50"))
	for name, test := range map[string]struct {
		signal os.Signal
		flags  []string
	}{
		"Ctrl-C with --save": {os.Interrupt, []string{"--save", "w.npz"}},
		"Ctrl-C without":     {os.Interrupt, nil},
		"terminated":         {syscall.SIGTERM, nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			args := append([]string{"train", "--data", data, "--network", network, "--limit", "3000", "--test", "50", "--report", "1", "--log", "first"}, test.flags...)
			errs, status := interrupted(t, dir, test.signal, args...)
			m := regexp.MustCompile(`(?m)^unslide: interrupted after step (\d+) of 3000, saved to (\S+); to go on: unslide (.*)$`).FindStringSubmatch(errs)
			if status != exitFail || m == nil {
				t.Fatalf("status %d, says %q: want %d and how to go on", status, errs, exitFail)
			}
			rest := command(dir, append(strings.Fields(m[3]), "--log", "rest", "--report", "1", "--test", "50", "--data", data)...)
			if out, err := rest.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v: %s", m[3], err, out)
			}
			first, second := readLog(t, filepath.Join(dir, "first")), readLog(t, filepath.Join(dir, "rest"))
			if got := losses(slices.Concat(first, second)); !slices.Equal(got, want) {
				t.Errorf("interrupted after %s steps and resumed: %d losses, want the same %d", m[1], len(got), len(want))
			}
		})
	}
}

// command runs the test binary as unslide.
func command(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1")
	return cmd
}

// interrupted runs unslide, sends it a signal once it trains, and returns what
// it said and its exit status.
func interrupted(t *testing.T, dir string, signal os.Signal, args ...string) (errs string, status int) {
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
	sent := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if !sent && strings.HasPrefix(lines.Text(), "step 200,") {
			sent = true
			if err := cmd.Process.Signal(signal); err != nil {
				t.Error(err)
			}
		}
	}
	_ = cmd.Wait() // the status says it
	return e.String(), cmd.ProcessState.ExitCode()
}
