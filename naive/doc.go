// Package naive is the article's convolutional network, literally: a kernel
// slides over the input, element by element. It is the definition that the
// engine is compared with, written to be read beside the article and never
// optimised. Everything is float64 on one goroutine.
//
//	tests, bench, cmd ──► naive   (imports nothing of ours)
//
// The layers can be used by themselves: [Conv], [MaxPool] and [Dense], each
// with a forward and a backward function. [Network] is the article's network,
// its 14 steps in [Network.Forward] and [Network.Backward].
//
// As in the article, an image is a list of feature maps, a map is a matrix,
// and a layer has one kernel for each pair of an input map and an output map:
// kernel ci·outputs+co leads from input map ci to output map co.
package naive
