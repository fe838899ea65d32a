package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/unslide/unslide/engine"
	"github.com/unslide/unslide/engine/data"
	"github.com/unslide/unslide/engine/data/idx"
	"github.com/unslide/unslide/engine/data/mnist"
	"github.com/unslide/unslide/engine/gemm"
	"github.com/unslide/unslide/internal/needs"
)

// asCommand makes the test binary be the command: tests that need a process
// of its own run it so.
const asCommand = "UNSLIDE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	fmt.Printf("kernels: %v of %v; BLAS: %v\n", engine.BestISA(), engine.ISAs(), gemm.Default().Info())
	status := m.Run()
	for _, f := range cleanups {
		f()
	}
	os.Exit(status)
}

// unslide runs a command line off a terminal.
func unslide(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	status = run(context.Background(), args, console{out: stream{Writer: &o}, err: stream{Writer: &e}})
	return status, o.String(), e.String()
}

// ok runs a command line that must succeed and returns its output.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	status, out, errs := unslide(t, args...)
	if status != exitOK {
		t.Fatalf("unslide %s: status %d: %s%s", strings.Join(args, " "), status, out, errs)
	}
	return out
}

// dataDir returns a folder with the real data set, unzipped because that is
// quicker to read, or skips the test.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := unzippedData()
	if err != nil {
		needs.Skipf(t, "the data set cannot be had here: %v", err)
	}
	return dir
}

var unzippedData = sync.OnceValues(func() (dir string, err error) {
	digits, err := mnist.Open(context.Background(), mnist.Options{})
	if err != nil {
		return "", err
	}
	if dir, err = os.MkdirTemp("", "unslide-test-"); err != nil {
		return "", err
	}
	cleanups = append(cleanups, func() { _ = os.RemoveAll(dir) })
	for name, set := range map[string]*data.Set{"train": digits.Training, "t10k": digits.Test} {
		images, labels, err := idx.Encode(set)
		if err != nil {
			return "", err
		}
		for file, content := range map[string][]byte{"-images-idx3-ubyte": images, "-labels-idx1-ubyte": labels} {
			if err := os.WriteFile(filepath.Join(dir, name+file), content, 0o644); err != nil {
				return "", err
			}
		}
	}
	return dir, nil
})

// cleanups run after all tests.
var cleanups []func()

// TestHelp: unslide alone lists every command and no other, and the help of each
// shows an example.
func TestHelp(t *testing.T) {
	var want []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[commands]()) {
		want = append(want, strings.ToLower(f.Name))
	}
	_, list, _ := strings.Cut(ok(t), "\nCommands:\n")
	var listed []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+) +\S`).FindAllStringSubmatch(list, -1) {
		listed = append(listed, m[1])
	}
	if !slices.Equal(listed, want) {
		t.Errorf("unslide alone lists %v, want %v", listed, want)
	}
	for _, name := range want {
		help := ok(t, name, "--help")
		if !strings.Contains(help, "Examples:") || !strings.Contains(help, "  unslide "+name) {
			t.Errorf("%s --help shows no example:\n%s", name, help)
		}
	}
}

func TestInfoAndVersion(t *testing.T) {
	info := ok(t, "info")
	for _, want := range []string{"CPU", "caches", "features", "workers", gemm.Default().Info().Name, fmt.Sprint(engine.BestISA()), "conv_1", "fc_2", "forward", "backward-filter"} {
		if !strings.Contains(info, want) {
			t.Errorf("info does not say %q:\n%s", want, info)
		}
	}
	for _, layer := range []string{"resnet50/conv2_3x3", "h=14,c=32,k=3,oc=64"} {
		out := ok(t, "info", "--layer", layer)
		for _, want := range []string{"MFLOP a pass", "float32", "float64", "forward", "backward-data", "backward-filter", "gemm"} {
			if !strings.Contains(out, want) {
				t.Errorf("info --layer %s does not say %q:\n%s", layer, want, out)
			}
		}
	}
	out := ok(t, "info", "--network", "article", "--batch", "128")
	for _, want := range []string{"fc_1 1×1×2000 1962000 3.920", "all 1982955", "inference 7.56 MiB 0.00 MiB", "training, at most 7.56 MiB 7.56 MiB", "conv_2 conv2d 7×7×5"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("info --network does not say %q:\n%s", want, out)
		}
	}
	if out := ok(t, "info", "--layer", "h=8,c=4,k=3,oc=4", "--tune"); strings.Count(out, "GFLOP/s") < 3 {
		t.Errorf("info --tune measures too little:\n%s", out)
	}
	if v := ok(t, "version"); !strings.HasPrefix(v, "unslide ") || !strings.Contains(v, " go1.") {
		t.Errorf("version says %q", v)
	}
}

func TestCommandLinesWithoutSense(t *testing.T) {
	for args, says := range map[string]string{
		"nix":                    `command "nix": want one of train, eval, predict`,
		"train --nix":            "unknown flag --nix",
		"train nix":              "unexpected argument nix",
		"train --batch 0":        "--batch 0: want 1 to 65536",
		"train --batch=-3":       "--batch -3: want 1 to 65536",
		"train --batch many":     `--batch "many": want a whole number`,
		"train --epochs 0":       "--epochs 0: want 1 to ",
		"train --lr nan":         "--lr NaN: want a number above 0",
		"train --lr inf":         "--lr +Inf: want a number above 0",
		"train --lr=-1":          "--lr -1: want a number above 0",
		"train --lr 0":           "--lr 0: want a number above 0",
		"train --limit=-1":       "--limit -1: want 0 (all) or more",
		"train --precision half": `--precision "half": want float32 or float64`,
		"train --engine fast":    `--engine "fast": want auto, gemm`,
		"train --engine naive --precision float32":   "--precision float32: want float64",
		"train --optimizer lbfgs":                    `--optimizer "lbfgs": want "sgd" or "adam"`,
		"train --schedule step":                      `--schedule "step": want "constant" or "one-cycle"`,
		"train --workers=-1":                         "--workers -1: want 0 (all cores) to 4096",
		"train --report 0":                           "--report 0: want 1 or more",
		"train --test 10001":                         "--test 10001: want 0 to 10000",
		"train --init golden:x":                      `--init "golden:x": want golden:SEED`,
		"train --init a.npz --resume b.npz":          "--init and --resume: want one of them",
		"train --save weights.txt":                   "want a name that ends in .npz or .npy",
		"train --order there-is-no-such-file":        "--order: open there-is-no-such-file",
		"train --seed=-1":                            `--seed "-1": want a whole number from 0`,
		"eval":                                       "expected \"<weights>\"",
		"eval w.npz --test 0":                        "--test 0: want 1 to 10000",
		"eval w.npz --precision half":                `--precision "half": want float32 or float64`,
		"predict --weights w.npz":                    "expected \"<images> ...\"",
		"info --layer resnet50/none":                 "--layer resnet50/none: want one of resnet50's stem_7x7",
		"info --layer none/none":                     "--layer none/none: ",
		"info --network none.json":                   "--network none.json: want article, experiment, strong, or a JSON file",
		"info --network strong --layer h=1":          "--layer and --network: want one of them",
		"info --network strong --batch 0":            "--batch: 0: want 1 to 65536",
		"info --batch 2":                             "--batch: want --network too",
		"info --layer h=8,q=3":                       `--layer: "q=3": want LIST/NAME, or h, w, c`,
		"info --layer ,,,":                           `--layer: "": want LIST/NAME, or h, w, c`,
		"info --layer h=8,,k=3,":                     `--layer: "": want LIST/NAME, or h, w, c`,
		"info --layer h=8,k=0":                       "--layer: k, k 0×0: want at least 1×1",
		"article --steps 0":                          "--steps 0: want 1 to 55000",
		"article --epochs 101":                       "--epochs 101: want 1 to 100",
		"info --tune":                                "--tune: want --layer too",
		"predict seven.png":                          "missing flags: --weights",
		"predict --weights w.npz --workers=-2 a.png": "--workers -2: want 0 (all cores) to 4096",
	} {
		status, out, errs := unslide(t, strings.Fields(args)...)
		if status != exitUsage || out != "" {
			t.Errorf("unslide %s: status %d, output %q: want %d and none", args, status, out, exitUsage)
		}
		if !strings.Contains(errs, says) || strings.Count(errs, "\n") != 1 || !strings.HasPrefix(errs, "unslide: ") {
			t.Errorf("unslide %s: says %q: want one line with %q", args, errs, says)
		}
	}
	// What an unset variable of a script leaves.
	for _, empty := range []struct {
		args []string
		says string
	}{
		{[]string{"info", "--layer", ""}, `--layer ""`},
		{[]string{"info", "--layer="}, `--layer ""`},
		{[]string{"bench", "--threads="}, `--threads ""`},
		{[]string{"train", "--resume", "", "--epochs", "2"}, `--resume ""`},
		{[]string{"train", "--data="}, `--data ""`},
		{[]string{"eval", ""}, `argument ""`},
	} {
		status, out, errs := unslide(t, empty.args...)
		if want := "unslide: " + empty.says + ": want a value"; status != exitUsage || out != "" || !strings.HasPrefix(errs, want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("unslide %q: status %d, output %q, says %q: want %d, none, and one line with %q", empty.args, status, out, errs, exitUsage, want)
		}
	}
	// All faults at once.
	_, _, errs := unslide(t, "train", "--batch", "0", "--lr", "nan", "--engine", "fast")
	for _, says := range []string{"--batch 0", "--lr NaN", `--engine "fast"`} {
		if !strings.Contains(errs, says) {
			t.Errorf("three faults: says %q: want %q too", errs, says)
		}
	}
}
