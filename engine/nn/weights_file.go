package nn

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

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
	w, err := decodeWeights(f, info.Size())
	if err != nil {
		return nil, err
	}
	if tr := w.Training; tr != nil && tr.beside != nil {
		// The parameters are good for much without it.
		tr.Losses, tr.Correct, tr.lost = tr.beside.read(filepath.Dir(path))
		tr.beside = nil
	}
	return w, nil
}

// decodeWeights tells the two formats apart by their first bytes. Of an .npz it
// reads entry by entry; the article's form has no parts.
func decodeWeights(file io.ReaderAt, size int64) (*Weights, error) {
	all := io.NewSectionReader(file, 0, size)
	begin := make([]byte, len(npy.Magic))
	if _, err := io.ReadFull(all, begin); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(begin, []byte("PK")):
		return decodeNPZ(file, size)
	case bytes.Equal(begin, npy.Magic[:]):
		b := make([]byte, size)
		if _, err := file.ReadAt(b, 0); err != nil && err != io.EOF {
			return nil, err
		}
		return decodeArticle(b)
	}
	return nil, errors.New("neither .npz nor .npy: want a zip archive or NumPy's magic bytes at the begin")
}
