package mnist

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// A file is one of the data set's four, as published.
type file struct {
	name       string // of the uncompressed file
	gzipSize   int64  // of the published .gz
	gzipSHA256 string
	size       int64 // uncompressed
	sha256     string
}

const (
	trainImages = iota
	trainLabels
	testImages
	testLabels
)

var files = [4]file{
	trainImages: {"train-images-idx3-ubyte", 9912422, "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
	trainLabels: {"train-labels-idx1-ubyte", 28881, "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
	testImages:  {"t10k-images-idx3-ubyte", 1648877, "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
	testLabels:  {"t10k-labels-idx1-ubyte", 4542, "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
}

// maxCompressed bounds what is read of a file: other compressors than the
// published one's make files somewhat larger or smaller, stored ones a little
// larger than the content.
func (f *file) maxCompressed() int64 { return f.size + f.size>>8 + 1<<10 }

// names are what the file is called: as published or, as some archives unpack
// it, with a dot; gzipped or not.
func (f *file) names() []string {
	dotted := strings.Replace(f.name, "-idx", ".idx", 1)
	return []string{f.name + ".gz", f.name, dotted + ".gz", dotted}
}

// layers is how often a file may be gzipped: some servers compress what is
// compressed already.
const layers = 2

// content checks the bytes of a file, gzipped or not, and returns what is in
// it. Where the gzip is not the published one, the content must be.
func (f *file) content(b []byte) ([]byte, error) {
	for range layers {
		if !isGzip(b) {
			break
		}
		published := digest(b) == f.gzipSHA256
		var err error
		if b, err = f.unzip(b); err != nil || published {
			return b, err
		}
	}
	if int64(len(b)) != f.size {
		return nil, fmt.Errorf("%d bytes: want %d", len(b), f.size)
	}
	if d := digest(b); d != f.sha256 {
		return nil, fmt.Errorf("SHA-256 of its content %s: want %s: damaged, or another data set's", d, f.sha256)
	}
	return b, nil
}

func isGzip(b []byte) bool { return len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b }

func (f *file) unzip(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	content := bytes.NewBuffer(make([]byte, 0, f.size+bytes.MinRead))
	if _, err := content.ReadFrom(io.LimitReader(z, f.maxCompressed()+1)); err != nil {
		return nil, fmt.Errorf("cut or damaged gzip of %d bytes: %w", len(b), err)
	}
	return content.Bytes(), nil
}

func digest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}
