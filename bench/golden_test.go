package bench

import (
	"bufio"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// firstLine returns the first case of a golden file.
func firstLine(t testing.TB, name string) string {
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(z)
	lines.Buffer(nil, maxLine)
	if !lines.Scan() {
		t.Fatal(lines.Err())
	}
	return lines.Text()
}
