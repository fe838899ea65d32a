package cifar_test

import (
	"fmt"
	"log"
	"os"

	"github.com/unslide/unslide/engine/data/cifar"
)

// The folder that the archive was unpacked to.
func ExampleReadFolder() {
	sets, err := cifar.ReadFolder(os.Getenv("CIFAR10"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sets.Train.Len(), sets.Test.Len(), sets.Names[sets.Test.Label(0)])
}
