package nn

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// stepsOf makes a checkpoint of a training that has come so far, of 100
// parameters.
func stepsOf(steps int) *Weights {
	w := &Weights{
		Tensors:  []Tensor{{Name: "fc_w_1", Dims: []int{10, 10}, Float32: make([]float32, 100)}},
		Training: &Training{Settings: &Settings{Precision: "float32", Config: ArticleConfig()}},
	}
	w.Tensors[0].Float32[0] = float32(steps)
	for i := range steps {
		w.Training.Losses = append(w.Training.Losses, 1/float64(i+1))
		w.Training.Correct = append(w.Training.Correct, int32(i%2))
	}
	return w
}

// TestCheckpointsGrowWithTheirParameters: what saving a long training writes is
// a small multiple of its parameters, once a save, and of the history, once in
// all; and after each save, and after a kill between the two files, all of it
// is read.
func TestCheckpointsGrowWithTheirParameters(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "w.npz")
	f := NewCheckpointFile(path)
	const saves, every = 200, 20
	written := int64(0)
	for i := range saves {
		w := stepsOf((i + 1) * every)
		if err := f.Write(w); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadWeights(path); err != nil || !reflect.DeepEqual(got, w) {
			t.Fatalf("save %d: %v: read %+v, want %+v", i+1, err, got, w)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		written += info.Size()
		if i == saves/2 { // killed here
			f = NewCheckpointFile(path)
			if err := f.append(stepsOf((i + 2) * every).Training); err != nil {
				t.Fatal(err)
			}
			if got, err := ReadWeights(path); err != nil || !reflect.DeepEqual(got, w) {
				t.Fatalf("killed before its file is written: %v: read %+v, want %+v", err, got, w)
			}
			f = NewCheckpointFile(path) // and begun again
		}
		if n := len(folderNames(t, folder)); n > 3 {
			t.Fatalf("save %d leaves %v", i+1, folderNames(t, folder))
		}
	}
	history := int64(saves * every * stepBytes)
	last := stepsOf(saves * every)
	alone, err := (&Weights{Tensors: last.Tensors, Training: &Training{Settings: last.Training.Settings}}).Encode(path)
	if err != nil {
		t.Fatal(err)
	}
	if most := saves*(2*int64(len(alone))) + 3*history; written+history > most {
		t.Errorf("%d bytes written in %d saves: want at most %d", written+history, saves, most)
	}
	if f.Whole() {
		t.Error("the last save says that it is whole")
	}
	if err := f.WriteWhole(last); err != nil {
		t.Fatal(err)
	}
	if names := folderNames(t, folder); !slices.Equal(names, []string{"w.npz"}) || !f.Whole() {
		t.Errorf("the last save leaves %v: want w.npz alone", names)
	}
	if got, err := ReadWeights(path); err != nil || !reflect.DeepEqual(got, last) {
		t.Errorf("%v: read %+v, want %+v", err, got, last)
	}
}

func folderNames(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// TestCheckpointWithoutItsHistory: the parameters can be read, a training cannot
// go on, and it is said what is wanted.
func TestCheckpointWithoutItsHistory(t *testing.T) {
	c := trainings()["article"]
	tr := trainer[float32](t, c.network, thousand(t), c.config)
	for name, spoil := range map[string]func(path string) error{
		"is missing": os.Remove,
		"is cut":     func(path string) error { return os.Truncate(path, 100) },
		"is another": func(path string) error { return os.WriteFile(path, make([]byte, 12*200), 0o600) },
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, "w.npz")
		w := stepsOf(100)
		if err := NewCheckpointFile(path).Write(w); err != nil {
			t.Fatal(err)
		}
		beside, err := filepath.Glob(path + ".steps-*")
		if err != nil || len(beside) != 1 {
			t.Fatalf("beside %s: %v, %v: want one file", path, beside, err)
		}
		if err := spoil(beside[0]); err != nil {
			t.Fatal(err)
		}
		read, err := ReadWeights(path)
		if err != nil || !reflect.DeepEqual(read.Tensors, w.Tensors) {
			t.Fatalf("%s: %v", name, err)
		}
		_, err1 := read.Encode("w.npz")
		for _, err := range []error{tr.Resume(read), err1} {
			if err == nil || !strings.Contains(err.Error(), filepath.Base(beside[0])+", "+name+": want that file beside") {
				t.Errorf("%s: %v: want it to say so", name, err)
			}
		}
	}
	if err := tr.Resume(nil); err == nil || !strings.Contains(err.Error(), "parameters alone") {
		t.Errorf("resuming nothing: %v: want an error", err)
	}
}

// TestTwoTrainingsUnderOneName take each other's histories away at every save,
// and so may anybody else: what was saved last is whole nevertheless.
func TestTwoTrainingsUnderOneName(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "w.npz")
	files := [...]*CheckpointFile{NewCheckpointFile(path), NewCheckpointFile(path)}
	for i := range 10 {
		w := stepsOf(100 + 20*i)
		if err := files[i%2].Write(w); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadWeights(path); err != nil || !reflect.DeepEqual(got, w) {
			t.Fatalf("save %d: %v: read %+v, want %+v", i+1, err, got, w)
		}
		if n := len(folderNames(t, folder)); n != 2 {
			t.Fatalf("save %d: %d files: want the checkpoint and its history", i+1, n)
		}
	}
	for _, f := range files {
		if err := f.WriteWhole(stepsOf(500)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHistoryIsReadByWhomTheCheckpointIs: both have the same permissions.
func TestHistoryIsReadByWhomTheCheckpointIs(t *testing.T) {
	for _, before := range []os.FileMode{0, 0o600} { // of a file that was there, 0 for none
		folder := t.TempDir()
		path := filepath.Join(folder, "w.npz")
		if before != 0 {
			if err := os.WriteFile(path, nil, before); err != nil {
				t.Fatal(err)
			}
		}
		if err := NewCheckpointFile(path).Write(stepsOf(100)); err != nil {
			t.Fatal(err)
		}
		names := folderNames(t, folder)
		if len(names) != 2 {
			t.Fatalf("%q: want the checkpoint and its history", names)
		}
		var modes [2]os.FileMode
		for i, name := range names {
			info, err := os.Stat(filepath.Join(folder, name))
			if err != nil {
				t.Fatal(err)
			}
			modes[i] = info.Mode()
		}
		if modes[0] != modes[1] {
			t.Errorf("%q are %v: want the same", names, modes)
		}
	}
}

// TestCheckpointLeavesOthersFiles: a name that begins like a history's is not one's.
func TestCheckpointLeavesOthersFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.npz")
	theirs := path + ".steps-2024"
	if err := os.WriteFile(theirs, []byte("notes"), 0o600); err != nil {
		t.Fatal(err)
	}
	f := NewCheckpointFile(path)
	if err := f.Write(stepsOf(100)); err != nil {
		t.Fatal(err)
	}
	if err := f.WriteWhole(stepsOf(100)); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(theirs); err != nil || string(text) != "notes" {
		t.Errorf("%q, %v: want the file as it was", text, err)
	}
	if left, _ := filepath.Glob(path + ".steps-*"); len(left) != 1 {
		t.Errorf("%v: want no history of its own left", left)
	}
}
