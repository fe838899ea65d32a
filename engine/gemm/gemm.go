package gemm

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/blas"
)

// BLAS is what the engine needs of a BLAS: general products of matrices. With
// beta = 0 a product only writes C, whatever was there, and with alpha = 0 it
// does not read A and B. Otherwise it makes every term, so that NaN and
// infinities come out as arithmetic has them, also where they meet zeros: all
// [Backends] do. gonum.Implementation by itself leaves out terms with a zero of A.
type BLAS interface {
	blas.Float32Level3
	blas.Float64Level3
}

// Backend is a BLAS that knows its name.
type Backend interface {
	BLAS
	// Info says what computes the products.
	Info() Info
}

// ByName returns the backend whose Info has the given name.
func ByName(name string) (Backend, error) {
	var names []string
	for _, b := range Backends() {
		if n := b.Info().Name; n == name {
			return b, nil
		} else {
			names = append(names, n)
		}
	}
	return nil, fmt.Errorf("gemm: backend %q: want %s, or its package imported", name, strings.Join(names, ", "))
}

// NameOf returns the name of a backend, or the Go type of another BLAS.
func NameOf(b BLAS) string {
	if b, ok := b.(Backend); ok {
		return b.Info().Name
	}
	return fmt.Sprintf("%T", b)
}
