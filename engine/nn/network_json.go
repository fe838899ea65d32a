package nn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// maxNetworkFile bounds what is read of a network's file.
const maxNetworkFile = 1 << 20

// ReadNetwork reads a network's description from a JSON file.
func ReadNetwork(path string) (Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return Network{}, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxNetworkFile+1))
	if err == nil && len(b) > maxNetworkFile {
		err = fmt.Errorf("larger than %d bytes", maxNetworkFile)
	}
	if err != nil {
		return Network{}, fmt.Errorf("nn: network file %s: %w", path, err)
	}
	n, err := ParseNetwork(b)
	if err != nil {
		return Network{}, fmt.Errorf("nn: network file %s: %w", path, err)
	}
	return n, nil
}

// ParseNetwork reads a network's description from JSON and checks it. Fields
// that it does not know are errors.
func ParseNetwork(b []byte) (Network, error) {
	var n Network
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&n); err != nil {
		return Network{}, err
	}
	if _, err := d.Token(); err != io.EOF {
		return Network{}, errors.New("more than one JSON value: want one network")
	}
	if err := n.Validate(); err != nil {
		return Network{}, err
	}
	return n, nil
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
		return fmt.Errorf("input %s: want [rows, columns, channels]", b)
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
	if json.Unmarshal(b, &one) == nil {
		*p = Pair{one, one}
		return nil
	}
	var two []int
	if err := json.Unmarshal(b, &two); err != nil || len(two) != 2 {
		return fmt.Errorf("%s: want a number or [rows, columns]", b)
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
		return fmt.Errorf(`padding %s: want "same", "valid" or [top, bottom, left, right]`, b)
	}
	return nil
}
