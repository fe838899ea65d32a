package peers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/unslide/unslide/internal/needs"
)

// A framework that is not there is named, and the others go on.
func TestPeersMissing(t *testing.T) {
	g, err := Start(context.Background(), "/nonexistent/python", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if len(g.Running) != 0 || len(g.Missing) != len(names()) {
		t.Errorf("running %v, missing %v", g.Running, g.Missing)
	}
}

// The conversation with a framework's process, by a framework made up.
func TestPeer(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		needs.Skipf(t, "no python3: %v", err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, programs); err != nil {
		t.Fatal(err)
	}
	const framework = `
import sys, time
class Framework:
    name, version = "Snail", "1.0"
    def __init__(self, threads): print("chatter"); print("slow", file=sys.stderr)
    def conv(self, layer):
        def broken(): raise ValueError("no " + layer["pass"])
        return {"crawl": lambda: lambda: time.sleep(layer["batch"] / 1000), "fly": broken}
`
	if err := os.WriteFile(filepath.Join(dir, "with_jax.py"), []byte(framework), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	p, err := start(ctx, python, dir, "jax", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if p.Name != "Snail" || p.Version != "1.0" {
		t.Errorf("it is %s %s", p.Name, p.Version)
	}
	forms, failed, err := p.Prepare(map[string]any{"op": "conv", "pass": "forward", "layer": map[string]int{"batch": 3}})
	if err != nil || len(forms) != 1 || forms[0] != "crawl" || failed["fly"] != "ValueError: no forward" {
		t.Fatalf("forms %v, failed %v, %v", forms, failed, err)
	}
	samples, err := p.Time("crawl", 0.01)
	if err != nil || len(samples) == 0 || !(samples[0] >= 0.003 && samples[0] < 1) {
		t.Errorf("samples %v, %v: want about 0.003 s", samples, err)
	}
	if peak, err := p.PeakMemory(); err != nil || peak < 1<<20 {
		t.Errorf("peak %d, %v", peak, err)
	}
	if _, err := p.Time("fly", 0.01); err == nil || !strings.Contains(err.Error(), "KeyError") {
		t.Errorf("a form that is not there: %v", err)
	}
}
