package lint

import (
	"go/ast"
	"go/build"
	"go/doc"
	"go/doc/comment"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// TestDocLinksLead: what stands in brackets in a doc comment is a link to what
// there is, and nothing else. A name that does not exist stays there raw, and
// something that is no name, as a shape, can become a link that nobody wanted.
func TestDocLinksLead(t *testing.T) {
	files := map[string][]*ast.File{}
	for _, f := range sourceFiles(t) {
		if !f.test {
			files[f.pkg] = append(files[f.pkg], f.ast)
		}
	}
	packages := map[string]bool{}
	for pkg := range files {
		packages[importPath(pkg)] = true
	}
	links := 0
	for pkg, list := range files {
		p, err := doc.NewFromFiles(fset, list, importPath(pkg), doc.AllDecls|doc.PreserveAST)
		if err != nil {
			t.Fatalf("%s: %v", pkg, err)
		}
		parser := p.Parser()
		for _, f := range list {
			leads := func(path string) bool {
				return path == "" || packages[path] || standard(path) || slices.ContainsFunc(f.Imports, func(i *ast.ImportSpec) bool {
					return i.Path.Value == strconv.Quote(path)
				})
			}
			rendered, source := docComments(f)
			for _, c := range rendered {
				for _, text := range texts(parser.Parse(c.Text())) {
					switch text := text.(type) {
					case *comment.DocLink:
						if links++; !leads(text.ImportPath) {
							t.Errorf("%v: a link to %s that leads nowhere", fset.Position(c.Pos()), text.ImportPath)
						}
					case comment.Plain:
						for _, m := range bracketed.FindAllString(string(text), -1) {
							t.Errorf("%v: %s is no name that the file knows", fset.Position(c.Pos()), m)
						}
					}
				}
			}
			for _, c := range source {
				for _, m := range inSentence.FindAllStringSubmatch(c.Text(), -1) {
					t.Errorf("%v: %s stays in brackets: comments within a declaration are shown as they are", fset.Position(c.Pos()), m[1])
				}
			}
		}
	}
	if links < 100 {
		t.Errorf("%d links: the search is wrong", links)
	}
}

// bracketed is a name in brackets, as a link is written. All capitals is a shape.
// Within a declaration so is a name by itself or before another in brackets.
var (
	bracketed  = regexp.MustCompile(name)
	inSentence = regexp.MustCompile(`[a-z,;:.]\s(` + name + `)(?:[^\[]|$)`)
)

const name = `\[\*?(?:[a-z][a-z0-9]*\.)?[A-Z][A-Z]*[a-z][A-Za-z0-9]*(?:\.[A-Z][A-Za-z0-9]*)?\]`

func importPath(pkg string) string {
	if pkg == "." {
		return module
	}
	return module + "/" + pkg
}

// standard reports whether an import path is the standard library's.
func standard(path string) bool {
	p, err := build.Default.Import(path, "", build.FindOnly)
	return err == nil && p.Goroot
}

// docComments returns the comments above a file's package clause and above its
// declarations, which are rendered, and those on fields, constants and variables
// within a declaration, which are shown as source.
func docComments(f *ast.File) (rendered, source []*ast.CommentGroup) {
	rendered = append(rendered, f.Doc)
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			rendered = append(rendered, d.Doc)
		case *ast.GenDecl:
			rendered = append(rendered, d.Doc)
			for _, spec := range d.Specs {
				if s, ok := spec.(*ast.TypeSpec); ok {
					rendered = append(rendered, s.Doc)
				}
			}
			for _, c := range f.Comments {
				if d.Pos() < c.Pos() && c.End() <= d.End() && !slices.Contains(rendered, c) {
					source = append(source, c)
				}
			}
		}
	}
	return slices.DeleteFunc(rendered, func(c *ast.CommentGroup) bool { return c == nil }), source
}

// texts returns the plain text and the links of a comment; code is left out.
func texts(d *comment.Doc) (list []comment.Text) {
	var blocks func([]comment.Block)
	blocks = func(content []comment.Block) {
		for _, b := range content {
			switch b := b.(type) {
			case *comment.Paragraph:
				list = append(list, b.Text...)
			case *comment.Heading:
				list = append(list, b.Text...)
			case *comment.List:
				for _, item := range b.Items {
					blocks(item.Content)
				}
			}
		}
	}
	blocks(d.Content)
	return list
}
