package nn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// The pickle library takes memory by what a pickle claims and knows some
// classes of its own. scanPickle goes through the bytes before it: only the
// operations that NumPy's pickles of protocols 2 to 4 consist of, each claim
// inside the file, and a bound on what makes containers.

// operand tells what follows an operation in the stream.
type operand uint8

const (
	nothing operand = iota + 1
	bytes1          // so many bytes
	bytes2
	bytes4
	bytes8
	counted1 // a count of so many bytes, then as many bytes
	counted4
	counted8
	frame    // a count of 8 bytes, of bytes that hold operations
	twoLines // module and name of a global
)

var pickleOps = [256]operand{
	'\x80': bytes1,   // PROTO
	'\x95': frame,    // FRAME
	'.':    nothing,  // STOP
	'(':    nothing,  // MARK
	'}':    nothing,  // EMPTY_DICT
	']':    nothing,  // EMPTY_LIST
	')':    nothing,  // EMPTY_TUPLE
	't':    nothing,  // TUPLE
	'\x85': nothing,  // TUPLE1
	'\x86': nothing,  // TUPLE2
	'\x87': nothing,  // TUPLE3
	'a':    nothing,  // APPEND
	'e':    nothing,  // APPENDS
	's':    nothing,  // SETITEM
	'u':    nothing,  // SETITEMS
	'N':    nothing,  // NONE
	'\x88': nothing,  // NEWTRUE
	'\x89': nothing,  // NEWFALSE
	'K':    bytes1,   // BININT1
	'M':    bytes2,   // BININT2
	'J':    bytes4,   // BININT
	'\x8a': counted1, // LONG1
	'G':    bytes8,   // BINFLOAT
	'\x8c': counted1, // SHORT_BINUNICODE
	'X':    counted4, // BINUNICODE
	'U':    counted1, // SHORT_BINSTRING
	'T':    counted4, // BINSTRING
	'C':    counted1, // SHORT_BINBYTES
	'B':    counted4, // BINBYTES
	'\x8e': counted8, // BINBYTES8
	'q':    bytes1,   // BINPUT
	'r':    bytes4,   // LONG_BINPUT
	'\x94': nothing,  // MEMOIZE
	'h':    bytes1,   // BINGET
	'j':    bytes4,   // LONG_BINGET
	'c':    twoLines, // GLOBAL
	'\x93': nothing,  // STACK_GLOBAL
	'R':    nothing,  // REDUCE
	'b':    nothing,  // BUILD
}

// foreignModules are those whose classes the library makes without asking.
var foreignModules = []string{"collections", "__builtin__", "copy_reg"}

// maxContainers bounds the marks, lists and dicts, each of which costs the
// library some hundred bytes for one in the file.
const maxContainers = 1 << 16

func scanPickle(b []byte) error {
	containers := 0
	for at := 0; at < len(b); {
		op := b[at]
		rest := b[at+1:]
		size, err := operandSize(op, rest)
		if err != nil {
			return fmt.Errorf("pickle, byte %d: %w", at, err)
		}
		switch op {
		case '.':
			return nil
		case '(', ']', '}':
			if containers++; containers > maxContainers {
				return fmt.Errorf("pickle, byte %d: more than %d lists and dicts", at, maxContainers)
			}
		case '\x8a':
			if size == 1 {
				return fmt.Errorf("pickle, byte %d: an integer of no bytes", at)
			}
		case '\x8c', 'X', 'U', 'T':
			head := 1
			if op == 'X' || op == 'T' {
				head = 4
			}
			if s := string(rest[head:size]); slices.Contains(foreignModules, s) {
				return fmt.Errorf("pickle, byte %d: module %s: want NumPy's arrays alone", at, s)
			}
		}
		at += 1 + size
	}
	return errors.New("pickle: cut: no end")
}

// operandSize returns how many bytes follow an operation before the next, all
// of which are there.
func operandSize(op byte, rest []byte) (int, error) {
	head, counted := 0, false
	switch pickleOps[op] {
	case 0:
		return 0, fmt.Errorf("operation %#02x: want those of NumPy's arrays alone", op)
	case nothing:
	case bytes1:
		head = 1
	case bytes2:
		head = 2
	case bytes4:
		head = 4
	case bytes8:
		head = 8
	case counted1:
		head, counted = 1, true
	case counted4:
		head, counted = 4, true
	case counted8, frame:
		head, counted = 8, true
	case twoLines:
		module, after, ok1 := bytes.Cut(rest, []byte("\n"))
		name, _, ok2 := bytes.Cut(after, []byte("\n"))
		if !ok1 || !ok2 {
			return 0, errors.New("cut")
		}
		if slices.Contains(foreignModules, string(module)) {
			return 0, fmt.Errorf("class %s.%s: want NumPy's arrays alone", module, name)
		}
		return len(module) + len(name) + 2, nil
	}
	if len(rest) < head {
		return 0, errors.New("cut")
	}
	if !counted {
		return head, nil
	}
	var count [8]byte
	copy(count[:], rest[:head])
	n := binary.LittleEndian.Uint64(count[:])
	if n > uint64(len(rest)-head) {
		return 0, fmt.Errorf("claims %d bytes: there are %d", n, len(rest)-head)
	}
	if pickleOps[op] == frame {
		return head, nil // what is in it is scanned like the rest
	}
	return head + int(n), nil
}
