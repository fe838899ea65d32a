package main

import (
	"bytes"
	"context"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestFit: text is broken between words, a table into several with its keys, and
// nothing but columns of dashes is lost.
func TestFit(t *testing.T) {
	const text = `A machine of many words, which has to be broken

  layer  pass     threads  auto     sgemm  naive  best peer  its speed
     c1  forward        1   7.6  12.9 and      -          -          -
     c3  data           2     -       1.2      -          -        3.5

end
`
	const want = `A machine of many words,
  which has to be broken

  layer  pass     threads
     c1  forward        1
     c3  data           2

  layer  pass     auto
     c1  forward   7.6
     c3  data        -

  layer  pass        sgemm
     c1  forward  12.9 and
     c3  data          1.2

  layer  pass     its speed
     c1  forward          -
     c3  data           3.5

end
`
	got := fit(text, 28, 2)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for line := range strings.Lines(got) {
		if n := utf8.RuneCountInString(line) - 1; n > 28 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	if got := fit(text, 100, 2); got != text {
		t.Errorf("what fits is changed:\n%s", got)
	}
}

// TestTablesFitTheTerminal, and are whole elsewhere.
func TestTablesFitTheTerminal(t *testing.T) {
	if testing.Short() {
		t.Skip("measures and draws many times")
	}
	data, dir := dataDir(t), t.TempDir()
	saved := filepath.Join(dir, "w.npz")
	ok(t, "train", "--data", data, "--network", smallNetwork(t, 8), "--limit", "20", "--test", "0", "--save", saved)
	digit := make([]byte, 28*28)
	for row := 4; row < 24; row++ {
		digit[row*28+14] = 255
	}
	one := writePicture(t, dir, 0, digit)
	for _, args := range [][]string{
		{"predict", "--weights", saved, one},
		{"data", "--data", data},
		{"timeline", "--data", data, "--network", smallNetwork(t, 8), "--steps", "3", "--images", "1", "--python", "none", "--layers", "article/conv1", "--out", filepath.Join(dir, "t")},
		{"bench", "lenet", "--match", "c1 forward", "--threads", "1", "--rounds", "1", "--seconds", "0.001"},
	} {
		if _, out, errs := unslide(t, args...); errs != "" || !hasLineLongerThan(out, 79) {
			t.Errorf("%s off a terminal says %q, and nothing wide:\n%s", args[0], errs, out)
		}
		for _, columns := range []int{60, 80} {
			var out bytes.Buffer
			c := console{out: stream{&out, func() int { return columns }}, err: stream{Writer: io.Discard}}
			if status := run(context.Background(), args, c); status != exitOK {
				t.Fatalf("%v: status %d", args, status)
			}
			shown := out.String()[strings.LastIndex(out.String(), clearLine)+1:]
			for line := range strings.Lines(shown) {
				if n := utf8.RuneCountInString(line) - 1; n >= columns && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s in %d columns: a line of %d: %s", args[0], columns, n, line)
				}
			}
		}
	}
}

func hasLineLongerThan(text string, columns int) bool {
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(line)-1 > columns {
			return true
		}
	}
	return false
}
