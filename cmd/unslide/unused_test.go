package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unslide/unslide/engine/nn"
)

// TestFlagsWithoutEffect: what would change nothing is refused, by its name,
// before anything runs.
func TestFlagsWithoutEffect(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("w.npz", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for line, says := range map[string]string{
		"train --engine naive --fast":                   "--fast: want another --engine than naive",
		"train --engine naive --workers 2":              "--workers: want another --engine than naive",
		"train --engine naive --batch 2":                "--batch 2: want 1 for the sliding reference",
		"train --engine naive --optimizer adam":         "--optimizer adam: want sgd for the sliding reference",
		"train --engine naive --schedule one-cycle":     "--schedule one-cycle: want constant for the sliding reference",
		"train --fast --precision float64":              "--fast: want --engine auto and float32",
		"train --fast --engine winograd":                "--fast: want --engine auto and float32",
		"train --init w.npz --seed 3":                   "--seed: want it without --init",
		"train --init golden:2 --seed 3":                "--seed: want it without --init",
		"train --resume w.npz --order natural --seed 3": "--seed: want it without --resume",
		"compare --full --steps 5":                      "--steps: want it without --full",
		"compare --runs sliding --workers 2":            "--workers: want a run of the engine",
		"compare --network strong":                      "--network of 6 layers, whose layer 1 is conv: want conv, maxpool, conv, dense, dense",
		"compare --network none":                        "--network none: want article, experiment, strong, or a JSON file that is there",
		"compare --beside none":                         "--beside none: want article, experiment, strong, or a JSON file",
		"compare --out w.npz":                           "/w.npz: want a name for pictures that end in .png and .svg, not a file",
		"timeline --out w.npz":                          "/w.npz: want a name for pictures that end in .png and .svg, not a file",
		"timeline --network strong":                     "--network of 6 layers, whose layer 1 is conv: want conv, maxpool",
		"timeline --python none --python-images 2":      "--python-images: want it without --python none",
		"timeline --layers resnet50/none":               "--layers resnet50/none: want one of resnet50's stem_7x7",
		"timeline --layers none/none":                   "--layers none/none: want LIST/NAME of one of the lists article, ",
		"slide --delay 2s":                              "--delay: want it with --out FILE.gif",
		"slide --delay 2s --out a.svg":                  "--delay: want it with --out FILE.gif",
		"bench --go-test a --rounds 3":                  "--rounds: want it without --go-test",
		"bench lenet --go-test a":                       "list lenet: want none with --go-test",
		"bench lenet --data .":                          "--data: want it with the list mnist",
		"info --layer h=5,h=6,k=3":                      `--layer: "h=6": want h once`,
		"train --batch many":                            `--batch "many": want a whole number`,
		"train --batch":                                 "--batch: want a whole number",
		"train --lr much":                               `--lr "much": want a number`,
		"train --seed=-1":                               `--seed "-1": want a whole number from 0`,
		"bench --threads 1,x":                           `--threads "x": want a whole number`,
		"bench --threads 0":                             "--threads 0: want 1 to the ",
		"bench --threads 1,-1":                          "--threads -1: want 1 to the ",
		"bench --threads 100000":                        "--threads 100000: want 1 to the ",
		"train --workers 5000":                          "--workers 5000: want 0 (all cores) to 4096",
		"eval w.npz --workers 5000":                     "--workers 5000: want 0 (all cores) to 4096",
		"predict --weights w.npz 7.png --workers 5000":  "--workers 5000: want 0 (all cores) to 4096",
		"compare --workers 5000":                        "--workers 5000: want 0 (all cores) to 4096",
		"timeline --workers 5000":                       "--workers 5000: want 0 (all cores) to 4096",
		"slide --delay soon":                            `--delay "soon": want a time, such as 1s or 500ms`,
		"compare --cpuprofile c.png --out c":            "/c.png: want another file than --cpuprofile",
		"timeline --trace t-layers.svg --out t":         "/t-layers.svg: want another file than --trace",
		"article --results article.md":                  "/article.md: want another file than --results",
		"compare --out sub/../c --memprofile c.svg":     "/c.svg: want another file than --memprofile",
	} {
		status, out, errs := unslide(t, strings.Fields(line)...)
		if status != exitUsage || out != "" || !strings.Contains(errs, filepath.FromSlash(says)) || strings.Count(errs, "\n") != 1 {
			t.Errorf("unslide %s: status %d, output %q, says %q: want %d, none, and one line with %q", line, status, out, errs, exitUsage, says)
		}
	}
}

// TestResumeSaysWhere a training goes on, takes the settings of its file, and
// refuses others.
func TestResumeSaysWhere(t *testing.T) {
	if testing.Short() {
		t.Skip("compares many trainings")
	}
	data, dir := dataDir(t), t.TempDir()
	path := filepath.Join(dir, "w.npz")
	base := []string{"train", "--data", data, "--test", "0"}
	small := []string{"--network", smallNetwork(t, 8), "--limit", "60", "--save", path}
	ok(t, append(append(base, "--order", "shuffled", "--seed", "7", "--batch", "4", "--epochs", "2"), small...)...)

	resume := append(base, "--resume", path)
	out := ok(t, resume...)
	if !strings.Contains(out, "\nalready trained: 2 epochs, 30 steps; --epochs 3 or more would go on\n") || strings.Contains(out, "trained on") {
		t.Errorf("a finished training says\n%s", out)
	}
	out = ok(t, append(resume, "--epochs", "3", "--report", "10")...)
	if !strings.Contains(out, "\ngoing on after step 30 of 45, in epoch 3 of 3; mean loss of the last 10 steps ") {
		t.Errorf("a training that goes on says\n%s", out)
	}
	same, err := nn.ReadWeights(path)
	if err != nil {
		t.Fatal(err)
	}
	// The file's own values may be said again.
	again := filepath.Join(dir, "again.npz")
	ok(t, append(resume, "--epochs", "3", "--order", "shuffled", "--seed", "7", "--batch", "4", "--lr", "0.01", "--save", again)...)
	ok(t, append(resume, "--epochs", "3", "--seed", "7", "--save", filepath.Join(dir, "seed.npz"))...)
	ok(t, append(resume, "--epochs", "3", "--order", "shuffled", "--save", filepath.Join(dir, "order.npz"))...)
	if w, err := nn.ReadWeights(again); err != nil || len(w.Training.Losses) != 45 || same.Training.Losses[29] != w.Training.Losses[29] {
		t.Errorf("the training that went on: %v", err)
	}
	sameFile(t, filepath.Join(dir, "seed.npz"), again)
	sameFile(t, filepath.Join(dir, "order.npz"), again)

	natural := filepath.Join(dir, "natural.npz")
	ok(t, append(base, "--network", smallNetwork(t, 8), "--limit", "60", "--seed", "7", "--precision", "float64", "--save", natural)...)
	for line, says := range map[string]string{
		path + " --seed 8":                   "--seed 8: want 7, as in the file",
		path + " --order shuffled --seed 8":  "--seed 8: want 7, as in the file",
		path + " --epochs 1":                 "--epochs 1: want at least 2 for the 30 steps in the file",
		path + " --optimizer adam":           "--optimizer adam: want sgd, as in the file",
		natural + " --epochs 2 --seed 7":     "--seed: want it without --resume",
		natural + " --epochs 2 --fast":       "--fast: want a training in float32",
		natural + " --engine naive --lr 0.1": "--lr 0.1: want 0.01, as in the file",
	} {
		status, _, errs := unslide(t, append(append([]string{}, base...), strings.Fields("--resume "+line)...)...)
		if status != exitFail || !strings.Contains(errs, "unslide: "+says) {
			t.Errorf("--resume %s: status %d, says %q: want %d, %q", line, status, errs, exitFail, says)
		}
	}
}

// TestSaveEverySaysWhen: in the lines of progress and in the log.
func TestSaveEverySaysWhen(t *testing.T) {
	dir := t.TempDir()
	out := ok(t, "train", "--data", dataDir(t), "--test", "0", "--network", smallNetwork(t, 8), "--limit", "60", "--report", "10",
		"--save", filepath.Join(dir, "w.npz"), "--save-every", "15", "--log", filepath.Join(dir, "log"))
	for step, want := range map[string]string{"step 10,": "left", "step 20,": "left; saved step 15", "step 30,": "left", "step 40,": "left; saved step 30"} {
		at := strings.Index(out, "\n"+step)
		line, _, _ := strings.Cut(out[at+1:], "\n")
		if at < 0 || !strings.HasSuffix(line, want) {
			t.Errorf("the line %q: want it to end in %q", line, want)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "log"))
	if err != nil || !strings.Contains(string(b), `"step":20,`) || strings.Count(string(b), `"saved":15}`) != 2 {
		t.Errorf("%v: the log is\n%s", err, b)
	}
}

// TestHelpShowsANetwork that can be trained.
func TestHelpShowsANetwork(t *testing.T) {
	help := ok(t, "train", "--help")
	at, end := strings.Index(help, `{"input"`), strings.LastIndex(help, "}]}")
	if at < 0 || end < at {
		t.Fatalf("no network in\n%s", help)
	}
	if n, err := nn.ParseNetwork([]byte(help[at : end+3])); err != nil || n.Classes() != 10 {
		t.Errorf("%v, %v", n, err)
	}
}
