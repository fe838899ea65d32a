package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/unslide/unslide/engine"
)

// networkReader reads a network's JSON field by field, so that it can tell all
// faults at once, each with its line and layer, and a field that is zero from
// one that is left out.
type networkReader struct {
	text  []byte
	lines []int // of each layer's begin
	errs  []error
}

// value is a piece of the text.
type value struct {
	text []byte
	at   int // in the whole text
}

// member is a field of an object.
type member struct {
	name string
	at   int
	value
}

func (r *networkReader) line(at int) int { return 1 + bytes.Count(r.text[:at], []byte("\n")) }

// maxFaults is how many faults of a file are told.
const maxFaults = 20

// fail keeps a fault of a layer, from 1, or of none, 0.
func (r *networkReader) fail(at, layer int, format string, args ...any) {
	r.add(at, layer, fmt.Errorf(format, args...))
}

func (r *networkReader) add(at, layer int, err error) {
	if len(r.errs) < maxFaults {
		r.errs = append(r.errs, &layerError{line: r.line(at), layer: layer, err: err})
	}
}

// read returns the network as far as it can be read.
func (r *networkReader) read() (n Network) {
	if !r.syntax() {
		return n
	}
	whole := bytes.TrimLeft(r.text, " \t\r\n")
	said := map[string]bool{}
	for _, f := range r.object(value{whole, len(r.text) - len(whole)}, 0, "network", "input", "layers") {
		said[f.name] = true
		switch f.name {
		case "input":
			r.decode(f, 0, &n.Input, "")
		case "layers":
			list := r.elements(f.value)
			if len(list) > maxLayers {
				r.fail(f.at, 0, "%d layers: want 1 to %d", len(list), maxLayers)
				return n
			}
			for i, v := range list {
				r.lines = append(r.lines, r.line(v.at))
				n.Layers = append(n.Layers, r.layer(v, i+1))
			}
		}
	}
	if len(r.errs) == 0 && !said["input"] {
		r.fail(0, 0, `no "input": want rows, columns and channels of an image, as [28, 28, 1]`)
	}
	return n
}

// syntax reports a fault of the JSON itself. It is the only one then.
func (r *networkReader) syntax() bool {
	var all json.RawMessage
	var e *json.SyntaxError
	if errors.As(json.Unmarshal(r.text, &all), &e) {
		at := min(int(e.Offset), len(r.text))
		r.fail(max(at-1, 0), r.layerAt(at), "%v", e)
	}
	return len(r.errs) == 0
}

// layerAt returns how many layers begin before a place in the text.
func (r *networkReader) layerAt(at int) int {
	const inLayers = 3 // the network, its list, a layer
	d := json.NewDecoder(bytes.NewReader(r.text))
	layer, depth := 0, 0
	for {
		t, err := d.Token()
		if err != nil || d.InputOffset() > int64(at) {
			return layer
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth == inLayers {
				layer++
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}

// object returns the fields of an object, which are of those known, each once.
func (r *networkReader) object(v value, layer int, what string, known ...string) (fields []member) {
	d := json.NewDecoder(bytes.NewReader(v.text))
	if t, _ := d.Token(); t != json.Delim('{') {
		r.fail(v.at, layer, "%s %s: want an object, {…}", what, shorten(v.text))
		return nil
	}
	seen := map[string]bool{}
	for d.More() {
		key, _ := d.Token()
		name := key.(string)
		keyEnd := v.at + int(d.InputOffset())
		f := member{name, keyEnd - 1, r.next(d, v.at)}
		switch {
		case !slices.Contains(known, name):
			r.fail(f.at, layer, "%s: unknown field %q: want %s", what, shorten([]byte(name)), strings.Join(known, ", "))
		case seen[name]:
			r.fail(f.at, layer, "%s: field %q: twice", what, name)
		default:
			fields = append(fields, f)
		}
		seen[name] = true
	}
	return fields
}

// elements returns what a list holds.
func (r *networkReader) elements(v value) (list []value) {
	d := json.NewDecoder(bytes.NewReader(v.text))
	if t, _ := d.Token(); t != json.Delim('[') {
		r.fail(v.at, 0, "layers %s: want a list, […]", shorten(v.text))
		return nil
	}
	for d.More() {
		list = append(list, r.next(d, v.at))
	}
	return list
}

// next returns the decoder's next value, of a text that begins at a place.
func (r *networkReader) next(d *json.Decoder, begin int) value {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		panic("nn: a network's text is no JSON") // the syntax was checked
	}
	return value{raw, begin + int(d.InputOffset()) - len(raw)}
}

func (r *networkReader) layer(v value, number int) (l Layer) {
	said := 0
	for _, f := range r.object(v, number, "layer", append(words(), "name", "from")...) {
		switch f.name {
		case "name":
			r.decode(f, number, &l.Name, "")
		case "from":
			r.decode(f, number, (*names)(&l.From), "")
		default:
			said++
			k := kinds[slices.Index(words(), f.name)]
			l.Op = k.read(&fieldReader{r, number, f})
		}
	}
	if said > 1 {
		r.add(v.at, number, layerFault("kinds", fmt.Sprint(said), `exactly one of "`+strings.Join(words(), `", "`)+`"`))
	}
	return l
}

// names is one name or several.
type names []string

func (n *names) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*n = names{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(n))
}

// decode reads a field. Zero stands for "left out" in the description's Go
// form: whoever writes it means something else.
func (r *networkReader) decode(f member, layer int, to any, otherwise string) {
	err := json.Unmarshal(f.text, to)
	want, zero := "a name in quotes", false
	switch to := to.(type) {
	case *int:
		want, zero = "a whole number from 1", *to == 0
	case *Pair: // of sizes; a place is a **Pair
		want, zero = "a whole number from 1, or [rows, columns]", to.H == 0 || to.W == 0
	case **Pair:
		want = "[row, column]"
	case *Padding:
		want = `"same", "valid" or [top, bottom, left, right]`
	case *string:
		zero = *to == ""
	case *names:
		want, zero = `the name of a layer, or a list of names`, len(*to) == 0 || slices.Contains(*to, "")
	case *Mode:
		want, zero = fmt.Sprintf("%q or %q", Correlation, Convolution), *to == ""
	}
	var typed *json.UnmarshalTypeError
	var own *engine.Fault
	switch null := string(f.text) == "null"; {
	case null, zero, errors.As(err, &typed):
		r.add(f.value.at, layer, layerFault(f.name, shorten(f.text), want+otherwise))
	case errors.As(err, &own):
		r.add(f.value.at, layer, layerFault(f.name, own.Value, own.Want))
	case err != nil:
		r.fail(f.value.at, layer, "%s %w", f.name, err)
	}
}

// shorten cuts what an error repeats of a text.
func shorten(text []byte) string {
	const most = 40
	if len(text) > most {
		text = append(bytes.ToValidUTF8(text[:most], nil), "…"...)
	}
	return string(text)
}

// ParseNetwork reads a network's description from JSON and checks it. Its error
// names every fault, with line and layer: fields that it does not know, that
// are twice, null or zero, and sizes that cannot be.
func ParseNetwork(b []byte) (Network, error) {
	r := networkReader{text: b}
	n := r.read()
	if len(r.errs) > 0 {
		return Network{}, errors.Join(r.errs...)
	}
	err := n.Validate()
	if err == nil {
		return n, nil
	}
	for _, e := range split(err) {
		var l *layerError
		if errors.As(e, &l) && l.layer > 0 {
			l.line = r.lines[l.layer-1]
		}
	}
	return Network{}, err
}

// maxNetworkFile bounds what is read of a network's file.
const maxNetworkFile = 1 << 20

// readLimited reads a network's file.
func readLimited(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxNetworkFile+1))
	if err == nil && len(b) > maxNetworkFile {
		err = fmt.Errorf("larger than %d bytes", maxNetworkFile)
	}
	return b, err
}
