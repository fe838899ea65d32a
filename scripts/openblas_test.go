// Package scripts tests the scripts beside it, on machines that it makes up:
// a folder of stub commands is all that the script under test can reach.
package scripts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/unslide/unslide/internal/needs"
)

// A machine is what scripts/openblas finds.
type machine struct {
	compiler  bool   // a C compiler works
	pkgconfig bool   // OpenBLAS links with what pkg-config says only
	installed bool   // OpenBLAS links
	root      bool   // the caller is root
	sudo      string // "": none; "free": asks no password; "locked": asks one
	manager   string // the one package manager
	works     bool   // what the manager installs links afterwards
	fails     bool   // the manager fails
	stale     bool   // the manager fails until its lists are updated
	env       []string
}

const purego = "GOFLAGS='-tags=purego'"

func TestOpenBLAS(t *testing.T) {
	for name, test := range map[string]struct {
		machine
		settings string // standard output
		says     string // in the last line of standard error; "" for silence
	}{
		"installed":      {machine{compiler: true, installed: true}, "", ""},
		"pkg-config":     {machine{compiler: true, pkgconfig: true}, "GOFLAGS='-tags=pkgconfig'", ""},
		"no compiler":    {machine{installed: true, root: true, manager: "apt-get", works: true}, purego + " CGO_ENABLED=0", "no working C compiler"},
		"root apt":       {machine{compiler: true, root: true, manager: "apt-get", works: true}, "", "installing it with apt-get"},
		"stale apt":      {machine{compiler: true, root: true, manager: "apt-get", works: true, stale: true}, "", "installing it with apt-get"},
		"root dnf":       {machine{compiler: true, root: true, manager: "dnf", works: true}, "", "installing it with dnf"},
		"root pacman":    {machine{compiler: true, root: true, manager: "pacman", works: true}, "", "installing it with pacman"},
		"root apk":       {machine{compiler: true, root: true, manager: "apk", works: true}, "", "installing it with apk"},
		"sudo dnf":       {machine{compiler: true, sudo: "free", manager: "dnf", works: true}, "", "installing it with dnf"},
		"user brew":      {machine{compiler: true, manager: "brew", works: true}, "", "installing it with brew"},
		"user apt":       {machine{compiler: true, manager: "apt-get", works: true}, purego, "apt-get needs root"},
		"locked sudo":    {machine{compiler: true, sudo: "locked", manager: "apt-get", works: true}, purego, "apt-get needs root"},
		"no manager":     {machine{compiler: true, root: true}, purego, "none of brew, apt-get, dnf, pacman, apk"},
		"failing apt":    {machine{compiler: true, root: true, manager: "apt-get", fails: true}, purego, "apt-get could not install it"},
		"useless apt":    {machine{compiler: true, root: true, manager: "apt-get"}, purego, "a program does not link with it"},
		"install no":     {machine{compiler: true, root: true, manager: "apt-get", works: true, env: []string{"UNSLIDE_INSTALL=no"}}, purego, "UNSLIDE_INSTALL=no"},
		"user's CGO off": {machine{env: []string{"CGO_ENABLED=0"}}, "", ""},
		"user's purego":  {machine{env: []string{"GOFLAGS=-tags=purego"}}, "", ""},
		"user's flags":   {machine{compiler: true, env: []string{"GOFLAGS=-buildvcs=false"}}, "GOFLAGS='-buildvcs=false -tags=purego'", "none of brew"},
	} {
		t.Run(name, func(t *testing.T) {
			settings, said := test.run(t)
			if settings != test.settings {
				t.Errorf("prints %q, want %q", settings, test.settings)
			}
			lines := strings.Split(said, "\n")
			last := lines[len(lines)-1]
			if test.says == "" && said != "" || !strings.Contains(last, test.says) {
				t.Errorf("says %q, want %q in its last line", said, test.says)
			}
			if strings.Contains(test.settings, "purego") && !strings.Contains(last, "without OpenBLAS") {
				t.Errorf("does not say that the build goes without OpenBLAS: %q", said)
			}
		})
	}
}

// run runs the script on the machine; it returns what it prints and says.
func (m machine) run(t *testing.T) (settings, said string) {
	t.Helper()
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("the made-up machines are Linux ones")
	}
	bin := t.TempDir()
	for _, tool := range []string{"go", "sh", "mktemp", "rm", "tail", "cat", "env", "touch", "true"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			needs.Skipf(t, "the test needs %s: %v", tool, err)
		}
		stub(t, bin, tool, fmt.Sprintf(`exec %q "$@"`, path))
	}
	linked := filepath.Join(bin, "linked")
	if m.installed {
		stub(t, bin, "linked", "")
	}
	if m.compiler {
		stub(t, bin, "stub-cc", fmt.Sprintf(`case "$(cat) $*" in *-L/odd*) ;; *cblas_sgemm*) [ -e %q ] ;; esac`, linked))
	}
	if m.pkgconfig {
		stub(t, bin, "pkg-config", "echo -L/odd -lopenblas")
	}
	uid := 1000
	if m.root {
		uid = 0
	}
	// A command that sudo runs sees itself as root.
	stub(t, bin, "id", fmt.Sprintf(`echo "${STUB_UID:-%d}"`, uid))
	switch m.sudo {
	case "free":
		stub(t, bin, "sudo", `[ "$1" = -n ] && shift; STUB_UID=0 exec "$@"`)
	case "locked":
		stub(t, bin, "sudo", `echo "sudo: a password is required" >&2; exit 1`)
	}
	if m.manager != "" {
		stub(t, bin, m.manager, m.managerScript(bin, linked))
	}

	cmd := exec.Command("./openblas")
	cmd.Env = append([]string{"PATH=" + bin, "HOME=" + t.TempDir(), "CC=stub-cc", "CGO_ENABLED=1", "GOFLAGS=", "GOENV=off"}, m.env...)
	var out, msg strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &msg
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, &msg)
	}
	return strings.TrimSpace(out.String()), strings.TrimSpace(msg.String())
}

// managerScript is a package manager: it installs, if the caller may.
func (m machine) managerScript(bin, linked string) string {
	var s strings.Builder
	if m.manager != "brew" {
		s.WriteString("[ \"$(id -u)\" = 0 ] || { echo 'are you root?' >&2; exit 1; }\n")
	}
	if m.fails {
		s.WriteString("echo 'no route to host' >&2; exit 100\n")
	}
	if m.stale {
		updated := filepath.Join(bin, "updated")
		fmt.Fprintf(&s, "case \"$*\" in *update*) touch %q; exit ;; esac\n", updated)
		fmt.Fprintf(&s, "[ -e %q ] || { echo 'unable to locate package' >&2; exit 100; }\n", updated)
	}
	if m.works {
		fmt.Fprintf(&s, "case \"$*\" in *openblas*) touch %q ;; *) exit 1 ;; esac\n", linked)
	}
	return s.String()
}

func stub(t *testing.T, dir, name, script string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}
