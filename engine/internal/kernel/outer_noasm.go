//go:build !amd64 || noasm

package kernel

func (Tile) outer(a *OuterArgs) { outerPortable(a) }
