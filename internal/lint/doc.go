// Package lint holds the project's rules about its own code, as tests: which
// package may import which, that generated assembly is what its generator
// writes, what every package has to have. It has no code of its own.
package lint
