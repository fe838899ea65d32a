package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWritesApart: a file that is named twice is not written over.
func TestWritesApart(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"w.npz", "net.json", "log"} {
		if err := os.WriteFile(name, []byte("1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("w.npz", "link"); err != nil {
		t.Fatal(err)
	}
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	before := contents(t, ".")
	for line, want := range map[string]string{
		"eval w.npz --predictions w.npz":                        "--predictions " + dir + "/w.npz: want another file than weights",
		"eval link --predictions ./w.npz":                       "want another file than weights",
		"eval w.npz --predictions p --memprofile " + dir + "/p": "--memprofile " + dir + "/p: want another file than --predictions",
		"train --resume w.npz --log w.npz":                      "--log " + dir + "/w.npz: want another file than --resume",
		"train --init w.npz --cpuprofile w.npz":                 "want another file than --init",
		"train --save new.npz --log new.npz":                    "want another file than --save",
		"train --network net.json --log net.json":               "want another file than --network",
		"train --order log --log log":                           "want another file than --order",
		"predict --weights w.npz a.png --exec-trace a.png":      "want another file than images",
		"slide --out a.gif --out a.svg --out a.gif":             "--out " + dir + "/a.gif: want another file than --out",
	} {
		status, _, errs := unslide(t, strings.Fields(line)...)
		if want = filepath.FromSlash(want); status != exitUsage || !strings.Contains(errs, want) {
			t.Errorf("%s: status %d, says %q: want %d, %q", line, status, errs, exitUsage, want)
		}
	}
	for _, line := range []string{
		"train --resume w.npz --save w.npz", "train --init w.npz --save w.npz",
		"eval w.npz --cpuprofile " + os.DevNull + " --memprofile " + os.DevNull, "bench nowhere --json - --go-test -",
	} {
		if _, _, errs := unslide(t, strings.Fields(line)...); errs == "" || strings.Contains(errs, "another file") {
			t.Errorf("%s: says %q: want it to go on", line, errs)
		}
	}
	if after := contents(t, "."); !slices.Equal(after, before) {
		t.Errorf("the files changed: %v, before %v", after, before)
	}
}
