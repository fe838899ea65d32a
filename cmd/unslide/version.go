package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

type versionCmd struct{}

func (versionCmd) Help() string {
	return `Of a build from a checkout this is the commit, its date, and whether files differ
from it; then the Go that built it and what for.

Examples:

  unslide version`
}

func (versionCmd) Run(c console) error {
	version := "(unknown)"
	if info, ok := debug.ReadBuildInfo(); ok {
		version = versionOf(info)
	}
	fmt.Fprintf(c.out, "unslide %s, %s %s/%s\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// versionOf returns the module's version, which go install names, and of a build
// from a checkout the commit, its date and whether files differ from it.
func versionOf(info *debug.BuildInfo) string {
	version := info.Main.Version
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	if commit == "" {
		return version
	}
	commit = commit[:min(12, len(commit))]
	from := "commit " + commit
	if at, err := time.Parse(time.RFC3339, settings["vcs.time"]); err == nil {
		from += at.UTC().Format(" of 2006-01-02 15:04 UTC")
	}
	if settings["vcs.modified"] == "true" {
		from += ", with changes"
	}
	// Without a tag the version is made of the commit and its time.
	if version == "" || version == "(devel)" || strings.Contains(version, commit) {
		return from
	}
	return strings.TrimSuffix(version, "+dirty") + " (" + from + ")"
}
