package golden

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Read returns the content of a file, unpacked.
func Read(file string) ([]byte, error) {
	r, err := open(file)
	if err != nil {
		return nil, fmt.Errorf("golden: %w", err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("golden: %s: %w", file, err)
	}
	return content, nil
}

// Cases reads a file of cases, one JSON object a line, and hands each with the
// number of its line to visit, as [Parse] returns it. Its error names the file and
// the line; a file without cases is one.
func Cases(file string, visit func(line int, c any) error) error {
	r, err := open(file)
	if err != nil {
		return fmt.Errorf("golden: %w", err)
	}
	defer r.Close()
	if err := scan(r, visit); err != nil {
		return fmt.Errorf("golden: %s: %w", file, err)
	}
	return nil
}

// maxLine bounds one case's text, of which a short gzip can make any length;
// the longest case of those here has 200 KB.
const maxLine = 4 << 20

func scan(r io.Reader, visit func(line int, c any) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	line, cases := 0, 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		c, err := Parse(text)
		if err == nil {
			err = visit(line, c)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		cases++
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", line+1, err)
	}
	if cases == 0 {
		return errors.New("no cases: want one JSON object a line")
	}
	return nil
}

// open opens a file to be read unpacked.
func open(file string) (io.ReadCloser, error) {
	f, err := os.Open(file)
	if err != nil || !strings.HasSuffix(file, ".gz") {
		return f, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return unpacked{z, f}, nil
}

// unpacked is a packed file as it is read.
type unpacked struct {
	*gzip.Reader
	file io.Closer
}

func (u unpacked) Close() error { return errors.Join(u.Reader.Close(), u.file.Close()) }
