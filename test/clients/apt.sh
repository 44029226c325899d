# shellcheck shell=sh
# An apt of its own, for packages of a Debian that need not be this machine's: to be sourced.

# Below FOLDER, with the packages (deb) or also the sources (deb-src) of SUITE; from then on apt-get means it. Nothing of the
# machine's own apt and dpkg is touched.
#   own_apt FOLDER SUITE KIND...
own_apt() {
  apt=$1 suite=$2
  shift 2
  mkdir -p "$apt/etc/preferences.d" "$apt/etc/apt.conf.d" "$apt/etc/sources.list.d" "$apt/var/lib/dpkg" \
    "$apt/var/lib/apt/lists/partial" "$apt/var/cache/apt/archives/partial"
  : > "$apt/var/lib/dpkg/status"
  # From where this machine has its own Debian; the archive of security updates has no other packages.
  mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' | grep -v security | head -n 1 | cut -d ' ' -f 1)
  [ -n "$mirror" ] || { echo "$0: apt knows no Debian archive; add one to its sources" >&2; exit 1; }
  for kind in "$@"; do
    echo "$kind [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main"
  done > "$apt/etc/sources.list"
  cat > "$apt/apt.conf" <<END
Dir "$apt";
Dir::Etc "etc";
Dir::State "var/lib/apt";
Dir::State::status "$apt/var/lib/dpkg/status";
Dir::Cache "var/cache/apt";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
END
  export APT_CONFIG="$apt/apt.conf"
  apt-get -qq update
}
