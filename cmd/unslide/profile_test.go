package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLongCommandsAreProfiled: each command beside train that may run for long
// writes the profiles that it is asked for, also when it is interrupted.
func TestLongCommandsAreProfiled(t *testing.T) {
	data, dir := dataDir(t), t.TempDir()
	network, weights := smallNetwork(t, 8), filepath.Join(dir, "w.npz")
	ok(t, "train", "--data", data, "--network", network, "--limit", "20", "--test", "0", "--save", weights)
	out := filepath.Join(dir, "o")
	for _, args := range []string{
		"eval --test 100 " + weights,
		"compare --steps 50 --window 1 --test 10 --network " + network + " --out " + out,
		"timeline --python none --layers none --steps 20 --network " + network + " --out " + out,
		"article --python none --out " + dir,
		"bench article --threads 1",
		"verify",
	} {
		fields := strings.Fields(args)
		cpu, mem, trace := filepath.Join(dir, fields[0]+".cpu"), filepath.Join(dir, fields[0]+".mem"), filepath.Join(dir, fields[0]+".trace")
		fields = append(fields, "--cpuprofile", cpu, "--memprofile", mem, "--exec-trace", trace)
		if fields[0] != "verify" && fields[0] != "bench" {
			fields = append(fields, "--data", data)
		}
		ctx, stop := context.WithTimeout(context.Background(), 500*time.Millisecond)
		defer stop()
		var o, e bytes.Buffer
		status := run(ctx, fields, console{out: stream{Writer: &o}, err: stream{Writer: &e}})
		if status == exitUsage || status == exitFail && ctx.Err() == nil {
			t.Errorf("%s: status %d: %s", args, status, &e)
		}
		for file, begin := range map[string]string{cpu: "\x1f\x8b", mem: "\x1f\x8b", trace: "go 1."} {
			if b, err := os.ReadFile(file); err != nil || !bytes.HasPrefix(b, []byte(begin)) {
				t.Errorf("%s: %s: %v, begins with %.6q", args, filepath.Base(file), err, b)
			}
		}
	}
}
