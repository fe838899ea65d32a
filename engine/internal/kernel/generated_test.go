package kernel

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// The assembly in this folder is what its generators write today.
func TestAssemblyIsWhatTheGeneratorsWrite(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the generators")
	}
	if out, err := exec.Command("go", "-C", "_asm", "mod", "download").CombinedOutput(); err != nil {
		t.Skipf("the generators' module cannot be fetched: %v: %s", err, out)
	}
	directive := regexp.MustCompile(`(?m)^//go:generate go run -C _asm (\S+) (.*)-out \.\./(\S+\.s)$`)
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{}
	for _, source := range sources {
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range directive.FindAllSubmatch(text, -1) {
			file := string(m[3])
			compared[file] = true
			t.Run(file, func(t *testing.T) {
				fresh := filepath.Join(t.TempDir(), file)
				args := []string{"run", "-C", "_asm", string(m[1])}
				for _, f := range bytes.Fields(m[2]) {
					args = append(args, string(f))
				}
				if out, err := exec.Command("go", append(args, "-out", fresh)...).CombinedOutput(); err != nil {
					t.Fatalf("%v: %s", err, out)
				}
				if !bytes.Equal(code(t, fresh), code(t, file)) {
					t.Errorf("%s is not what the generator writes: go generate ./engine/internal/kernel", file)
				}
			})
		}
	}
	// Every file of assembly has a generator.
	files, err := filepath.Glob("*.s")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !compared[file] {
			t.Errorf("%s: no go:generate line writes it", file)
		}
	}
	if len(files) == 0 {
		t.Error("no assembly to compare")
	}
}

// code returns a generated file without its first line, which holds the
// command that wrote it.
func code(t *testing.T, file string) []byte {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(text, []byte("\n"))
	return rest
}
