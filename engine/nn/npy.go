package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/sbinet/npyio/npy"
	"go.starlark.net/syntax"
)

// npyHeader is what an .npy says of the array in it.
type npyHeader struct {
	dtype       *dtype
	dims        []int
	columnMajor bool
	body        []byte // what follows the header
}

// decodeNPY reads an .npy of numbers that lies in memory. What its header
// claims is compared with its real size before memory is taken for it.
func decodeNPY(file []byte) (array, error) {
	h, err := readHeader(file)
	if err != nil {
		return array{}, err
	}
	return newArray(h.dims, h.dtype, h.columnMajor, h.body)
}

// maxHeader bounds a header's text; NumPy's readers stop at 10 000 bytes.
const maxHeader = 1 << 16

// readHeader reads the header of an .npy of version 1, 2 or 3. They differ in
// the size of the text's length, and in the text's encoding, of which numbers
// need ASCII alone.
func readHeader(file []byte) (npyHeader, error) {
	if !bytes.HasPrefix(file, npy.Magic[:]) {
		return npyHeader{}, errors.New("no .npy: want it to begin with \\x93NUMPY")
	}
	if len(file) < 12 {
		return npyHeader{}, fmt.Errorf("cut: %d bytes", len(file))
	}
	var text []byte
	var length uint64
	switch major, minor := file[6], file[7]; {
	case major == 1 && minor == 0:
		length, text = uint64(binary.LittleEndian.Uint16(file[8:])), file[10:]
	case (major == 2 || major == 3) && minor == 0:
		length, text = uint64(binary.LittleEndian.Uint32(file[8:])), file[12:]
	default:
		return npyHeader{}, fmt.Errorf(".npy version %d.%d: want 1.0, 2.0 or 3.0", major, minor)
	}
	switch {
	case length > uint64(len(text)):
		return npyHeader{}, fmt.Errorf("cut: %d bytes: the header claims %d more", len(text), length-uint64(len(text)))
	case length > maxHeader:
		return npyHeader{}, fmt.Errorf("header of %d bytes: want at most %d", length, maxHeader)
	}
	h, err := parseHeader(text[:length])
	h.body = text[length:]
	if err != nil {
		return npyHeader{}, fmt.Errorf("header %.200q: %w", bytes.TrimSpace(text[:length]), err)
	}
	return h, nil
}

// python2 is what Python 2 wrote otherwise: integers as 28L, strings as u'…'.
var python2 = regexp.MustCompile(`\b([0-9]+)L\b|\bu(['"])`)

// parseHeader reads a header's text, a Python dict of three keys. Starlark's
// grammar of such literals is Python's, but for form feeds.
func parseHeader(text []byte) (h npyHeader, err error) {
	text = python2.ReplaceAll(bytes.ReplaceAll(text, []byte("\f"), []byte(" ")), []byte("$1$2"))
	text = bytes.TrimSpace(text)
	expr, err := new(syntax.FileOptions).ParseExpr("", text, 0)
	if err != nil {
		var e syntax.Error
		if errors.As(err, &e) {
			return h, fmt.Errorf("column %d: %s", e.Pos.Col, e.Msg)
		}
		return h, err
	}
	dict, ok := unparen(expr).(*syntax.DictExpr)
	if !ok {
		return h, errors.New("no dict: want {'descr': …, 'fortran_order': …, 'shape': …}")
	}
	read := map[string]func(syntax.Expr) error{
		"descr":         h.readType,
		"fortran_order": h.readOrder,
		"shape":         h.readShape,
	}
	var errs []error
	for _, e := range dict.List {
		entry := e.(*syntax.DictEntry)
		key, _ := stringOf(entry.Key)
		if read[key] == nil {
			errs = append(errs, fmt.Errorf("key %q: want descr, fortran_order and shape, each once", key))
			continue
		}
		errs = append(errs, read[key](unparen(entry.Value)))
		delete(read, key)
	}
	for _, key := range slices.Sorted(maps.Keys(read)) {
		errs = append(errs, fmt.Errorf("no key %q", key))
	}
	return h, errors.Join(errs...)
}

func unparen(e syntax.Expr) syntax.Expr {
	for {
		p, ok := e.(*syntax.ParenExpr)
		if !ok {
			return e
		}
		e = p.X
	}
}

// stringOf returns the value of a string literal.
func stringOf(e syntax.Expr) (string, bool) {
	l, ok := unparen(e).(*syntax.Literal)
	if !ok {
		return "", false
	}
	s, ok := l.Value.(string)
	return s, ok
}

func (h *npyHeader) readType(e syntax.Expr) (err error) {
	name, ok := stringOf(e)
	if !ok {
		return errors.New("descr of several fields: want numbers of one type")
	}
	h.dtype, err = parseDtype(name)
	return err
}

func (h *npyHeader) readOrder(e syntax.Expr) error {
	i, ok := e.(*syntax.Ident)
	if !ok || (i.Name != "True" && i.Name != "False") {
		return errors.New("fortran_order: want True or False")
	}
	h.columnMajor = i.Name == "True"
	return nil
}

func (h *npyHeader) readShape(e syntax.Expr) error {
	tuple, ok := e.(*syntax.TupleExpr)
	if !ok {
		return errors.New("shape: want a tuple such as (2, 3), (2,) or ()")
	}
	if len(tuple.List) > maxDims {
		return fmt.Errorf("%d dimensions: want at most %d", len(tuple.List), maxDims)
	}
	for i, e := range tuple.List {
		l, ok := unparen(e).(*syntax.Literal)
		if !ok {
			return fmt.Errorf("shape: dimension %d: want a number from 0", i+1)
		}
		d, ok := l.Value.(int64)
		if !ok || int64(int(d)) != d {
			return fmt.Errorf("shape: dimension %d is %s: want a number that memory can have", i+1, l.Raw)
		}
		h.dims = append(h.dims, int(d))
	}
	return nil
}
