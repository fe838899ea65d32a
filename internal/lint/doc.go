// Package lint holds the project's rules about its own code, as tests: which
// package may import which, what every package has to have and may not do. It
// has no code of its own.
package lint
