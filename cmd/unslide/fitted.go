package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

// fitted prints text and tables. On a terminal they are made to fit its width:
// text is broken between words, and a table into several, one below the other,
// that each begin with its first columns, the keys. Elsewhere they stay as they
// are.
func (s stream) fitted(keys int, print func(io.Writer) error) error {
	if !s.redraws() {
		return print(s)
	}
	var whole bytes.Buffer
	err := print(&whole)
	_, failed := io.WriteString(s, fit(whole.String(), s.columns()-1, keys))
	return errors.Join(err, failed)
}

// fit makes text that consists of paragraphs, parted by empty lines, so narrow.
func fit(text string, columns, keys int) string {
	var b strings.Builder
	for i, paragraph := range strings.Split(strings.TrimSuffix(text, "\n"), "\n\n") {
		if i > 0 {
			b.WriteString("\n")
		}
		lines := strings.Split(paragraph, "\n")
		if widest(lines) > columns {
			if cells := cells(lines); len(cells) > max(keys, 2) {
				lines = folded(cells, columns, keys)
			}
			lines = narrowed(lines, columns)
		}
		for _, line := range lines {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
		}
	}
	return b.String()
}

func widest(lines []string) (n int) {
	for _, line := range lines {
		n = max(n, utf8.RuneCountInString(line))
	}
	return n
}

// cells cuts the lines of a table at the gaps of two spaces and more that go
// through all of them, and returns its columns, each with what parts it from the
// one before.
func cells(lines []string) (columns [][]string) {
	width := widest(lines)
	table := make([][]rune, len(lines))
	for i, line := range lines {
		table[i] = []rune(line + strings.Repeat(" ", width-utf8.RuneCountInString(line)))
	}
	empty := func(at int) bool {
		for _, row := range table {
			if row[at] != ' ' {
				return false
			}
		}
		return true
	}
	const gap = 2
	from, blank, inside := 0, 0, false
	cut := func(to int) {
		column := make([]string, len(table))
		for i, row := range table {
			column[i] = string(row[from:to])
		}
		columns, from = append(columns, column), to
	}
	for at := range width {
		switch {
		case empty(at):
			blank++
		case inside && blank >= gap:
			cut(at - blank)
			blank = 0
		default:
			inside, blank = true, 0
		}
	}
	if width > 0 {
		cut(width)
	}
	return columns
}

// folded lays the columns of a table that have anything to say out in several
// tables of a width, which begin with the keys.
func folded(columns [][]string, width, keys int) (lines []string) {
	row := func(i int, columns ...[]string) (line string) {
		for _, c := range columns {
			line += c[i]
		}
		return line
	}
	var block [][]string
	flush := func() {
		if len(lines) > 0 {
			lines = append(lines, "")
		}
		for i := range columns[0] {
			lines = append(lines, row(i, append(columns[:keys:keys], block...)...))
		}
		block = nil
	}
	used := utf8.RuneCountInString(row(0, columns[:keys]...))
	at := used
	for _, c := range columns[keys:] {
		if !says(c) {
			continue
		}
		n := utf8.RuneCountInString(c[0])
		if at+n > width && len(block) > 0 {
			flush()
			at = used
		}
		block, at = append(block, c), at+n
	}
	flush()
	return lines
}

// says reports whether a column has more than dashes below its name.
func says(column []string) bool {
	for _, cell := range column[1:] {
		if strings.Trim(cell, " -–") != "" {
			return true
		}
	}
	return len(column) == 1
}

// narrowed breaks lines between words; what goes on is set in.
func narrowed(lines []string, columns int) (broke []string) {
	for _, line := range lines {
		words := strings.TrimLeft(line, " ")
		margin := line[:len(line)-len(words)]
		if utf8.RuneCountInString(line) <= columns {
			broke = append(broke, line)
			continue
		}
		const more = "  "
		for i, part := range broken(words, max(columns-len(margin)-len(more), 1)) {
			if i == 1 {
				margin += more
			}
			broke = append(broke, margin+part)
		}
	}
	return broke
}
