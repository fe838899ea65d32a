package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/unslide/unslide/engine"
)

// ReadNetwork reads a network's description from a JSON file. Its errors are
// those of [ParseNetwork] and name the file.
func ReadNetwork(path string) (Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return Network{}, err
	}
	defer f.Close()
	b, err := readLimited(f)
	var n Network
	if err == nil {
		n, err = ParseNetwork(b)
	}
	var errs []error
	for _, e := range split(err) {
		if l := new(layerError); errors.As(e, &l) {
			l.file = path
		} else if f := new(engine.Fault); errors.As(e, &f) {
			e = &layerError{file: path, err: layerFault(f.Field, f.Value, f.Want)}
		} else {
			e = fmt.Errorf("nn: network file %s: %w", path, e)
		}
		errs = append(errs, e)
	}
	return n, errors.Join(errs...)
}

// JSON returns the description as ParseNetwork reads it.
func (n Network) JSON() []byte {
	b, err := json.Marshal(n)
	if err != nil {
		panic("nn: Network: JSON has no word for the activation") // New refuses it
	}
	return b
}

// MarshalJSON writes {"conv": {…}}, the name and the layers read where they are said.
func (l Layer) MarshalJSON() ([]byte, error) {
	if l.Op == nil {
		return nil, layerFault("kinds", "0", "one")
	}
	op, err := json.Marshal(l.Op)
	if err != nil {
		return nil, err
	}
	out := fmt.Appendf(nil, "{%q:%s", l.Op.kind().word, op)
	if l.Name != "" {
		name, err := json.Marshal(l.Name)
		if err != nil {
			return nil, err
		}
		out = fmt.Appendf(out, ",\"name\":%s", name)
	}
	if len(l.From) > 0 {
		from, err := json.Marshal(l.From)
		if err != nil {
			return nil, err
		}
		out = fmt.Appendf(out, ",\"from\":%s", from)
	}
	return append(out, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (l *Layer) UnmarshalJSON(b []byte) error {
	r := networkReader{text: b}
	*l = r.layer(value{b, 0}, 0)
	return errors.Join(r.errs...)
}

// MarshalJSON writes [H, W, C].
func (in Input) MarshalJSON() ([]byte, error) { return json.Marshal([]int{in.H, in.W, in.C}) }

// UnmarshalJSON reads [H, W, C].
func (in *Input) UnmarshalJSON(b []byte) error {
	var v []int
	if err := json.Unmarshal(b, &v); err != nil || len(v) != 3 {
		return layerFault("input", shorten(b), "[rows, columns, channels]")
	}
	*in = Input{v[0], v[1], v[2]}
	return nil
}

// MarshalJSON writes one number, or [H, W] where they differ.
func (p Pair) MarshalJSON() ([]byte, error) {
	if p.H == p.W {
		return json.Marshal(p.H)
	}
	return json.Marshal([]int{p.H, p.W})
}

// UnmarshalJSON reads one number or [H, W].
func (p *Pair) UnmarshalJSON(b []byte) error {
	var one int
	if json.Unmarshal(b, &one) == nil && string(b) != "null" {
		*p = Pair{one, one}
		return nil
	}
	var two []int
	if err := json.Unmarshal(b, &two); err != nil || len(two) != 2 {
		return layerFault("size", shorten(b), "a number or [rows, columns]")
	}
	*p = Pair{two[0], two[1]}
	return nil
}

// MarshalJSON writes "same", "valid" or [top, bottom, left, right].
func (p Padding) MarshalJSON() ([]byte, error) {
	switch p.Rule {
	case Same:
		return json.Marshal("same")
	case Valid:
		return json.Marshal("valid")
	}
	return json.Marshal([]int{p.Top, p.Bottom, p.Left, p.Right})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Padding) UnmarshalJSON(b []byte) error {
	var v []int
	switch err := json.Unmarshal(b, &v); {
	case string(b) == `"same"`:
		*p = Padding{Rule: Same}
	case string(b) == `"valid"`:
		*p = Padding{Rule: Valid}
	case err == nil && len(v) == 4:
		*p = Padding{Explicit, v[0], v[1], v[2], v[3]}
	default:
		return layerFault("padding", shorten(b), `"same", "valid" or [top, bottom, left, right]`)
	}
	return nil
}
