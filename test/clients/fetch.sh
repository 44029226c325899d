#!/bin/sh
# Downloads clients of Kubernetes that others wrote into a folder of their own, with the ordinary apt and npm: Go and its
# client library, kubectl 1.32 and the Python client of Debian trixie, and @kubernetes/client-node. Nothing is installed; the
# machine's own packages stay as they are.
#
#   sh test/clients/fetch.sh [folder]     (default: .cache/clients of the repository)
set -eu
root=${1:-$(dirname "$0")/../../.cache/clients}
mkdir -p "$root"
root=$(cd "$root" && pwd)
apt=$root/apt
suite=trixie
packages='golang-1.24-go golang-k8s-client-go-dev kubectl python3-kubernetes'

mkdir -p "$apt/etc/preferences.d" "$apt/etc/apt.conf.d" "$apt/etc/sources.list.d" "$apt/var/lib/dpkg" \
  "$apt/var/lib/apt/lists/partial" "$apt/var/cache/apt/archives/partial"
: > "$apt/var/lib/dpkg/status"
# From where this machine has its own Debian; the archive of security updates has no other packages.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Identifier: Packages' | grep -v security | head -n 1 | cut -d ' ' -f 1)
[ -n "$mirror" ] || { echo "fetch.sh: apt knows no Debian archive; add one to its sources" >&2; exit 1; }
cat > "$apt/etc/sources.list" <<END
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main
END
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
# shellcheck disable=SC2086 # a list of names
apt-get -qq --yes --download-only install $packages
for package in "$apt"/var/cache/apt/archives/*.deb; do
  dpkg-deb -x "$package" "$root"
done
rm -rf "$apt"
npm install --silent --ignore-scripts --no-audit --no-fund --no-save --prefix "$root/node" @kubernetes/client-node@2.0.1
echo "$root"
