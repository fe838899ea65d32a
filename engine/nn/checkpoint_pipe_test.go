//go:build unix

package nn

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestHistoryThatIsAPipe: reading a checkpoint does not wait for who would write to
// what lies in its history's place.
func TestHistoryThatIsAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.npz")
	if err := NewCheckpointFile(path).Write(stepsOf(100)); err != nil {
		t.Fatal(err)
	}
	beside, err := filepath.Glob(path + ".steps-*")
	if err != nil || len(beside) != 1 {
		t.Fatalf("%v, %v: want one history", beside, err)
	}
	if err := os.Remove(beside[0]); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(beside[0], 0o600); err != nil {
		t.Skip(err)
	}
	read, err := ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := read.Encode("w.npz"); err == nil || !strings.Contains(err.Error(), "is cut") {
		t.Errorf("error %v: want one of the history", err)
	}
}
