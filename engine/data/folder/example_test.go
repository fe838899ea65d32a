package folder_test

import (
	"fmt"
	"log"
	"os"

	"github.com/unslide/unslide/engine/data/folder"
)

// Photographs in folders that are called as what they show; a tenth is held back.
func ExampleRead() {
	sets, err := folder.Read(os.Getenv("PHOTOS"))
	if err != nil {
		log.Fatal(err)
	}
	train, held := sets.Train.Split(sets.Train.Len()/10, 1)
	fmt.Println(train.Len(), held.Len(), train.Shape(), sets.Names)
}
