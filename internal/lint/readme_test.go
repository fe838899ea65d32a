package lint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/campoy/embedmd/embedmd"
)

// TestReadmeShowsTestedCode: the code in the README is a whole program, so that it
// compiles when pasted, and that of an example, which is built and run by tests.
func TestReadmeShowsTestedCode(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	code, embedded := bytes.Count(readme, []byte("```go\n")), regexp.MustCompile(`\[embedmd\]:# \(examples/.*\)\n`+"```go\npackage main\n").FindAll(readme, -1)
	if code == 0 || len(embedded) != code {
		t.Errorf("%d of %d pieces of code are whole programs of examples: want all", len(embedded), code)
	}
}

// TestPagesShowFreshCode: code that a page takes from a file is what stands there.
func TestPagesShowFreshCode(t *testing.T) {
	embedded := 0
	for name, text := range pages(t) {
		var fresh bytes.Buffer
		if err := embedmd.Process(&fresh, bytes.NewReader(text), embedmd.WithBaseDir(filepath.Join(root(t), filepath.Dir(name)))); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !bytes.Equal(fresh.Bytes(), text) {
			t.Errorf("%[1]s does not show the code of its files: go run github.com/campoy/embedmd -w %[1]s", name)
		}
		embedded += bytes.Count(text, []byte("[embedmd]:#"))
	}
	if embedded < 3 {
		t.Errorf("%d pieces of code: the search is wrong", embedded)
	}
}

// TestPagesLead: each file and folder that a page links to or names as code is there:
// a link from where the page is, a name with a slash from there or from the module's
// root. What make makes, and what has a place holder, is not looked for.
func TestPagesLead(t *testing.T) {
	links := regexp.MustCompile(`\]\(([^)#:, ]+)\)`)
	names := regexp.MustCompile("`(?:\\./)?([A-Za-z0-9_.*-]+/[A-Za-z0-9_./*-]*)`")
	count := 0
	for page, text := range pages(t) {
		here := filepath.Join(root(t), filepath.Dir(page))
		lead := func(name string, from ...string) {
			count++
			for _, dir := range from {
				if found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(name))); err == nil && len(found) > 0 {
					return
				}
			}
			t.Errorf("%s names %s: want a file or folder that is there", page, name)
		}
		for _, m := range links.FindAllSubmatch(text, -1) {
			lead(string(m[1]), here)
		}
		for _, m := range names.FindAllSubmatch(text, -1) {
			if name := string(m[1]); !strings.HasPrefix(name, "bin/") && !strings.HasPrefix(name, "github.com/") {
				lead(name, here, root(t))
			}
		}
	}
	if count < 60 {
		t.Errorf("%d names: the search is wrong", count)
	}
}

// TestPagesSayWhatToType: a command with its arguments is called by the name that
// make build gives it, for it lies nowhere else. CHANGELOG tells, it is not typed from.
func TestPagesSayWhatToType(t *testing.T) {
	command := regexp.MustCompile("[`|] ?((?:[a-z./]*/)?unslide\\s+[a-z]+\\s+[A-Z-][^`]*)`")
	count := 0
	for page, text := range pages(t) {
		for _, m := range command.FindAllSubmatch(text, -1) {
			count++
			if page != "CHANGELOG.md" && !bytes.HasPrefix(m[1], []byte("bin/")) {
				t.Errorf("%s: `%s`: want bin/ before it", page, m[1])
			}
		}
	}
	if count < 3 {
		t.Errorf("%d commands: the search is wrong", count)
	}
}

// TestPagesCiteOneRun: a training step by itself takes on every page what it took in
// the kept run.
func TestPagesCiteOneRun(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root(t), "bench", "results", "training.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Figures []struct {
			Batch, Threads int
			Program        string
			Seconds        struct{ Median float64 }
		}
	}
	if err := json.Unmarshal(b, &kept); err != nil {
		t.Fatal(err)
	}
	fastest := map[int]float64{1: math.Inf(1), 128: math.Inf(1)} // by batch, of the engine's forms
	for _, f := range kept.Figures {
		if f.Program == "unslide" && f.Threads == 2 {
			fastest[f.Batch] = min(fastest[f.Batch], f.Seconds.Median)
		}
	}
	for _, want := range []string{fmt.Sprintf(" %.3f ms", 1e3*fastest[1]), fmt.Sprintf(" %.1f s", fastest[128]*55000/128)} {
		for _, page := range []string{"README.md", "bench/README.md"} {
			if !bytes.Contains(pages(t)[page], []byte(want)) {
				t.Errorf("%s: want the kept run's%s", page, want)
			}
		}
	}
}

// TestMakeKeepsWhatIsKept: no target writes over files under version control unless
// OUT= says so.
func TestMakeKeepsWhatIsKept(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(t), "scripts", "*.mk"))
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, file := range append(files, filepath.Join(root(t), "Makefile")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	if m := regexp.MustCompile(`(?m)^OUT = (.*)$`).FindSubmatch(all); m == nil || !bytes.HasPrefix(m[1], []byte("bin/")) {
		t.Errorf("OUT is %q: want a folder in bin, which git ignores", m)
	}
	for _, line := range regexp.MustCompile(`(?m)^[^#\n]*bench/results.*$`).FindAll(all, -1) {
		t.Errorf("%q: want $(OUT)", line)
	}
}

// pages returns the module's pages for people, by their names from its root.
func pages(t *testing.T) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	dir := root(t)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != dir && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "results"):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		texts[filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// TestMakeHelpFits: make help shows each target in a line of 80 columns.
func TestMakeHelpFits(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(t), "scripts", "*.mk"))
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for _, file := range append(files, filepath.Join(root(t), "Makefile")) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range regexp.MustCompile(`(?m)^([a-z-]+):.*## (.*)$`).FindAllSubmatch(text, -1) {
			shown++
			if line := fmt.Sprintf("  make %-12s %s", target[1], target[2]); utf8.RuneCountInString(line) > 80 {
				t.Errorf("%s: a line of %d columns: %s", filepath.Base(file), utf8.RuneCountInString(line), line)
			}
		}
	}
	if shown < 8 {
		t.Errorf("%d targets: the search is wrong", shown)
	}
}
