package measure

// Pass is one of the three products of a convolution. Each takes as many
// operations.
type Pass string

const (
	Forward        Pass = "forward"
	BackwardData   Pass = "data"   // gradient to the data
	BackwardFilter Pass = "filter" // gradient to the filter, and to the bias
)

// Passes lists the passes in their order.
func Passes() []Pass { return []Pass{Forward, BackwardData, BackwardFilter} }
