package measure

import (
	"fmt"
	"slices"
	"strings"

	"github.com/unslide/unslide/bench/shapes"
)

// work is one thing to do: a pass of a layer, or a training step.
type work struct {
	list  string
	layer shapes.Layer // without a geometry: the training step
	pass  Pass
}

func (w work) training() bool { return w.list == TrainingList }

func (w work) flop() float64 {
	if w.training() {
		return float64(w.layer.Batch) * ArticleFLOP()
	}
	return w.layer.FLOP()
}

func (w work) String() string {
	return strings.Join(strings.Fields(fmt.Sprintln(w.list, w.layer.Name, w.pass)), " ")
}

func (o *Options) works() ([]work, error) {
	var works []work
	for _, name := range o.Lists {
		if name == MNISTList {
			works = append(works, work{list: name})
			continue
		}
		if name == TrainingList {
			for _, batch := range []int{1, 128} {
				works = append(works, work{list: name, layer: shapes.Layer{Name: fmt.Sprintf("step_batch%d", batch), Batch: batch}})
			}
			continue
		}
		list, err := shapes.Layers(name)
		if err != nil {
			return nil, err
		}
		for _, l := range list.Layers {
			for _, p := range Passes() {
				works = append(works, work{name, l, p})
			}
		}
	}
	if o.Match != nil {
		var names []string
		for _, w := range works {
			names = append(names, w.String())
		}
		works = slices.DeleteFunc(works, func(w work) bool { return !o.Match.MatchString(w.String()) })
		if len(works) == 0 {
			return nil, fmt.Errorf("measure: match %v: want a part of one of %s", o.Match, strings.Join(names, ", "))
		}
	}
	return works, nil
}
