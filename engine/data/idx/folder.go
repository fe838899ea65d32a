package idx

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/unslide/unslide/engine/data"
)

// part is what a folder has two of: images and labels to train on, and for tests.
type part struct{ images, labels []string }

var (
	trainPart = part{[]string{"train-images-idx3-ubyte", "train-images-idx4-ubyte"}, []string{"train-labels-idx1-ubyte"}}
	testPart  = part{[]string{"t10k-images-idx3-ubyte", "t10k-images-idx4-ubyte"}, []string{"t10k-labels-idx1-ubyte"}}
)

// IsFolder reports whether one of the files that [ReadFolder] reads is in a folder.
func IsFolder(dir string) bool {
	for _, stems := range [][]string{trainPart.images, trainPart.labels, testPart.images, testPart.labels} {
		if _, err := find(dir, stems); err == nil {
			return true
		}
	}
	return false
}

// ReadFolder reads the four files of a data set that comes as MNIST does, such as
// Fashion-MNIST, whatever its images' size: train-images-idx3-ubyte and
// train-labels-idx1-ubyte, and those that begin with t10k for tests; idx4 is for
// images of several channels. They may be gzipped, .gz, and have a dot before idx.
//
// There are as many classes as the largest of all labels says. The error names
// every fault with its file.
func ReadFolder(dir string) (*data.Sets, error) {
	train, err1 := readPart(dir, trainPart)
	test, err2 := readPart(dir, testPart)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if train.shape != test.shape {
		return nil, fmt.Errorf("idx: %s: images of %v to train on, of %v for tests: want one size", dir, train.shape, test.shape)
	}
	classes := max(train.classes(), test.classes())
	trainSet, err1 := data.NewSet(train.shape, classes, train.pixels, train.labels)
	testSet, err2 := data.NewSet(test.shape, classes, test.pixels, test.labels)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &data.Sets{Train: trainSet, Test: testSet}, nil
}

// half is a part's content.
type half struct {
	shape  data.Shape
	pixels []byte
	labels []int32
}

func (h half) classes() int {
	most := int32(0)
	for _, y := range h.labels {
		most = max(most, y)
	}
	return int(most) + 1
}

func readPart(dir string, p part) (h half, err error) {
	imagesAt, images, err1 := readFile(dir, p.images)
	labelsAt, labels, err2 := readFile(dir, p.labels)
	if err := errors.Join(err1, err2); err != nil {
		return half{}, err
	}
	h.shape, h.pixels, err1 = decodeImages(images)
	h.labels, err2 = decodeLabels(labels)
	if err := errors.Join(at(imagesAt, err1), at(labelsAt, err2)); err != nil {
		return half{}, err
	}
	n := len(h.pixels) / h.shape.Len()
	switch {
	case n != len(h.labels):
		return half{}, fmt.Errorf("%s: %d images, %s: %d labels: want one label for each image", imagesAt, n, labelsAt, len(h.labels))
	case n == 0:
		return half{}, fmt.Errorf("%s: no images: want at least one", imagesAt)
	}
	return h, nil
}

func at(path string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// find returns the path of the first of some names that is in a folder.
func find(dir string, stems []string) (string, error) {
	for _, stem := range stems {
		for _, name := range []string{stem, strings.Replace(stem, "-idx", ".idx", 1)} {
			for _, end := range []string{"", ".gz"} {
				path := filepath.Join(dir, name+end)
				if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
					return path, nil
				}
			}
		}
	}
	return "", fmt.Errorf("idx: %s: no %s: want it there, gzipped or not", dir, strings.Join(stems, " or "))
}

func readFile(dir string, stems []string) (path string, content []byte, err error) {
	if path, err = find(dir, stems); err != nil {
		return "", nil, err
	}
	if content, err = os.ReadFile(path); err != nil {
		return "", nil, err
	}
	if bytes.HasPrefix(content, []byte{0x1f, 0x8b}) {
		content, err = unzip(content)
	}
	return path, content, at(path, err)
}

// unzip takes memory as the content comes.
func unzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("cut or damaged gzip of %d bytes: %w", len(b), err)
	}
	return content, nil
}
