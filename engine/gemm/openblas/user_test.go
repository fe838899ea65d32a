package openblas_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/gemm/openblas"
)

// A module that uses the library, with and without the import.
const (
	plainUser = `package main

import (
	"fmt"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/nn"
)

func main() {
	_, err := nn.New[float64](nn.Article())
	fmt.Println("by OpenBLAS:", gemm.Default().Info().Name == "openblas", err)
}
`
	openblasUser = `package main

import (
	"fmt"

	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/engine/gemm/openblas"
	"github.com/unslide/unslide/engine/nn"
)

func main() {
	_, err := nn.New[float64](nn.Article())
	_, why := openblas.Backend()
	fmt.Println("by OpenBLAS:", gemm.Default().Info().Name == "openblas", err, why)
}
`
)

// TestLibraryUser builds the module as its author would, by go build alone, also
// with a linker that finds no OpenBLAS.
func TestLibraryUser(t *testing.T) {
	if testing.Short() {
		t.Skip("links four programs")
	}
	dir := newUser(t)
	_, without := openblas.Backend()
	notFound := filepath.Join(dir, "ld")
	write(t, notFound, "#!/bin/sh\ncase \"$*\" in *-lopenblas*) echo no openblas >&2; exit 1 ;; esac\nexec cc \"$@\"\n")
	for _, c := range []struct {
		name, program string
		args          []string
		env           string
		needs         bool   // OpenBLAS in this build
		prints        string // what the program prints
		fails         string // or how the build fails
	}{
		{"no import, no OpenBLAS on the machine", plainUser, []string{"-tags=", "-ldflags=-extld=" + notFound}, "", false, "by OpenBLAS: false <nil>", ""},
		{"import", openblasUser, nil, "", true, "by OpenBLAS: true <nil> <nil>", ""},
		{"import, no cgo", openblasUser, []string{"-tags="}, "CGO_ENABLED=0", false, "by OpenBLAS: false <nil> openblas: build without cgo", ""},
		{"import, no OpenBLAS on the machine", openblasUser, []string{"-ldflags=-extld=" + notFound}, "", true, "", "no openblas"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.needs && without != nil {
				t.Skip(without)
			}
			if runtime.GOOS == "windows" && len(c.args) > 1 {
				t.Skip("the linker is a shell script")
			}
			write(t, filepath.Join(dir, "main.go"), c.program)
			program := filepath.Join(dir, "user.exe")
			cmd := exec.Command("go", append(append([]string{"build", "-o", program}, c.args...), ".")...)
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOFLAGS="+os.Getenv("GOFLAGS")+" -mod=mod", "GOPROXY=off", "GOWORK=off", c.env)
			if out, err := cmd.CombinedOutput(); (err != nil) != (c.fails != "") || !strings.Contains(string(out), c.fails) {
				t.Fatalf("go build: %v, want failure %q\n%s", err, c.fails, out)
			}
			if c.fails != "" {
				return
			}
			out, err := exec.Command(program).CombinedOutput()
			if err != nil || !strings.HasPrefix(string(out), c.prints) {
				t.Errorf("%v, prints %q, want %q", err, out, c.prints)
			}
		})
	}
}

// newUser makes the module: the same dependencies, and the library from here.
func newUser(t *testing.T) (dir string) {
	dir = t.TempDir()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	const library = "github.com/unslide/unslide"
	mod, sum := read(t, filepath.Join(root, "go.mod")), read(t, filepath.Join(root, "go.sum"))
	write(t, filepath.Join(dir, "go.mod"), strings.Replace(mod, "module "+library, "module example.com/user", 1)+
		"\nrequire "+library+" v0.0.0\n\nreplace "+library+" => "+root+"\n")
	write(t, filepath.Join(dir, "go.sum"), sum)
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}
