// Package idx reads and writes the IDX format, in which MNIST and the data sets
// made after it come: one file of images, one of labels.
//
//	engine/data/mnist ──► engine/data/idx ──► engine/data
//
// [Decode] makes a [data.Set] of the two, [Encode] the two of a set, both
// uncompressed. [ReadFolder] reads the four files of a data set such as
// Fashion-MNIST, gzipped or not.
package idx
