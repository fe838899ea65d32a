package lint

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAssemblyIsUpToDate runs the //go:generate lines of engine/kernel in a
// copy of its generator and compares what they write with what is checked in.
func TestAssemblyIsUpToDate(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the generator: left out with -short")
	}
	kernels := filepath.Join(root(t), "engine", "kernel")
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "_asm"), os.DirFS(filepath.Join(kernels, "_asm"))); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "-C", filepath.Join(dir, "_asm"), "mod", "download").CombinedOutput(); err != nil {
		t.Skipf("the generator's modules cannot be had: %v: %s", err, out)
	}

	made := map[string]bool{}
	for _, f := range sourceFiles(t) {
		if f.pkg != "engine/kernel" {
			continue
		}
		for _, group := range f.ast.Comments {
			for _, comment := range group.List {
				line, ok := strings.CutPrefix(comment.Text, "//go:generate ")
				if !ok {
					continue
				}
				args := strings.Fields(line)
				out := generatedFile(args)
				if out == "" {
					t.Errorf("%s: %q: names no file after -out", f.path, line)
					continue
				}
				made[out] = true
				generator := exec.Command(args[0], args[1:]...)
				generator.Dir = dir
				if msg, err := generator.CombinedOutput(); err != nil {
					t.Errorf("%s: %q: %v: %s", f.path, line, err, msg)
					continue
				}
				compareFiles(t, filepath.Join(kernels, out), filepath.Join(dir, out))
			}
		}
	}

	assembly, err := filepath.Glob(filepath.Join(kernels, "*.s"))
	if err != nil || len(assembly) == 0 {
		t.Fatalf("no assembly in %s (%v)", kernels, err)
	}
	for _, path := range assembly {
		if !made[filepath.Base(path)] {
			t.Errorf("%s: no //go:generate line writes it", filepath.Base(path))
		}
	}
}

// generatedFile returns the name of the file that a generator's -out flag, a
// path seen from its own folder, names.
func generatedFile(args []string) string {
	for i, arg := range args {
		if arg == "-out" && i+1 < len(args) {
			return filepath.Base(args[i+1])
		}
	}
	return ""
}

func compareFiles(t *testing.T, checkedIn, generated string) {
	t.Helper()
	got, err := os.ReadFile(checkedIn)
	if err != nil {
		t.Error(err)
		return
	}
	want, err := os.ReadFile(generated)
	if err != nil {
		t.Error(err)
		return
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what its generator writes: run go generate ./engine/kernel", filepath.Base(checkedIn))
	}
}
