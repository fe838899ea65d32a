package bench

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/unslide/unslide/im2col"
)

// problem is a case that a path can be checked on.
type problem interface {
	// check runs the case on a path.
	check(p Path, workers int) (outcome, error)
	label() string
	// exact reports whether every sum is exact on a path, so that results are
	// equal.
	exact(p Path) bool
}

// readGolden reads a file of cases that another program computed, one JSON
// object a line, gzipped or not, and hands each to visit. Its error names the
// file and the line.
func readGolden(name string, visit func(problem) error) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("bench: %w", err)
	}
	defer f.Close()
	r := io.Reader(f)
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("bench: %s: %w", name, err)
		}
		defer z.Close()
		r = z
	}
	if err := scanGolden(r, visit); err != nil {
		return fmt.Errorf("bench: %s: %w", name, err)
	}
	return nil
}

// maxLine bounds one case's text, of which a short gzip can make any length;
// the longest case of those here has 200 KB.
const maxLine = 4 << 20

func scanGolden(r io.Reader, visit func(problem) error) error {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	line, cases := 0, 0
	for lines.Scan() {
		line++
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		p, err := parseGolden(text, line)
		if err == nil {
			err = visit(p)
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

// parseGolden recognises a case by its fields.
func parseGolden(text []byte, line int) (problem, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return fields[n] == nil })
	}
	switch {
	case has("kind", "kernels", "kernels_after"):
		return decode[articleConv](text, line)
	case has("kind", "argmax", "maps"):
		return decode[articlePool](text, line)
	case has("filter_hwoi", "output_padding"):
		return decode[torchTransposed](text, line)
	case has("filter", "padding"):
		return decode[tensorflowConv](text, line)
	case has("filter", "dilation", "groups"):
		return decode[torchConv](text, line)
	case has("kh", "kw", "dy", "dx", "pad"):
		return decode[torchPool](text, line)
	default:
		return nil, errors.New("the fields are those of no known kind of case")
	}
}

// golden is a line of a file, decoded.
type golden interface {
	problem(name string) (problem, error)
}

func decode[G golden](text []byte, line int) (problem, error) {
	var g G
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&g); err != nil {
		return nil, err
	}
	return g.problem(fmt.Sprintf("line %d", line))
}

// lengths checks that each slice is as long as the geometry says, before
// anything is allocated by the geometry's word.
func lengths(pairs ...any) error {
	var errs []error
	for i := 0; i < len(pairs); i += 3 {
		name, x, want := pairs[i].(string), pairs[i+1].([]float64), pairs[i+2].(int)
		if len(x) != want {
			errs = append(errs, fmt.Errorf("%s: %d numbers: want %d", name, len(x), want))
		}
	}
	return errors.Join(errs...)
}

// plausible refuses geometries that would take memory or time out of all
// proportion to the case's own numbers: huge padding or dilation.
func plausible(n int, g *im2col.Geometry) error {
	rows, cols := (g.OH-1)*g.StrideH+(g.KH-1)*g.DilationH+1, (g.OW-1)*g.StrideW+(g.KW-1)*g.DilationW+1
	const side, elements = 1 << 10, 1 << 22
	if n < 1 || n > side || rows > side || cols > side || rows*cols > elements/max(g.C, g.OC) {
		return fmt.Errorf("%d images of %d channels padded to %d×%d, %d filters: want at least 1 image, at most %d of each and %d in all",
			n, g.C, rows, cols, g.OC, side, elements)
	}
	return nil
}
