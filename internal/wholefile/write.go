package wholefile

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"
)

// Write makes content the file at path. A file that was there keeps its
// permissions. Through a symbolic link it is the link's target that is
// written, whether that is there yet or not. What is no regular file, a device
// or a pipe, has nothing to be kept whole: the content is written to it. What a
// process that was killed meanwhile leaves beside the path, a later Write there
// removes, from an hour on.
func Write(path string, content []byte) error {
	target, special, err := follow(path)
	switch {
	case err != nil:
		return err
	case special:
		return writeInto(target, content)
	}
	if err := replace(target, content); err != nil {
		return named(path, err)
	}
	tidy(target)
	return nil
}

// Try finds out whether Write would do, and leaves no trace: it writes the
// content beside the file and takes it away.
func Try(path string, content []byte) error {
	target, special, err := follow(path)
	if err != nil || special {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+"*")
	if err != nil {
		return named(path, err)
	}
	_, err = f.Write(content)
	return errors.Join(named(path, err), f.Close(), os.Remove(f.Name()))
}

// named returns an error of the unfinished file beside the one at path as one of
// that.
func named(path string, err error) error {
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		op := p.Op
		if op == "open" || op == "stat" { // the latter of the folder
			op = "create"
		}
		return &fs.PathError{Op: op, Path: path, Err: p.Err}
	case errors.As(err, &l):
		return &fs.PathError{Op: "write", Path: path, Err: l.Err}
	}
	return err
}

// follow returns the path that a path's symbolic links lead to, and whether
// something else than a file is there.
func follow(path string) (target string, special bool, err error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.IsDir() {
			return "", false, &fs.PathError{Op: "write", Path: path, Err: syscall.EISDIR}
		}
		return path, true, nil
	}
	const maxLinks = 40 // as Linux has it
	target = path
	for range maxLinks {
		if isOpen(target) {
			return target, true, nil
		}
		to, err := os.Readlink(target)
		if err != nil {
			return target, false, nil // no link, or nothing yet
		}
		if !filepath.IsAbs(to) {
			// Where ".." leads, the folder itself decides: it may be a link.
			folder, err := filepath.EvalSymlinks(filepath.Dir(target))
			if err != nil {
				return "", false, err
			}
			to = filepath.Join(folder, to)
		}
		target = to
	}
	return "", false, &fs.PathError{Op: "write", Path: path, Err: syscall.ELOOP}
}

// isOpen reports whether a path names what this process has open, as /dev/stdout
// does: a file put in its place would not be that.
func isOpen(target string) bool {
	folder, err := filepath.EvalSymlinks(filepath.Dir(target))
	if err != nil {
		return false
	}
	open, _ := path.Match("/proc/*/fd", folder)
	return open
}

func writeInto(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}
