package golden

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// Parse decodes a line of a file of cases into the kind that its fields tell:
// [ArticleConv], [ArticlePool], [TensorFlowConv], [TorchConv],
// [TorchTransposed] or [TorchPool]. It refuses fields that the kind has not, and
// checks nothing else.
func Parse(text []byte) (any, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	has := func(names ...string) bool {
		return !slices.ContainsFunc(names, func(n string) bool { return fields[n] == nil })
	}
	switch {
	case has("kind", "kernels", "kernels_after"):
		return decode[ArticleConv](text)
	case has("kind", "argmax", "maps"):
		return decode[ArticlePool](text)
	case has("filter_hwoi", "output_padding"):
		return decode[TorchTransposed](text)
	case has("filter", "padding"):
		return decode[TensorFlowConv](text)
	case has("filter", "dilation", "groups"):
		return decode[TorchConv](text)
	case has("kh", "kw", "dy", "dx", "pad"):
		return decode[TorchPool](text)
	default:
		return nil, errors.New("the fields are those of no known kind of case")
	}
}

func decode[C any](text []byte) (any, error) {
	var c C
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(&c)
	return c, err
}
