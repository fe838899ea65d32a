package main

import (
	"runtime/debug"
	"testing"
)

func TestVersionOf(t *testing.T) {
	const commit = "5d5806e34a1209f6b4f3b3a1c0ffee0123456789"
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: commit},
			{Key: "vcs.time", Value: "2026-11-26T06:44:53+02:00"}, {Key: "vcs.modified", Value: modified}}
	}
	for _, test := range []struct {
		version  string
		settings []debug.BuildSetting
		want     string
	}{
		{"v1.2.3", nil, "v1.2.3"}, // go install module@version
		{"v0.0.0-20261126044453-5d5806e34a12", nil, "v0.0.0-20261126044453-5d5806e34a12"},
		{"(devel)", nil, "(devel)"}, // -buildvcs=false
		{"(devel)", vcs("false"), "commit 5d5806e34a12 of 2026-11-26 04:44 UTC"},
		{"v0.0.0-20261126044453-5d5806e34a12+dirty", vcs("true"), "commit 5d5806e34a12 of 2026-11-26 04:44 UTC, with changes"},
		{"v1.2.3", vcs("false"), "v1.2.3 (commit 5d5806e34a12 of 2026-11-26 04:44 UTC)"},
		{"v1.2.3+dirty", vcs("true"), "v1.2.3 (commit 5d5806e34a12 of 2026-11-26 04:44 UTC, with changes)"},
	} {
		info := &debug.BuildInfo{Main: debug.Module{Version: test.version}, Settings: test.settings}
		if got := versionOf(info); got != test.want {
			t.Errorf("%s with %v: %q, want %q", test.version, test.settings, got, test.want)
		}
	}
}
