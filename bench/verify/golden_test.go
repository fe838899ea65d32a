package verify

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/unslide/unslide/internal/golden"
)

// firstLine returns the first case of a golden file.
func firstLine(t testing.TB, name string) string {
	t.Helper()
	content, err := golden.Read(filepath.Join("../../internal/golden/testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return line
}
