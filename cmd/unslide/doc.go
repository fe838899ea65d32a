// Command unslide trains convolutional networks on the CPU and shows how it
// does so: a shell around the packages, with no computation of its own.
//
//	cmd/unslide ──► engine/nn ──► engine ──► …
//	     ├──► engine/data/mnist
//	     └──► bench (verify, benchmarks, comparisons, pictures)
//
// `unslide --help` lists the commands. The exit status is 0 for success, 1 for
// a run that failed or was interrupted, 2 for a command line that makes no
// sense. Faults are one line each on standard error.
package main
