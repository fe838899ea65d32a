package lint

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
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
	var fresh bytes.Buffer
	if err := embedmd.Process(&fresh, bytes.NewReader(readme), embedmd.WithBaseDir(root(t))); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(fresh.Bytes(), readme) {
		t.Errorf("the README's code is not its example's: go run github.com/campoy/embedmd -w README.md")
	}
	code, embedded := bytes.Count(readme, []byte("```go\n")), regexp.MustCompile(`\[embedmd\]:# \(examples/.*\)\n`+"```go\npackage main\n").FindAll(readme, -1)
	if code == 0 || len(embedded) != code {
		t.Errorf("%d of %d pieces of code are whole programs of examples: want all", len(embedded), code)
	}
}

// TestReadmeLinksLead: each file and folder that the README names is there.
func TestReadmeLinksLead(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	links := regexp.MustCompile(`\]\(([^)#:, ]+)\)`).FindAllSubmatch(readme, -1)
	if len(links) < 5 {
		t.Errorf("%d links: the search is wrong", len(links))
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join(root(t), filepath.FromSlash(string(link[1])))); err != nil {
			t.Errorf("the README links to %s: %v", link[1], err)
		}
	}
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
