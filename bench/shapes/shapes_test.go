package shapes

import (
	"encoding/json"
	"os"
	"testing"
)

func TestLayers(t *testing.T) {
	for _, name := range ListNames() {
		list, err := Layers(name)
		if err != nil {
			t.Fatal(err)
		}
		if list.About == "" || len(list.Layers) == 0 {
			t.Errorf("%s: no layers, or it does not say whose they are", name)
		}
		seen := map[string]bool{}
		for _, l := range list.Layers {
			if l.Name == "" || seen[l.Name] || l.Batch < 1 {
				t.Errorf("%s: layer %q with batch %d: want names of their own and at least one image", name, l.Name, l.Batch)
			}
			seen[l.Name] = true
		}
	}
	if _, err := Layers("alexnet"); err == nil {
		t.Error("an unknown list is no error")
	}
}

// The files and the layers read from them have to agree, for the other
// frameworks' programs read the files.
func TestLayerJSON(t *testing.T) {
	data, err := os.ReadFile("layers/resnet50.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Layers []layerJSON }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	list, err := Layers("resnet50")
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range list.Layers {
		data, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		var got layerJSON
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if got != file.Layers[i] {
			t.Errorf("%s: written as %+v, read from %+v", l.Name, got, file.Layers[i])
		}
	}
}

func TestCases(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Cases() {
		if c.Name == "" || seen[c.Name] {
			t.Errorf("case %q: want names of their own", c.Name)
		}
		seen[c.Name] = true
	}
	for _, name := range []string{"conv3x3_same", "1x1_stride2", "tail_oc17", "depthwise", "article_experiment2"} {
		if !seen[name] {
			t.Errorf("no case %s", name)
		}
	}
	for _, bad := range []string{
		`[{"Name":"x","Input":[4,4,1],"Kernel":[3,3],"Filters":1,"Padding":"full"}]`,
		`[{"Name":"x","Input":[4,4,1],"Kernel":[3,3],"Filters":1}]`,
		`[{"Name":"x","Input":[4,4,1],"Kernel":[9,9],"Filters":1,"Padding":"valid"}]`,
		`[{"Name":"x","Colour":"red"}]`,
	} {
		if _, err := readCases([]byte(bad)); err == nil {
			t.Errorf("no error for %s", bad)
		}
	}
}
