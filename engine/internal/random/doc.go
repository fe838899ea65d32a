// Package random draws what a seed decides, the same on every machine.
//
//	engine/nn, engine/data ──► random   (imports nothing of ours)
package random
