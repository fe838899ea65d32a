// Package data is where networks get their images from.
//
//	cmd/unslide ──► engine/nn ─────────────────────────────► engine/data
//	     └────────► engine/data/mnist ──► engine/data/idx ──────┘
//
// A [Source] is a number of labelled images of one shape, each read by its
// number: grey or in colour, of any size, with any number of classes. Networks
// are trained and evaluated on a Source and know nothing else of their images.
// [Set] is the source whose images lie in memory. The folders below each know
// one format or one data set.
//
// This package knows of no network and imports no other of ours.
package data
