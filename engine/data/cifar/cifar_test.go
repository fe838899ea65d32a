package cifar

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// value is the byte of a test's image: each place has its own.
func value(image, row, column, channel int) byte {
	return byte(31*image + 7*row + 3*column + 101*channel)
}

// records writes so many images, the first with a number, as the form says: the
// label, then row by row all of red, all of green, all of blue.
func records(first, n int) []byte {
	var b []byte
	for image := first; image < first+n; image++ {
		b = append(b, byte(image%10))
		for channel := range 3 {
			for row := range 32 {
				for column := range 32 {
					b = append(b, value(image, row, column, channel))
				}
			}
		}
	}
	return b
}

const animals = "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n"

// write writes a data set of 3 images a file, changed, and without the files that
// are nil.
func write(t *testing.T, dir string, change map[string][]byte) {
	t.Helper()
	files := map[string][]byte{"test_batch.bin": records(15, 3), "batches.meta.txt": []byte(animals)}
	for i, name := range trainFiles() {
		files[name] = records(3*i, 3)
	}
	for name, b := range change {
		files[name] = b
	}
	for name, b := range files {
		if b == nil {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReadFolder(t *testing.T) {
	outer := t.TempDir()
	dir := filepath.Join(outer, "cifar-10-batches-bin")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, dir, nil)
	for _, dir := range []string{dir, outer} {
		if !IsFolder(dir) {
			t.Errorf("%s is no such folder", dir)
		}
		s, err := ReadFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		if s.Train.Len() != 15 || s.Test.Len() != 3 || s.Train.Shape() != Shape() || s.Test.Classes() != 10 || len(s.Names) != 10 || s.Names[6] != "frog" {
			t.Fatalf("%d and %d images of %v, %v", s.Train.Len(), s.Test.Len(), s.Train.Shape(), s.Names)
		}
		for i := range s.Train.Len() {
			if s.Train.Label(i) != int32(i%10) {
				t.Errorf("image %d has the label %d", i, s.Train.Label(i))
			}
			for _, at := range [][3]int{{0, 0, 0}, {0, 1, 2}, {31, 30, 1}, {17, 5, 0}} {
				if got := s.Train.Image(i)[(at[0]*32+at[1])*3+at[2]]; got != value(i, at[0], at[1], at[2]) {
					t.Errorf("image %d at %v is %d: want %d", i, at, got, value(i, at[0], at[1], at[2]))
				}
			}
		}
	}
	if IsFolder(t.TempDir()) {
		t.Error("an empty folder is one")
	}
	nameless := t.TempDir()
	write(t, nameless, map[string][]byte{"batches.meta.txt": nil})
	if s, err := ReadFolder(nameless); err != nil || s.Names != nil {
		t.Errorf("without names: %v", err)
	}
}

func TestReadFolderNamesEveryFault(t *testing.T) {
	bad := slices.Clone(records(0, 2))
	bad[record] = 10
	for name, c := range map[string]struct {
		change map[string][]byte
		want   []string
	}{
		"missing": {map[string][]byte{"data_batch_3.bin": nil, "test_batch.bin": nil}, []string{"data_batch_3.bin: ", "test_batch.bin: "}},
		"cut":     {map[string][]byte{"data_batch_2.bin": records(0, 2)[:record+7]}, []string{"data_batch_2.bin: 3080 bytes: want a whole number of images, of 3073 each"}},
		"empty":   {map[string][]byte{"data_batch_2.bin": {}}, []string{"data_batch_2.bin: 0 bytes"}},
		"label":   {map[string][]byte{"data_batch_5.bin": bad}, []string{"data_batch_5.bin: label 10 of image 1: want 0 to 9"}},
		"names":   {map[string][]byte{"batches.meta.txt": []byte("cat\ndog\n")}, []string{"batches.meta.txt: 2 names: want 10"}},
	} {
		dir := t.TempDir()
		write(t, dir, c.change)
		_, err := ReadFolder(dir)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %v: want it to say %q", name, err, want)
			}
		}
	}
}
