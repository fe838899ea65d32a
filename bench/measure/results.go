package measure

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/unslide/unslide/internal/wholefile"
)

// Results are figures of one run on one machine. Peers and the engine were
// measured in turns, so that their ratios hold whatever the machine did
// meanwhile.
type Results struct {
	Machine Machine   `json:"machine"`
	Time    time.Time `json:"time"`
	// Peers are the other frameworks that were measured, with their versions;
	// Missing are those that could not be, and why.
	Peers   map[string]string `json:"peers,omitempty"`
	Missing map[string]string `json:"missing,omitempty"`
	Peaks   []Figure          `json:"peaks"` // of large square products, by number of threads
	Figures []Figure          `json:"figures"`
	Memory  []Memory          `json:"memory,omitempty"`
	// Trainings are the runs of MNISTList.
	Trainings []Training `json:"trainings,omitempty"`
}

// Figure is how fast a form of a program did a piece of work.
type Figure struct {
	List    string  `json:"list"`
	Layer   string  `json:"layer"`
	Pass    Pass    `json:"pass,omitempty"`
	Batch   int     `json:"batch,omitempty"`
	FLOP    float64 `json:"flop"` // of one call
	Threads int     `json:"threads"`
	Program string  `json:"program"`
	Form    string  `json:"form"`
	Seconds Spread  `json:"seconds"` // of one call
}

// GFLOPS returns the median speed, in 10⁹ operations a second.
func (f Figure) GFLOPS() float64 { return f.FLOP / f.Seconds.Median / 1e9 }

// Spread sums up how long calls took.
type Spread struct {
	Median  float64 `json:"median"`
	Low     float64 `json:"low"`  // a tenth were faster
	High    float64 `json:"high"` // a tenth were slower
	Samples int     `json:"samples"`
}

// NewSpread sums up at least one sample, in five digits.
func NewSpread(samples []float64) Spread {
	s := slices.Sorted(slices.Values(samples))
	at := func(q float64) float64 { return fiveDigits(s[int(q*float64(len(s)-1)+0.5)]) }
	return Spread{Median: at(0.5), Low: at(0.1), High: at(0.9), Samples: len(s)}
}

// fiveDigits rounds to five digits, more than any time repeats.
func fiveDigits(x float64) float64 {
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 5, 64), 64) // reads what it has printed
	return rounded
}

// Memory is the largest resident set of a process that took training steps of
// the article's network at batch 128, its program and libraries included.
type Memory struct {
	Program string `json:"program"`
	Threads int    `json:"threads"`
	Peak    int64  `json:"peak_bytes"`
}

// Peak returns the fastest large product with so many threads, in GFLOP/s, 0
// if there is none.
func (r *Results) Peak(threads int) float64 {
	best := 0.0
	for _, f := range r.Peaks {
		if f.Threads == threads {
			best = max(best, f.GFLOPS())
		}
	}
	return best
}

// Write writes the results as JSON, a figure a line, so that people can read what
// differs between two runs.
func (r *Results) Write(w io.Writer) error {
	data, err := json.Marshal(r)
	if err == nil {
		_, err = w.Write(byLine(data))
	}
	if err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	return nil
}

// byLine breaks JSON without blanks into lines: a field of the outermost object
// begins one, and each element or field of what that holds, as a figure, has one
// to itself.
func byLine(data []byte) []byte {
	const broken = 2 // levels
	var lines []byte
	depth, quoted := 0, false
	next := func() { lines = append(append(lines, '\n'), "  "[:depth]...) }
	for i, c := range data {
		if c == '"' && !(quoted && escaped(data[:i])) {
			quoted = !quoted
		}
		if quoted {
			lines = append(lines, c)
			continue
		}
		switch c {
		case '{', '[':
			lines = append(lines, c)
			if depth++; depth <= broken {
				next()
			}
		case '}', ']':
			if depth--; depth < broken {
				next()
			}
			lines = append(lines, c)
		case ',':
			lines = append(lines, c)
			if depth <= broken {
				next()
			} else {
				lines = append(lines, ' ')
			}
		case ':':
			lines = append(lines, ':', ' ')
		default:
			lines = append(lines, c)
		}
	}
	return append(lines, '\n')
}

// escaped reports whether the character after a piece of a string is escaped: an
// odd number of backslashes comes before it.
func escaped(before []byte) bool {
	return (len(before)-len(bytes.TrimRight(before, `\`)))%2 == 1
}

// Save is Write into a file, which it replaces only once all is written.
func (r *Results) Save(file string) error {
	var data bytes.Buffer
	if err := r.Write(&data); err != nil {
		return err
	}
	if err := wholefile.Write(file, data.Bytes()); err != nil {
		return fmt.Errorf("measure: %w", err)
	}
	return nil
}

// Load reads what Save wrote.
func Load(file string) (*Results, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("measure: %w", err)
	}
	r := new(Results)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("measure: %s: %w", file, err)
	}
	return r, nil
}
