package nn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sbinet/npyio/npy"
)

// maxWeightsFile bounds what is read into memory: Adam's three float64 for each
// of the most parameters a network may have, and something for the history.
const maxWeightsFile = 3*8*maxParams + 1<<30

func readWeights(path string) (*Weights, error) {
	f, err := os.Open(path)
	if err != nil {
		var e *os.PathError
		if errors.As(err, &e) {
			err = e.Err // the caller names the path
		}
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > maxWeightsFile:
		return nil, fmt.Errorf("%d bytes: want at most %d", info.Size(), int64(maxWeightsFile))
	}
	b := make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, err
	}
	return decodeWeights(b)
}

// decodeWeights tells the two formats apart by their first bytes.
func decodeWeights(b []byte) (*Weights, error) {
	switch {
	case bytes.HasPrefix(b, []byte("PK")):
		return decodeNPZ(b)
	case bytes.HasPrefix(b, npy.Magic[:]):
		return decodeArticle(b)
	}
	return nil, errors.New("neither .npz nor .npy: want a zip archive or NumPy's magic bytes at the begin")
}
