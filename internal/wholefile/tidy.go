package wholefile

import (
	"os"
	"path/filepath"
	"strings"
	"time"
)

// stale is how old an unfinished file is when nobody writes it any more.
const stale = time.Hour

// tidy removes the unfinished files that killed processes left beside a path.
// One that cannot be removed does no harm.
func tidy(path string) {
	folder, name := filepath.Split(path)
	entries, _ := os.ReadDir(filepath.Clean(folder))
	for _, e := range entries {
		if !unfinished(e.Name(), name) || !e.Type().IsRegular() {
			continue
		}
		if info, err := e.Info(); err == nil && time.Since(info.ModTime()) > stale {
			_ = os.Remove(filepath.Join(folder, e.Name()))
		}
	}
}

// unfinished reports whether a name is one that replace and Try write a file
// under before it has its own: a dot, the file's name and a long random number.
func unfinished(name, of string) bool {
	const digits = 8
	number, is := strings.CutPrefix(name, "."+of)
	if !is {
		number, is = strings.CutPrefix(name, ".tmp-"+of) // on Windows
	}
	return is && len(number) >= digits && strings.Trim(number, "0123456789") == ""
}
