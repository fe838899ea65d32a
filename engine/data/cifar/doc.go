// Package cifar reads CIFAR-10 in its binary version: small photographs in colour,
// of ten classes.
//
//	cmd/unslide ──► engine/data/cifar ──► engine/data
//
// [ReadFolder] reads the folder that the archive unpacks to.
package cifar
