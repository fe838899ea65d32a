//go:build !amd64 || noasm

package kernel

func (Tile) outer(a *OuterArgs[float32]) { outerPortable(a) }
