package golden

// Conv is what the frameworks say of a convolution, in flat arrays: activations
// NHWC, filters [kh][kw][c of a group][out_c].
type Conv struct {
	N       int       `json:"n"`
	H       int       `json:"h"`
	W       int       `json:"w"`
	C       int       `json:"c"`
	KH      int       `json:"kh"`
	KW      int       `json:"kw"`
	OutC    int       `json:"out_c"`
	Stride  [2]int    `json:"stride"`
	OutH    int       `json:"out_h"`
	OutW    int       `json:"out_w"`
	X       []float64 `json:"x"`
	Filter  []float64 `json:"filter"`
	Y       []float64 `json:"y"`
	DY      []float64 `json:"dy"`
	DX      []float64 `json:"dx"`
	DFilter []float64 `json:"dfilter"`
}

// TorchConv is a line of conv_torch.jsonl.
type TorchConv struct {
	Conv
	Groups   int       `json:"groups"`
	Dilation [2]int    `json:"dilation"`
	Pad      [4]int    `json:"pad"` // top, bottom, left, right
	Bias     []float64 `json:"bias"`
	DBias    []float64 `json:"dbias"`
}

// TensorFlowConv is a line of conv_tensorflow.jsonl. It has no bias.
type TensorFlowConv struct {
	Conv
	Padding string  `json:"padding"`
	Pad     *[4]int `json:"pad"` // of padding EXPLICIT: top, bottom, left, right
}

// TorchTransposed is a line of conv_transposed_torch.jsonl. Its filter is
// [kh][kw][out_c of a group][c].
type TorchTransposed struct {
	N             int       `json:"n"`
	H             int       `json:"h"`
	W             int       `json:"w"`
	C             int       `json:"c"`
	KH            int       `json:"kh"`
	KW            int       `json:"kw"`
	OutC          int       `json:"out_c"`
	Groups        int       `json:"groups"`
	Stride        [2]int    `json:"stride"`
	Dilation      [2]int    `json:"dilation"`
	Pad           [2]int    `json:"pad"` // of rows, of columns
	OutputPadding [2]int    `json:"output_padding"`
	OutH          int       `json:"out_h"`
	OutW          int       `json:"out_w"`
	X             []float64 `json:"x"`
	Filter        []float64 `json:"filter_hwoi"`
	Bias          []float64 `json:"bias"`
	Y             []float64 `json:"y"`
	DY            []float64 `json:"dy"`
	DX            []float64 `json:"dx"`
	DFilter       []float64 `json:"dfilter_hwoi"`
	DBias         []float64 `json:"dbias"`
}

// TorchPool is a line of maxpool_torch.jsonl.
type TorchPool struct {
	N      int       `json:"n"`
	H      int       `json:"h"`
	W      int       `json:"w"`
	C      int       `json:"c"`
	KH     int       `json:"kh"`
	KW     int       `json:"kw"`
	Stride [2]int    `json:"stride"`
	Pad    [2]int    `json:"pad"` // of rows, of columns
	OutH   int       `json:"out_h"`
	OutW   int       `json:"out_w"`
	X      []float64 `json:"x"`
	Y      []float64 `json:"y"`
	DY     []float64 `json:"dy"`
	DX     []float64 `json:"dx"`
}
