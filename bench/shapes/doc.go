// Package shapes holds the named lists of geometries, as data: layers of real
// networks to be timed, and small cases that reach every corner of the engine.
//
//	bench/verify · bench/measure · bench/article · cmd/unslide ──► bench/shapes ──► im2col
//
// [Layers] reads a list of layers, one of [ListNames]; [Cases] returns the cases.
// A further layer or case is a line in a file under layers/ or in cases.json.
package shapes
