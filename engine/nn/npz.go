package nn

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unsafe"

	"github.com/sbinet/npyio/npy"

	"github.com/unslide/unslide/engine"
)

// What an .npz holds besides the parameters. Texts are JSON in arrays of bytes,
// so that numpy.load reads every entry.
const (
	entryNetwork  = "network"  // uint8, a Network
	entrySettings = "settings" // uint8, a Settings
	entryLosses   = "loss"     // float64 [steps]
	entryCorrect  = "correct"  // int32 [steps]
	entryBeside   = "history"  // uint8, a historyBeside, instead of these two
)

func encodeNPZ(w *Weights) ([]byte, error) {
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	add := func(name string, v any) {
		// Stored, as numpy.savez does: weights hardly compress.
		f, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err == nil {
			err = npy.Write(f, v)
		}
		if err != nil {
			panic("nn: a tensor cannot be written to memory") // neither a buffer nor a numeric array fails
		}
	}
	tensors := w.Tensors
	if tr := w.Training; tr != nil {
		tensors = slices.Concat(tensors, tr.Moments)
	}
	for _, t := range tensors {
		add(t.Name, shaped(t))
	}
	if w.Network != nil {
		add(entryNetwork, []byte(w.Network.JSON()))
	}
	if tr := w.Training; tr != nil {
		if tr.beside != nil {
			text, err := json.Marshal(tr.beside)
			if err != nil {
				return nil, err
			}
			add(entryBeside, text)
		} else {
			add(entryLosses, tr.Losses)
			add(entryCorrect, tr.Correct)
		}
		if tr.Settings != nil {
			text, err := json.Marshal(tr.Settings)
			if err != nil {
				return nil, err
			}
			add(entrySettings, text)
		}
	}
	err := z.Close()
	return buf.Bytes(), err
}

// shaped returns the elements as a Go array of the tensor's dimensions, from
// which npyio takes the shape.
func shaped(t Tensor) any {
	if t.Float32 != nil {
		return arrayOf(t.Dims, t.Float32)
	}
	return arrayOf(t.Dims, t.Float64)
}

func arrayOf[T engine.Float](dims []int, data []T) any {
	typ := reflect.TypeFor[T]()
	for _, d := range slices.Backward(dims) {
		typ = reflect.ArrayOf(d, typ)
	}
	return reflect.NewAt(typ, unsafe.Pointer(unsafe.SliceData(data))).Elem().Interface()
}

// Limits for what one file may hold.
const (
	maxEntries = 4096
	maxDims    = 8
)

// budget is how many bytes an archive's entries may come to. Stored, they are
// no larger than the file. Compressed weights are a little larger than the
// file; a model full of zeros is much larger, but not large.
func budget(fileSize int64) uint64 { return 64<<20 + 32*uint64(fileSize) }

// decodeNPZ reads an .npz. Network and training are those of the file's
// metadata, nil if there is none.
func decodeNPZ(file io.ReaderAt, size int64) (*Weights, error) {
	z, err := zip.NewReader(file, size)
	if err != nil {
		return nil, err
	}
	if len(z.File) > maxEntries {
		return nil, fmt.Errorf("%d entries: want at most %d", len(z.File), maxEntries)
	}
	seen := map[string]bool{}
	left := budget(size)
	w := &Weights{}
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		if seen[name] {
			return nil, fmt.Errorf("entry %q: twice", f.Name)
		}
		seen[name] = true
		if f.UncompressedSize64 > left {
			return nil, fmt.Errorf("entry %q: claims %d bytes in a file of %d", f.Name, f.UncompressedSize64, size)
		}
		left -= f.UncompressedSize64
		b, err := readEntry(f)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		a, err := decodeNPY(b)
		if err != nil {
			return nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
		if err := w.take(name, a); err != nil {
			return nil, fmt.Errorf("entry %q: %w", f.Name, err)
		}
	}
	if tr := w.Training; tr != nil && len(tr.Losses) != len(tr.Correct) {
		return nil, fmt.Errorf("%d losses, %d steps with images right: want as many", len(tr.Losses), len(tr.Correct))
	}
	if len(w.Tensors) == 0 {
		return nil, errors.New("no parameters: want arrays such as conv_w_1")
	}
	return w, nil
}

// readEntry returns an entry's content. Its memory grows with what comes, which
// archive/zip cuts off at what the entry claims.
func readEntry(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if errors.Is(err, zip.ErrChecksum) {
		err = errors.New("its checksum differs: the file was damaged after it was written: want another copy of it")
	}
	return b, err
}

// take puts an entry where it belongs.
func (w *Weights) take(name string, a array) error {
	training := func() *Training {
		if w.Training == nil {
			w.Training = &Training{}
		}
		return w.Training
	}
	switch {
	case name == entryNetwork:
		text, err := a.bytes()
		if err != nil {
			return err
		}
		if len(text) > maxNetworkFile {
			return fmt.Errorf("%d bytes: want at most %d", len(text), maxNetworkFile)
		}
		n, err := ParseNetwork(text)
		w.Network = &n
		return err
	case name == entrySettings:
		text, err := a.bytes()
		if err != nil {
			return err
		}
		training().Settings = &Settings{}
		return json.Unmarshal(text, training().Settings)
	case name == entryBeside:
		text, err := a.bytes()
		if err != nil {
			return err
		}
		training().beside = &historyBeside{}
		return json.Unmarshal(text, training().beside)
	case name == entryLosses:
		losses, ok := a.data.([]float64)
		if !ok || len(a.dims) != 1 {
			return fmt.Errorf("%s: want float64 in one dimension", a)
		}
		training().Losses = losses
	case name == entryCorrect:
		correct, ok := a.data.([]int32)
		if !ok || len(a.dims) != 1 {
			return fmt.Errorf("%s: want int32 in one dimension", a)
		}
		training().Correct = correct
	default:
		t, ok := tensorOfAny(name, a.dims, a.data)
		if !ok {
			return fmt.Errorf("%s: want float32 or float64", a)
		}
		if strings.HasPrefix(name, momentPrefix1) || strings.HasPrefix(name, momentPrefix2) {
			training().Moments = append(training().Moments, t)
		} else {
			w.Tensors = append(w.Tensors, t)
		}
	}
	return nil
}
