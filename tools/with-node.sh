#!/bin/sh
# Runs a file of this repository with the pinned Node, installing what that needs first (see bootstrap.sh).
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
. "$root/tools/bootstrap.sh"
ensure_modules
ensure_node
cd "$root"
exec "$node" --conditions=steersman-source "$@"
