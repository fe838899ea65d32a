//go:build unix

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A network may come through a pipe, as the shell's <(…) gives one, which can be
// read once.
func TestNetworkThroughAPipe(t *testing.T) {
	if testing.Short() {
		t.Skip("measures")
	}
	network, err := os.ReadFile(smallNetwork(t, 20))
	if err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"compare":  {"--steps", "5", "--test", "5"},
		"timeline": {"--steps", "2", "--images", "1", "--python", "none", "--layers", "none"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			pipe := filepath.Join(dir, "network.json")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Skip(err)
			}
			go func() {
				for text := network; ; text = nil { // a second reader gets nothing
					f, err := os.OpenFile(pipe, os.O_WRONLY, 0)
					if err != nil {
						return
					}
					_, _ = f.Write(text)
					_ = f.Close()
				}
			}()
			ok(t, append([]string{name, "--data", dataDir(t), "--network", pipe, "--out", filepath.Join(dir, "p")}, args...)...)
		})
	}
}
