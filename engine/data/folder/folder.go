package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine/data"
)

const trainDir, testDir = "train", "test"

// IsFolder reports whether there are sub-folders in a folder, as [Read] reads them.
func IsFolder(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		return !hidden(e.Name()) && isDir(filepath.Join(dir, e.Name()))
	})
}

// Read reads a folder with a sub-folder for each class, or one with the two
// sub-folders train and test of which each has those. In a class's folder there are
// nothing but PNG and JPEG pictures, all of one size, turned as their EXIF
// orientation says; names that begin with a dot are passed over. Classes are
// numbered by their names' order. Without train and test there are no images for
// tests: see [data.Set.Split].
//
// The images have one channel if every picture is grey, or else three. They take a
// byte a value. The error names the files that are at fault.
func Read(dir string) (*data.Sets, error) {
	r := reader{}
	train, test := filepath.Join(dir, trainDir), filepath.Join(dir, testDir)
	parted := isDir(train) && isDir(test)
	if !parted {
		train = dir
	}
	names, err := classesIn(train)
	if err != nil {
		return nil, err
	}
	if parted {
		testNames, err := classesIn(test)
		if err != nil {
			return nil, err
		}
		if !slices.Equal(names, testNames) {
			return nil, fmt.Errorf("folder: %s has the classes %s, %s %s: want the same", train, list(names), test, list(testNames))
		}
	}
	r.readClasses(train, names)
	trained := len(r.labels)
	if parted {
		r.readClasses(test, names)
	}
	if err := r.failed(); err != nil {
		return nil, err
	}
	all, err := data.NewSet(r.shape(), len(names), r.pixels, r.labels)
	if err != nil {
		return nil, fmt.Errorf("folder: %s: %w", dir, err)
	}
	return &data.Sets{Train: all.Slice(0, trained), Test: all.Slice(trained, all.Len()), Names: names}, nil
}

// classesIn returns the names of the sub-folders, sorted. What else lies there is a
// fault: a picture there would be forgotten.
func classesIn(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("folder: %w", err)
	}
	var errs []error
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		switch {
		case hidden(e.Name()):
		case isDir(path):
			names = append(names, e.Name())
		default:
			errs = append(errs, fmt.Errorf("folder: %s: want nothing but a folder for each class there", path))
		}
	}
	if len(names) < 2 {
		errs = append(errs, fmt.Errorf("folder: %s: %d folders: want one for each class, two at least", dir, len(names)))
	}
	slices.Sort(names)
	return names, few(errs)
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// list names some classes.
func list(names []string) string {
	const most = 12
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// few joins errors, not more than fit a screen.
func few(errs []error) error {
	const most = 10
	if len(errs) > most {
		errs = append(slices.Clone(errs[:most]), fmt.Errorf("folder: and %d more", len(errs)-most))
	}
	return errors.Join(errs...)
}
