package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
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
		errs = append(errs, fmt.Errorf("nn: network file %s: %w", path, e))
	}
	return n, errors.Join(errs...)
}

// JSON returns the description as ParseNetwork reads it.
func (n Network) JSON() []byte {
	b, err := json.Marshal(n)
	if err != nil {
		panic(err) // an activation out of range, which New refuses
	}
	return b
}

// MarshalJSON writes [H, W, C].
func (in Input) MarshalJSON() ([]byte, error) { return json.Marshal([]int{in.H, in.W, in.C}) }

// UnmarshalJSON reads [H, W, C].
func (in *Input) UnmarshalJSON(b []byte) error {
	var v []int
	if err := json.Unmarshal(b, &v); err != nil || len(v) != 3 {
		return fmt.Errorf("%s: want [rows, columns, channels]", shorten(b))
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
		return fmt.Errorf("%s: want a number or [rows, columns]", shorten(b))
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
		return fmt.Errorf(`%s: want "same", "valid" or [top, bottom, left, right]`, shorten(b))
	}
	return nil
}
