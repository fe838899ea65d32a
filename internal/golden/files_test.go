package golden

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An entry is what files.json says of a golden file.
type entry struct {
	File   string  // its name in testdata
	Maker  string  // the program in makers that writes it
	Within float64 // how far its numbers may be off when made again; 0: not a bit
	SHA256 string  // of its unpacked content
}

func readList(t *testing.T) (list []entry) {
	t.Helper()
	text, err := os.ReadFile("files.json")
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		t.Fatalf("files.json: %v", err)
	}
	return list
}

// digest returns the SHA-256 of a file's unpacked content.
func digest(t *testing.T, file string) string {
	t.Helper()
	content, err := Read(file)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// names returns the names of a folder's files of one kind.
func names(t *testing.T, pattern string) (list []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, error %v", pattern, len(files), err)
	}
	for _, f := range files {
		list = append(list, filepath.Base(f))
	}
	return list
}

// TestFilesAreThoseListed: the golden files are those of the list, with its
// checksums.
func TestFilesAreThoseListed(t *testing.T) {
	var listed []string
	for _, f := range readList(t) {
		listed = append(listed, f.File)
		if sum := digest(t, filepath.Join("testdata", f.File)); sum != f.SHA256 {
			t.Errorf("%s: SHA-256 %s: want %s", f.File, sum, f.SHA256)
		}
	}
	slices.Sort(listed)
	if there := names(t, "testdata/*"); !slices.Equal(listed, there) {
		t.Errorf("files.json lists %v: testdata has %v", listed, there)
	}
}

var (
	imported = regexp.MustCompile(`(?m)^(?:from|import) (\w+)`)
	pinned   = regexp.MustCompile(`(?m)^[\w-]+==([\d.]+)`)
)

// TestFilesHaveMakers: each golden file has a program that writes it, and the
// README tells of both and of the versions that are installed; each program is of
// use.
func TestFilesHaveMakers(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	requirements, err := os.ReadFile("makers/requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	versions := pinned.FindAllStringSubmatch(string(requirements), -1)
	if len(versions) == 0 {
		t.Error("makers/requirements.txt: no versions")
	}
	for _, version := range versions {
		if !strings.Contains(string(readme), version[1]) {
			t.Errorf("README.md does not name version %s", version[0])
		}
	}
	unused := map[string]bool{}
	for _, name := range names(t, "makers/*.py") {
		unused[name] = true
	}
	for _, f := range readList(t) {
		text, err := os.ReadFile(filepath.Join("makers", f.Maker))
		if err != nil {
			t.Errorf("%s: %v", f.File, err)
		}
		if content := strings.TrimSuffix(f.File, ".gz"); !strings.Contains(string(readme), content) || !strings.Contains(string(readme), f.Maker) {
			t.Errorf("README.md does not name %s and %s", content, f.Maker)
		}
		delete(unused, f.Maker)
		for _, module := range imported.FindAllStringSubmatch(string(text), -1) {
			delete(unused, module[1]+".py")
		}
	}
	delete(unused, "make.py") // what runs them
	for name := range unused {
		t.Errorf("makers/%s: no file is made by it", name)
	}
}

// TestFilesAreHereOnce: no file of the tree's testdata folders has the content
// of another, packed or not.
func TestFilesAreHereOnce(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if strings.HasPrefix(d.Name(), ".") && path != root {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.Contains(filepath.ToSlash(path), "/testdata/") {
			return nil
		}
		sum := digest(t, path)
		if seen[sum] != "" {
			t.Errorf("%s and %s have the same content", seen[sum], path)
		}
		seen[sum] = path
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(seen) < len(readList(t)) {
		t.Errorf("found %d files: the walk is wrong", len(seen))
	}
}
