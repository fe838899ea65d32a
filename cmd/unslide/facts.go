package main

import (
	"bufio"
	"fmt"
	"strings"
	"unicode/utf8"
)

// facts are printed in two columns: a name, empty for more of the one above, and
// a text, which on a terminal is broken to what the names leave of its width.
type facts []struct{ name, text string }

func (f *facts) add(name, format string, args ...any) {
	*f = append(*f, struct{ name, text string }{name, fmt.Sprintf(format, args...)})
}

func (f facts) write(w stream) error {
	names := 0
	for _, fact := range f {
		if fact.text != "" { // else a heading
			names = max(names, utf8.RuneCountInString(fact.name))
		}
	}
	room := 0
	if w.redraws() {
		room = max(w.columns()-1-names-2, 20)
	}
	b := bufio.NewWriter(w)
	for _, fact := range f {
		for i, line := range broken(fact.text, room) {
			if i > 0 {
				fact.name = ""
			}
			fmt.Fprintln(b, strings.TrimRight(fmt.Sprintf("%-*s  %s", names, fact.name, line), " "))
		}
	}
	return b.Flush()
}

// broken breaks a text between words into lines of so many letters where it can,
// with 0 not at all.
func broken(text string, letters int) []string {
	if letters == 0 {
		return []string{text}
	}
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= letters:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
