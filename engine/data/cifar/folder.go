package cifar

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/unslide/unslide/engine/data"
)

// A record is a label and the image's planes: 1024 bytes of red, of green, of blue.
const (
	side     = 32
	channels = 3
	plane    = side * side
	record   = 1 + channels*plane
	classes  = 10
)

// The files of the archive, and the folder that it unpacks to.
const (
	testFile  = "test_batch.bin"
	namesFile = "batches.meta.txt"
	unpacked  = "cifar-10-batches-bin"
)

func trainFiles() (names []string) {
	for i := range 5 {
		names = append(names, fmt.Sprintf("data_batch_%d.bin", i+1))
	}
	return names
}

// Shape is the size of every image.
func Shape() data.Shape { return data.Shape{H: side, W: side, C: channels} }

// IsFolder reports whether one of the files that [ReadFolder] reads is in a folder.
func IsFolder(dir string) bool {
	for _, name := range append(trainFiles(), testFile) {
		if info, err := os.Stat(filepath.Join(inside(dir), name)); err == nil && info.Mode().IsRegular() {
			return true
		}
	}
	return false
}

// inside returns the folder with the files: the one that is given, or the archive's
// in it.
func inside(dir string) string {
	if info, err := os.Stat(filepath.Join(dir, unpacked)); err == nil && info.IsDir() {
		return filepath.Join(dir, unpacked)
	}
	return dir
}

// ReadFolder reads data_batch_1.bin to data_batch_5.bin, test_batch.bin and, where it
// is there, batches.meta.txt with the names of the classes, from a folder or from
// cifar-10-batches-bin in it. The files may have any number of images. The error
// names every fault with its file.
func ReadFolder(dir string) (*data.Sets, error) {
	dir = inside(dir)
	train, err1 := readFiles(dir, trainFiles())
	test, err2 := readFiles(dir, []string{testFile})
	names, err3 := readNames(filepath.Join(dir, namesFile))
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	return &data.Sets{Train: train, Test: test, Names: names}, nil
}

// readFiles reads files one after the other into a set that has room for them all.
func readFiles(dir string, names []string) (*data.Set, error) {
	var errs []error
	sizes, images := make([]int64, len(names)), int64(0)
	for i, name := range names {
		path := filepath.Join(dir, name)
		info, err := os.Stat(path)
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("cifar: %w", err))
		case !info.Mode().IsRegular():
			errs = append(errs, fmt.Errorf("cifar: %s: want a file", path))
		case info.Size() == 0 || info.Size()%record != 0:
			errs = append(errs, fmt.Errorf("cifar: %s: %d bytes: want a whole number of images, of %d each", path, info.Size(), record))
		default:
			sizes[i] = info.Size()
			images += info.Size() / record
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	pixels, labels := make([]byte, 0, images*channels*plane), make([]int32, 0, images)
	for i, name := range names {
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err == nil && int64(len(b)) != sizes[i] {
			err = fmt.Errorf("%s: %d bytes, and %d a moment ago: want a file that stays", path, len(b), sizes[i])
		}
		if err == nil {
			pixels, labels, err = appendRecords(pixels, labels, path, b)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("cifar: %w", err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return data.NewSet(Shape(), classes, pixels, labels)
}

// appendRecords turns planes into pixels.
func appendRecords(pixels []byte, labels []int32, path string, b []byte) ([]byte, []int32, error) {
	for n := 0; len(b) > 0; n, b = n+1, b[record:] {
		if b[0] >= classes {
			return nil, nil, fmt.Errorf("%s: label %d of image %d: want 0 to %d", path, b[0], n, classes-1)
		}
		labels = append(labels, int32(b[0]))
		red, green, blue := b[1:1+plane], b[1+plane:1+2*plane], b[1+2*plane:record]
		for i := range red {
			pixels = append(pixels, red[i], green[i], blue[i])
		}
	}
	return pixels, labels, nil
}

// readNames reads a name a line, nil where there is no such file.
func readNames(path string) ([]string, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cifar: %w", err)
	}
	names := strings.Fields(string(b))
	if len(names) != classes {
		return nil, fmt.Errorf("cifar: %s: %d names: want %d, one a line", path, len(names), classes)
	}
	return names, nil
}
