package slide

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// WriteText writes the frames one below the other, with marks as brackets and
// signs; the head says what they mean.
func (s Scene) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, s.Title)
	marks, places := s.legend()
	for _, line := range [][]meaning{marks, places} {
		var entries []string
		for _, e := range line {
			entries = append(entries, strings.TrimSpace(bracket(e.mark, cmp.Or(sign(e.mark), "x")))+" "+e.text)
		}
		if len(entries) > 0 {
			fmt.Fprintln(b, strings.Join(entries, ", "))
		}
	}
	for i, f := range s.Frames {
		fmt.Fprintf(b, "\n%d/%d  %s\n", i+1, len(s.Frames), f.Caption)
		for _, row := range f.Rows {
			fmt.Fprintln(b)
			writeGrids(b, row)
		}
		if len(f.Lines) > 0 {
			fmt.Fprintln(b)
		}
		for _, line := range f.Lines {
			fmt.Fprintf(b, "  %s\n", line)
		}
	}
	return b.Flush()
}

// writeGrids writes matrices side by side, their middles level.
func writeGrids(w io.Writer, grids []Grid) {
	blocks := make([][]string, len(grids))
	height := 0
	for i, g := range grids {
		blocks[i] = g.lines()
		height = max(height, len(blocks[i]))
	}
	for y := range height + 1 { // the titles are line 0
		var line strings.Builder
		for i, g := range grids {
			block := blocks[i]
			width := utf8.RuneCountInString(g.Title)
			for _, l := range block {
				width = max(width, utf8.RuneCountInString(l))
			}
			operator := "   "
			if y == 1+(height-1)/2 && g.Before != "" {
				operator = " " + g.Before + " "
			}
			if i == 0 {
				operator = ""
			}
			text := ""
			if top := 1 + (height-len(block))/2; y == 0 {
				text = g.Title
			} else if y >= top && y-top < len(block) {
				text = block[y-top]
			}
			line.WriteString(operator + text + strings.Repeat(" ", width-utf8.RuneCountInString(text)))
		}
		fmt.Fprintln(w, strings.TrimRight("  "+line.String(), " "))
	}
}

// lines is a matrix with its marks.
func (g Grid) lines() []string {
	width := 1
	for i, row := range g.Values {
		for j := range row {
			width = max(width, utf8.RuneCountInString(g.cell(i, j)))
		}
	}
	var lines []string
	for i := -g.Margin.Top; i < g.Values.Rows()+g.Margin.Bottom; i++ {
		var line strings.Builder
		for j := -g.Margin.Left; j < g.Values.Cols()+g.Margin.Right; j++ {
			mark := g.mark(i, j)
			text := cmp.Or(sign(mark), g.cell(i, j))
			text = strings.Repeat(" ", width-utf8.RuneCountInString(text)) + text
			line.WriteString(bracket(mark, text))
		}
		lines = append(lines, line.String())
	}
	return lines
}

// sign stands in an element that has no number.
func sign(m Mark) string {
	switch {
	case m&beyond != 0:
		return "_"
	case m&unknown != 0:
		return "?"
	}
	return ""
}

// bracket puts an element's mark around it.
func bracket(m Mark, text string) string {
	switch {
	case m&Result != 0:
		return "<" + text + ">"
	case m&Centre != 0:
		return "(" + text + ")"
	case m&Covered != 0:
		return "[" + text + "]"
	}
	return " " + text + " "
}
