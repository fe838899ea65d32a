package golden

// Layer is what the article's program says of a layer, in article_conv.jsonl and
// article_maxpool.jsonl alike. Its maps are lists of matrices.
type Layer struct {
	Kind        string `json:"kind"`
	H           int    `json:"h"`
	W           int    `json:"w"`
	KH          int    `json:"kh"`
	KW          int    `json:"kw"`
	Stride      int    `json:"stride"`
	Center      [2]int `json:"center"`
	Convolution bool   `json:"convolution"`
}

// ArticleConv is a line of article_conv.jsonl: a convolution of the article's.
type ArticleConv struct {
	Layer
	InMaps       int           `json:"in_maps"`
	OutMaps      int           `json:"out_maps"`
	Activation   string        `json:"activation"`
	LearningRate float64       `json:"learning_rate"`
	X            [][][]float64 `json:"x"`
	Kernels      [][][]float64 `json:"kernels"` // input map by output map
	Bias         []float64     `json:"bias"`
	Y            [][][]float64 `json:"y"`
	DEDY         [][][]float64 `json:"dEdy"`
	DEDX         [][][]float64 `json:"dEdx"`
	KernelsAfter [][][]float64 `json:"kernels_after"` // after a step of gradient descent
	BiasAfter    []float64     `json:"bias_after"`
}

// ArticlePool is a line of article_maxpool.jsonl: a max-pooling of the article's.
type ArticlePool struct {
	Layer
	Maps   int           `json:"maps"`
	X      [][][]float64 `json:"x"`
	Y      [][][]float64 `json:"y"`
	Argmax [][][][2]int  `json:"argmax"` // map, output row, output column: input row and column
	DEDY   [][][]float64 `json:"dEdy"`
	DEDX   [][][]float64 `json:"dEdx"`
}
