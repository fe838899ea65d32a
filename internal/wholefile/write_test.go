package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// TestWrite writes over what may be under a path, and looks at what is there
// then and at the names in the folder, of which none may be left over.
func TestWrite(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(t *testing.T)
		path    string
		file    string // that must have the content
		link    string // that must still be a link
		names   []string
	}{
		"new":                 {nil, "a", "a", "", []string{"a"}},
		"old":                 {func(t *testing.T) { put(t, "a") }, "a", "a", "", []string{"a"}},
		"link":                {func(t *testing.T) { put(t, "a"); link(t, "a", "b") }, "b", "a", "b", []string{"a", "b"}},
		"link of a link":      {func(t *testing.T) { put(t, "a"); link(t, "a", "b"); link(t, "b", "c") }, "c", "a", "c", []string{"a", "b", "c"}},
		"link to nothing yet": {func(t *testing.T) { link(t, "a", "b") }, "b", "a", "b", []string{"a", "b"}},
		"link into another folder": {func(t *testing.T) { folder(t, "f/g"); put(t, "f/a"); link(t, "f/a", "b") },
			"b", "f/a", "b", []string{"b", "f", "f/a", "f/g"}},
		"link upwards in a folder that is a link": {func(t *testing.T) { folder(t, "f/g"); link(t, "../a", "f/g/b"); link(t, "f/g", "h") },
			"h/b", "f/a", "h/b", []string{"f", "f/a", "f/g", "f/g/b", "h"}},
		"absolute link": {func(t *testing.T) { link(t, absolute(t, "a"), "b") }, "b", "a", "b", []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.prepare != nil {
				test.prepare(t)
			}
			before := names(t)
			if err := Try(test.path, []byte("new")); err != nil {
				t.Fatal(err)
			}
			if after := names(t); !slices.Equal(after, before) {
				t.Errorf("Try leaves %v, before %v", after, before)
			}
			if err := Write(test.path, []byte("new")); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(test.file); err != nil || string(b) != "new" {
				t.Errorf("%s holds %q, %v", test.file, b, err)
			}
			if info, err := os.Lstat(test.file); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%s: %v, %v: want a file", test.file, info, err)
			}
			if test.link != "" {
				if info, err := os.Lstat(test.link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
					t.Errorf("%s: %v, %v: want it to be the link it was", test.link, info, err)
				}
			}
			if got := names(t); !slices.Equal(got, test.names) {
				t.Errorf("the folder has %v, want %v", got, test.names)
			}
		})
	}
}

func TestWriteRefuses(t *testing.T) {
	t.Chdir(t.TempDir())
	folder(t, "f")
	link(t, "r", "s")
	link(t, "s", "r")
	for path, want := range map[string]error{"f": syscall.EISDIR, "none/a": fs.ErrNotExist, "r": syscall.ELOOP} {
		if err := Write(path, nil); !errors.Is(err, want) {
			t.Errorf("Write %s: %v, want %v", path, err, want)
		}
		if err := Try(path, nil); !errors.Is(err, want) {
			t.Errorf("Try %s: %v, want %v", path, err, want)
		}
	}
}

// TestWriteKeepsPermissions: a file that only its owner reads stays so.
func TestWriteKeepsPermissions(t *testing.T) {
	t.Chdir(t.TempDir())
	put(t, "a")
	if err := os.Chmod("a", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Write("a", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat("a"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v: want the permissions kept", info.Mode(), err)
	}
}

// TestWriteToADevice: it is written to, not replaced, and its errors are told.
func TestWriteToADevice(t *testing.T) {
	for path, want := range map[string]error{"/dev/null": nil, "/dev/full": syscall.ENOSPC} {
		info, err := os.Stat(path)
		if err != nil {
			t.Skip(err)
		}
		t.Chdir(t.TempDir())
		link(t, path, "a")
		if err := Write("a", []byte("new")); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
		if now, err := os.Stat(path); err != nil || now.Mode() != info.Mode() {
			t.Fatalf("%s is %v now, %v", path, now.Mode(), err)
		}
	}
}

// TestWriteToWhatIsOpen: /dev/stdout and its like are written after what is
// there, not replaced.
func TestWriteToWhatIsOpen(t *testing.T) {
	t.Chdir(t.TempDir())
	f, err := os.Create("a")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	written := "1"
	if _, err := f.WriteString(written); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"/proc/self/fd", "/dev/fd"} {
		path := fmt.Sprintf("%s/%d", folder, f.Fd())
		if _, err := os.Stat(path); err != nil {
			t.Skip(err)
		}
		if err := Write(path, []byte("2")); err != nil {
			t.Error(err)
		}
		written += "2"
		opened, err1 := f.Stat()
		named, err2 := os.Stat("a")
		if b, err := os.ReadFile("a"); errors.Join(err, err1, err2) != nil || string(b) != written || !os.SameFile(opened, named) {
			t.Errorf("%s: the file has %q: want %q, and to be the one that is open", path, b, written)
		}
	}
}

// TestErrorsNameThePath, not that of the unfinished file.
func TestErrorsNameThePath(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, err := range []error{Write("none/a", nil), Try("none/a", nil)} {
		if want := "create none/a: no such file or directory"; err == nil || err.Error() != want {
			t.Errorf("%v: want %s", err, want)
		}
	}
}

func put(t *testing.T, path string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("old and longer"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

func folder(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// names lists everything below the present folder.
func names(t *testing.T) (all []string) {
	t.Helper()
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if path != "." {
			all = append(all, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestWriteTidies: what killed processes have left of this file goes, when it is
// old; nothing else does.
func TestWriteTidies(t *testing.T) {
	t.Chdir(t.TempDir())
	old := time.Now().Add(-2 * stale)
	kept := []string{".a.npz", ".a.npz1234567", ".a.npz123456789x", ".b.npz123456789", ".new.npz123456789", "a.npz123456789", ".a.npz1234567890"}
	for _, name := range append(kept, ".a.npz123456789", ".a.npz1234567890123456789", ".tmp-a.npz123456789") {
		put(t, name)
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	put(t, ".a.npz1234567890") // somebody writes it now
	folder(t, ".a.npz987654321")
	if err := Try("a.npz", nil); err != nil {
		t.Fatal(err)
	}
	before := len(names(t))
	if err := Write("a.npz", []byte("new")); err != nil {
		t.Fatal(err)
	}
	want := append(kept, ".a.npz987654321", "a.npz")
	slices.Sort(want)
	if got := names(t); !slices.Equal(got, want) || before != len(want)+2 {
		t.Errorf("%d names, then %v: want %d, then %v", before, got, len(want)+2, want)
	}
}

// TestKilledWritesLieBeside their file, where they are found again: not in the
// folder for temporary files, though that be on the same disk.
func TestKilledWritesLieBeside(t *testing.T) {
	elsewhere := t.TempDir()
	t.Setenv("TMPDIR", elsewhere)
	t.Chdir(t.TempDir())
	was, err := os.Stat(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(elsewhere, was.ModTime(), was.ModTime().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := Write("a", []byte("new")); err != nil {
		t.Fatal(err)
	}
	if now, err := os.Stat(elsewhere); err != nil || !now.ModTime().Before(was.ModTime()) {
		t.Errorf("%v: the folder for temporary files has been written to", err)
	}
}
