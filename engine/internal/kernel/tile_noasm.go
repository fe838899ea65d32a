//go:build !amd64 || noasm

package kernel

func (Tile) conv(a *ConvArgs) { convPortable(a) }
