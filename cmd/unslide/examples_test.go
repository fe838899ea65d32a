//go:build unix

package main

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// limits are the flags that make a command's examples short.
var limits = map[string]string{
	"train":   "--limit 256 --test 100",
	"eval":    "--test 100",
	"compare": "--test 10",
}

// TestExamples runs each example of each --help, in a shell, in a folder that
// has the files it names. One that takes longer than a moment is interrupted, and
// must say so: then its flags and files were right.
func TestExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every example")
	}
	dir := exampleFolder(t)
	all := reflect.TypeFor[commands]()
	for i := range all.NumField() {
		name := strings.ToLower(all.Field(i).Name)
		c, ok := reflect.New(all.Field(i).Type).Interface().(interface{ Help() string })
		if !ok {
			if name != "version" {
				t.Errorf("%s: --help has no examples", name)
			}
			continue
		}
		_, examples, found := strings.Cut(c.Help(), "Examples:\n\n")
		if !found {
			t.Errorf("%s: --help has no examples", name)
		}
		t.Run(name, func(t *testing.T) {
			if name != "train" { // whose weights the others read
				t.Parallel()
			}
			for example := range strings.SplitSeq(strings.ReplaceAll(examples, "\\\n", ""), "\n") {
				example = strings.TrimSpace(example)
				if !strings.Contains(example, "unslide "+name) {
					t.Errorf("the example %q is of another command", example)
				} else if err := runExample(dir, example, limits[name]); err != nil {
					t.Errorf("%s: %v", example, err)
				}
			}
		})
	}
}

// runExample runs a line of a shell in which unslide is this test's binary,
// which gets the further flags.
func runExample(dir, example, flags string) error {
	cmd := exec.Command("sh", "-c", "exec env "+example)
	if strings.HasPrefix(example, "unslide ") {
		cmd = exec.Command("sh", "-c", "exec "+example)
	}
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asCommand+"=1", "BINARY="+os.Args[0], "FLAGS="+flags,
		"PATH="+dir+":"+os.Getenv("PATH"), "HOME="+dir, "UNSLIDE_DATA="+filepath.Join(dir, "mnist"))
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &out
	if err := cmd.Start(); err != nil {
		return err
	}
	moment := time.AfterFunc(time.Second, func() { _ = cmd.Process.Signal(os.Interrupt) })
	guard := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	interrupted := !moment.Stop()
	guard.Stop()
	said := out.String()
	if err == nil || interrupted && (strings.Contains(said, "canceled") || strings.Contains(said, "interrupt")) {
		return nil
	}
	return errors.New(err.Error() + ": " + said)
}

// exampleFolder makes a folder with what the examples name.
func exampleFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	data := dataDir(t)
	testdata, err := filepath.Abs("../../internal/golden/testdata")
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewGray(image.Rect(0, 0, 40, 40)) // a 1
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for y := 8; y < 32; y++ {
		for x := 18; x < 22; x++ {
			picture.SetGray(x, y, color.Gray{})
		}
	}
	var asPNG, asJPEG bytes.Buffer
	if err := errors.Join(png.Encode(&asPNG, picture), jpeg.Encode(&asJPEG, picture, nil)); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{
		"unslide":               "#!/bin/sh\nexec \"$BINARY\" \"$@\" $FLAGS\n",
		".venv/bin/python":      "#!/bin/sh\nexit 1\n", // has no other frameworks
		"seven.png":             asPNG.String(),
		"photos/one.jpg":        asJPEG.String(),
		"tensorflow_epoch.json": "[2.3, 2.2]",
		"results/none":          "",
		"internal/golden/none":  "",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Symlink(testdata, filepath.Join(dir, "internal/golden/testdata")), os.Symlink(data, filepath.Join(dir, "mnist"))); err != nil {
		t.Fatal(err)
	}
	ok(t, "train", "--data", data, "--limit", "10", "--test", "0", "--save", filepath.Join(dir, "cnn_weights_mnist.npy"))
	return dir
}
