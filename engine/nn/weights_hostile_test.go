package nn

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npy"
)

// npyFile makes an .npy of a header and what follows it.
func npyFile(header string, body any) []byte { return npyVersion(1, header+"\n", body) }

func npyVersion(version int, header string, body any) []byte {
	b := append(npy.Magic[:len(npy.Magic):len(npy.Magic)], byte(version), 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	b, err := binary.Append(append(b, header...), binary.LittleEndian, body)
	if err != nil {
		panic(err)
	}
	return b
}

func npzFile(t testing.TB, method uint16, entries ...any) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(entries); i += 2 {
		f, err := z.CreateHeader(&zip.FileHeader{Name: entries[i].(string), Method: method})
		if err == nil {
			_, err = f.Write(entries[i+1].([]byte))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// npzBomb claims 2⁴⁰ bytes for a few.
func npzBomb(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, err := z.CreateRaw(&zip.FileHeader{Name: "a.npy", Method: zip.Deflate, CompressedSize64: 4, UncompressedSize64: 1 << 40})
	if err == nil {
		_, err = f.Write([]byte{1, 2, 3, 4})
	}
	if err := errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestHostileWeights(t *testing.T) {
	header := func(descr, shape string) string {
		return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape)
	}
	good := npyFile(header("<f4", "(2,)"), []float32{1, 2})
	object := func(ops string) []byte { return npyFile(header("|O", "()"), []byte("\x80\x03"+ops)) }
	// A megabyte once, then asked for again by a few bytes.
	again := func(first, ops, last string) []byte {
		p := newPickle()
		p.raw("B")
		p.b = binary.LittleEndian.AppendUint32(p.b, 1<<20)
		p.raw(strings.Repeat("\x00", 1<<20) + "q\x00cnumpy\ndtype\nX\x02\x00\x00\x00f4\x85Rq\x01")
		p.raw(first + strings.Repeat(ops, 4000) + last + ".")
		return p.b
	}
	const (
		newArray = "cnumpy.core.multiarray\n_reconstruct\n)R"
		vector   = "(K\x01J\x00\x00\x04\x00\x85h\x01\x89h\x00t"
		matrix   = "(K\x01J\x00\x02\x00\x00J\x00\x02\x00\x00\x86h\x01\x89h\x00t"
		one      = "(K\x01K\x01\x85h\x01\x89C\x040000t"
		scalar   = "cnumpy.core.multiarray\nscalar\nq\x02"
	)
	article, err := os.ReadFile(articlesFile)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		file []byte
		want string
	}{
		"empty":               {nil, "neither"},
		"text":                {[]byte("hello"), "neither"},
		"zip cut":             {npzFile(t, zip.Store, "a.npy", good)[:40], "zip"},
		"zip empty":           {npzFile(t, zip.Store), "no parameters"},
		"zip twice":           {npzFile(t, zip.Store, "a.npy", good, "a.npy", good), "twice"},
		"zip bomb":            {npzBomb(t), "claims 1099511627776 bytes"},
		"claims a billion":    {npzFile(t, zip.Store, "a.npy", npyFile(header("<f4", "(1000000000,)"), []float32{1})), "claims more"},
		"overflow":            {npzFile(t, zip.Store, "a.npy", npyFile(header("<f4", "(4611686018427387905, 4)"), []float32{1})), "claims more"},
		"negative":            {npzFile(t, zip.Store, "a.npy", npyFile(header("<f4", "(-1, -2)"), []float32{1, 2})), "dimension 1: want a number from 0"},
		"too short":           {npzFile(t, zip.Store, "a.npy", npyFile(header("<f4", "(1,)"), []float32{1, 2})), "takes 4 bytes: there are 8"},
		"strings":             {npzFile(t, zip.Store, "a.npy", npyFile(header("<U4", "(1,)"), []float32{1, 2, 3, 4})), "element type"},
		"integers":            {npzFile(t, zip.Store, "a.npy", npyFile(header("<i4", "(1,)"), []int32{1})), "want float32 or float64"},
		"no shape":            {npzFile(t, zip.Store, "a.npy", npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': ", []float32{1})), "header"},
		"header without end":  {npzFile(t, zip.Store, "a.npy", append([]byte("\x93NUMPY\x01\x00\x05\x00"), "xxxxx"...)), "header"},
		"header claims":       {npzFile(t, zip.Store, "a.npy", append([]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "xxxxx"...)), "claims"},
		"bad network":         {npzFile(t, zip.Store, "network.npy", npyFile(header("|u1", "(2,)"), []byte("{}"))), "network"},
		"history of integers": {npzFile(t, zip.Store, "loss.npy", npyFile(header("<i4", "(1,)"), []int32{1})), "want float64"},
		"history cut":         {npzFile(t, zip.Store, "a.npy", good, "loss.npy", npyFile(header("<f8", "(1,)"), []float64{1})), "want as many"},
		"plain npy":           {good, "want one pickled dict"},
		"runs a command":      {object("cos\nsystem\nX\x02\x00\x00\x00id\x85R."), "class os.system"},
		"runs by name":        {object("\x8c\x08builtins\x8c\x04eval\x93\x8c\x011\x85R."), "class builtins.eval"},
		"other numpy":         {object("cnumpy\nload\nX\x01\x00\x00\x00a\x85R."), "class numpy.load"},
		"library's own class": {object("ccollections\nOrderedDict\n)R."), "collections.OrderedDict"},
		"the same by name":    {object("\x8c\x08copy_reg\x8c\x0e_reconstructor\x93."), "module copy_reg"},
		"instance":            {object("(cos\nsystem\no."), "operation 0x6f"},
		"persistent":          {object("X\x01\x00\x00\x00aQ."), "operation 0x51"},
		"extension":           {object("\x82\x01."), "operation 0x82"},
		"claims bytes":        {object("B\xff\xff\xff\x7fabc."), "claims"},
		"claims 2⁶³ bytes":    {object("\x8e\xff\xff\xff\xff\xff\xff\xff\x7fabc."), "claims"},
		"claims a frame":      {object("\x95\xff\xff\xff\xff\xff\xff\xff\x7f."), "claims"},
		"integer of nothing":  {object("\x8a\x00."), "no bytes"},
		"marks":               {object(strings.Repeat("(", 1<<20) + "."), "lists and dicts"},
		"stack empty":         {object("."), "empty"},
		"odd items":           {object("}(K\x01u."), "malformed"},
		"never ends":          {object("}"), "no end"},
		"a number":            {object("K\x01."), "want a dict"},
		"holds itself":        {object("}q\x00X\x01\x00\x00\x00ah\x00s."), "want an array"},
		"list in itself":      {object("}X\x08\x00\x00\x00conv_w_1]q\x00h\x00as."), "kernels"},
		"arrays of the same":  {again(newArray+"q\x02"+vector+"q\x03", "h\x02h\x03b", ""), "more elements than it holds bytes"},
		"scalars of the same": {again(scalar, "h\x02h\x01h\x00\x86R", ""), "shape [] takes 4 bytes: there are 1048576"},
		"kernels of the same": {again(newArray+"q\x02"+matrix+"b}(X\x08\x00\x00\x00conv_b_1"+newArray+one+"bX\x08\x00\x00\x00conv_w_1](", "h\x02", "eu"), "4000 kernels of [512 512]: more than the file holds"},
		"article cut":         {article[:len(article)/2], "claims 53219 bytes"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w, err := decodeWeights(bytes.NewReader(c.file), int64(len(c.file)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("weights %v, error %v: want an error with %q", w, err, c.want)
			}
		})
	}
}

func FuzzNPZ(f *testing.F) {
	m, err := New[float32](Network{Input: Input{2, 2, 1}, Layers: []Layer{{Op: Dense{Units: 2}}}})
	if err != nil {
		f.Fatal(err)
	}
	b, err := encodeNPZ(m.Weights())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := decodeNPZ(bytes.NewReader(b), int64(len(b)))
		if err == nil && len(w.Tensors) == 0 {
			t.Error("neither tensors nor an error")
		}
	})
}

// FuzzNPY is about one entry, which FuzzNPZ would reach only through a valid
// checksum.
func FuzzNPY(f *testing.F) {
	f.Add(npyFile("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", []float32{1, 2}))
	f.Add(npyFile("{'descr': '>f8', 'fortran_order': True, 'shape': (1, 2), }", []float64{1, 2}))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeNPY(b)
		if err != nil {
			return
		}
		elements := 1
		for _, d := range a.dims {
			elements *= d
		}
		if data := reflect.ValueOf(a.data); data.Kind() != reflect.Slice || data.Len() != elements {
			t.Errorf("%v: %d elements", a, data.Len())
		}
	})
}

// FuzzPickle is about the article's form past its header.
func FuzzPickle(f *testing.F) {
	m, err := New[float32](Network{Input: Input{1, 2, 1}, Layers: []Layer{{Op: Conv{Maps: 1, Kernel: Pair{1, 2}}}, {Op: Dense{Units: 1}}}})
	if err != nil {
		f.Fatal(err)
	}
	w := m.Weights()
	w.Network = nil // which is not the article's
	w.Training = &Training{Losses: []float64{1}, Correct: []int32{1}}
	b, err := encodeArticle(w)
	if err != nil {
		f.Fatal(err)
	}
	header := npyFile("{'descr': '|O', 'fortran_order': False, 'shape': (), }", []byte{})
	f.Add(b[bytes.IndexByte(b, 0x80):])
	f.Add([]byte("\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}(\x8c\x01aM\x01\x02u."))
	f.Add([]byte("\x80\x02}q\x00X\x01\x00\x00\x00acnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nX\x02\x00\x00\x00f8K\x00K\x01\x87RC\x0812345678\x86Rs."))
	f.Fuzz(func(t *testing.T, b []byte) {
		file := append(header[:len(header):len(header)], b...)
		w, err := decodeWeights(bytes.NewReader(file), int64(len(file)))
		if err == nil && len(w.Tensors) == 0 {
			t.Error("neither tensors nor an error")
		}
	})
}
