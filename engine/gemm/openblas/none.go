//go:build !cgo || purego || windows

package openblas

import (
	"errors"

	"github.com/unslide/unslide/engine/gemm"
)

// Backend returns OpenBLAS, or the reason why this build is without it.
func Backend() (gemm.Backend, error) { return nil, errors.New("openblas: " + why) }
