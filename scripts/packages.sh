# packages.sh: installs a package by the machine's own manager; to be sourced by
# a script that has say and a folder $tmp.
#
# A manager is asked only where that needs no password: as root, by passwordless
# sudo, or Homebrew. With UNSLIDE_INSTALL=no nothing is installed.

# root COMMAND...: run it as root, if that needs no password.
root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo -n "$@"
	fi
}

may_install() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; }; }

# apt_install PACKAGE: the package lists of a fresh machine are empty or old.
apt_install() {
	package=$1
	set -- root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=120 -o Acquire::Retries=2
	"$@" install --no-install-recommends "$package" || { "$@" update && "$@" install --no-install-recommends "$package"; }
}

# install_package MANAGER=PACKAGE...: install what the machine's manager, the
# first of them that is here, calls the package; where that fails, $why says it.
install_package() {
	[ "${UNSLIDE_INSTALL:-}" != no ] || { why="not installed, and UNSLIDE_INSTALL=no"; return 1; }
	known=
	for manager; do
		package=${manager#*=} manager=${manager%%=*}
		known=${known:+$known, }$manager
		command -v "$manager" >/dev/null || continue
		[ "$manager" = brew ] || may_install ||
			{ why="not installed, and $manager needs root or a sudo that asks no password"; return 1; }
		say "not installed: installing it with $manager"
		case $manager in
		brew) set -- brew install "$package" ;;
		apt-get) set -- apt_install "$package" ;;
		dnf) set -- root dnf -q -y install "$package" ;;
		pacman) set -- root pacman -S --noconfirm --needed "$package" ;;
		apk) set -- root apk add "$package" ;;
		esac
		"$@" >"$tmp/log" 2>&1 && return
		tail -n 5 "$tmp/log" >&2
		why="$manager could not install it"
		return 1
	done
	why="not installed, and none of $known is here to do it"
	return 1
}
