// Package folder reads pictures that lie in a folder for each class.
//
//	cmd/unslide ──► engine/data/folder ──► engine/data/picture
//	                        └────────────► engine/data
//
// [Read] makes sets of PNG and JPEG files of one size, grey where every picture is
// grey, else in colour.
package folder
