package nn

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
)

// historyBeside names the history that a checkpoint does not hold itself: the
// first steps of a file in its folder.
type historyBeside struct {
	File   string `json:"file"`
	Steps  int    `json:"steps"`
	SHA256 string `json:"sha256"` // of those
}

const (
	besideMark = ".steps-" // between the checkpoint's name and a number
	stepBytes  = 8 + 4     // a step's loss and its images that were right, little-endian
)

func encodeSteps(losses []float64, correct []int32) []byte {
	b := make([]byte, 0, stepBytes*len(losses))
	for i, loss := range losses {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(loss))
		b = binary.LittleEndian.AppendUint32(b, uint32(correct[i]))
	}
	return b
}

func decodeSteps(b []byte) (losses []float64, correct []int32) {
	losses, correct = make([]float64, len(b)/stepBytes), make([]int32, len(b)/stepBytes)
	for i := range losses {
		losses[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[i*stepBytes:]))
		correct[i] = int32(binary.LittleEndian.Uint32(b[i*stepBytes+8:]))
	}
	return losses, correct
}

// read returns the history from the checkpoint's folder. Its error says what is
// wanted there.
func (h *historyBeside) read(folder string) (losses []float64, correct []int32, err error) {
	fault := func(what string) error {
		return fmt.Errorf("its history, %d steps in %s, %s: want that file beside, as it was saved", h.Steps, shorten([]byte(h.File)), what)
	}
	if filepath.Base(h.File) != h.File || !strings.Contains(h.File, besideMark) || h.Steps < 0 || h.Steps > maxWeightsFile/stepBytes {
		return nil, nil, fault("cannot be")
	}
	path, size := filepath.Join(folder, h.File), int64(h.Steps)*stepBytes
	switch info, err := os.Stat(path); { // opening a pipe would wait for who writes to it
	case err != nil:
		return nil, nil, fault("is missing")
	case !info.Mode().IsRegular() || info.Size() < size:
		return nil, nil, fault("is cut")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, fault("cannot be read")
	}
	defer f.Close()
	b := make([]byte, size)
	if _, err := f.ReadAt(b, 0); err != nil {
		return nil, nil, err
	}
	if fmt.Sprintf("%x", sha256.Sum256(b)) != h.SHA256 {
		return nil, nil, fault("is another")
	}
	losses, correct = decodeSteps(b)
	return losses, correct, nil
}
