#!/bin/sh
# Downloads clients of Kubernetes that others wrote into a folder of their own, with the ordinary apt and npm: Go and its
# client library, kubectl 1.32 and the Python client of Debian trixie, and @kubernetes/client-node. Nothing is installed; the
# machine's own packages stay as they are.
#
#   sh test/clients/fetch.sh [folder]     (default: .cache/clients of the repository)
set -eu
. "$(dirname "$0")/apt.sh"
root=${1:-$(dirname "$0")/../../.cache/clients}
mkdir -p "$root"
root=$(cd "$root" && pwd)
apt=$root/apt
packages='golang-1.24-go golang-k8s-client-go-dev kubectl python3-kubernetes'

own_apt "$apt" trixie deb
# shellcheck disable=SC2086 # a list of names
apt-get -qq --yes --download-only install $packages
for package in "$apt"/var/cache/apt/archives/*.deb; do
  dpkg-deb -x "$package" "$root"
done
rm -rf "$apt"
npm install --silent --ignore-scripts --no-audit --no-fund --no-save --prefix "$root/node" @kubernetes/client-node@2.0.1
echo "$root"
