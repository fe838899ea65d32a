// Package golden reads golden files: what other programs computed, for the tests
// and for unslide verify to compare with.
//
//	bench/verify ──┐
//	tests ─────────┴──► internal/golden   (imports nothing of ours)
//
// A file of cases has one JSON object a line: [Cases] reads it, [Parse] knows the
// kinds of case by their fields. [Read] reads any file whole. Files whose names
// end in .gz are unpacked. The reference's own tests read theirs by themselves.
//
// The files are in testdata, each once. README.md says what each holds; files.json
// has, for each, the SHA-256 of its unpacked content and the program in makers
// that writes it, and `make golden` runs those again and compares.
package golden
