package article

import (
	"fmt"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/nn"
)

// faulty returns a fault of an option.
func faulty(field string, value any, want string) error {
	return &engine.Fault{Package: "article", Field: field, Value: fmt.Sprint(value), Want: want}
}

// workersFault reports a number of workers that the engine has not.
func workersFault(n int) error {
	if n < 0 || n > engine.MaxWorkers {
		return faulty("workers", n, fmt.Sprintf("0 (all cores) to %d", engine.MaxWorkers))
	}
	return nil
}

// readsDigits reports a network that does not tell ten digits apart.
func readsDigits(field string, n nn.Network) error {
	if n.Classes() < 10 {
		return faulty(field, fmt.Sprintf("of %d classes", n.Classes()), "10 digits")
	}
	return nil
}
