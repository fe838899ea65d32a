package golden

import (
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const pool = `{"n":1,"h":2,"w":2,"c":1,"kh":2,"kw":2,"stride":[1,1],"pad":[0,0],"out_h":1,"out_w":1,"x":[1,2,3,4],"y":[4],"dy":[5],"dx":[0,0,0,5]}`

// TestCases: packed or not, a file's cases come with their lines.
func TestCases(t *testing.T) {
	content := []byte("\n" + pool + "\n\n" + pool)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"cases.jsonl": content, "cases.jsonl.gz": packed.Bytes()} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		var lines []int
		err := Cases(file, func(line int, c any) error {
			if p, ok := c.(TorchPool); !ok || p.DX[3] != 5 {
				t.Errorf("%s: line %d is %+v", name, line, c)
			}
			lines = append(lines, line)
			return nil
		})
		if err != nil || len(lines) != 2 || lines[0] != 2 || lines[1] != 4 {
			t.Errorf("%s: cases in lines %v, error %v: want 2 and 4", name, lines, err)
		}
		if got, err := Read(file); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: read %d bytes, error %v: want %d", name, len(got), err, len(content))
		}
		stop := errors.New("stop")
		if err := Cases(file, func(int, any) error { return stop }); !errors.Is(err, stop) || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%s: error %v: want the visitor's with its line", name, err)
		}
	}
}

// TestCasesRefuse: what is no file of cases is named, with the line.
func TestCasesRefuse(t *testing.T) {
	for name, test := range map[string]struct{ content, want string }{
		"empty":     {"", "no cases"},
		"malformed": {pool + "\n{\"n\": 1,\n", "line 2: unexpected end of JSON"},
		"unknown":   {`{"answer": 42}`, "line 1: the fields are those of no known kind"},
		"foreign":   {strings.Replace(pool, `{`, `{"extra": 1, `, 1), `line 1: json: unknown field "extra"`},
		"long":      {strings.Repeat(" ", maxLine+1), "line 1: "},
		"plain.gz":  {pool, "invalid header"},
	} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		err := Cases(file, func(int, any) error { return nil })
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v: want the file and %q", name, err, test.want)
		}
	}
	if _, err := Read("missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: error %v", err)
	}
}
