#!/bin/sh
# Builds components of Kubernetes v1.20.2 from Debian bookworm's source package, which is whole and has all it depends on, with
# bookworm's Go, so that they can stand on the other side of ours. Nothing is installed; about ten minutes of CPU for
# kube-apiserver, half of that again for each further component.
#
#   sh test/clients/upstream.sh [component...]     (default: kube-apiserver; also kube-controller-manager, kube-scheduler, e2e.test)
#
# They come to lie in .cache/upstream/bin, where upstream.system.test.ts of kube-apiserver looks for them.
set -eu
. "$(dirname "$0")/apt.sh"
root=${STEERSMAN_UPSTREAM:-$(dirname "$0")/../../.cache/upstream}
mkdir -p "$root/bin" "$root/deb"
root=$(cd "$root" && pwd)
tree=$root/gopath/src/k8s.io/kubernetes
version=v1.20.2

fetch() {
  apt=$root/apt
  (
    own_apt "$apt" bookworm deb deb-src
    cd "$root/deb"
    apt-get -qq download golang-1.19-go golang-1.19-src
    apt-get -qq source --download-only kubernetes
  )
  for package in "$root"/deb/*.deb; do dpkg-deb -x "$package" "$root"; done
  mkdir -p "$tree"
  tar -xzf "$root"/deb/kubernetes_*.orig.tar.gz -C "$tree" --strip-components=1
  rm -rf "$apt" "$root/deb"
}

# What the source package lacks because upstream's own build makes it first.
generate() {
  go build -o "$root/bin/" ./vendor/k8s.io/kube-openapi/cmd/openapi-gen ./vendor/github.com/go-bindata/go-bindata/go-bindata
  packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' staging/src/k8s.io pkg cmd \
    | grep -v -E 'zz_generated|_test.go|/testdata/|_examples|sample-|code-generator' | xargs -n 1 dirname | sort -u \
    | sed 's#^staging/src/#k8s.io/kubernetes/vendor/#; t; s#^#k8s.io/kubernetes/#' | paste -sd ,)
  "$root/bin/openapi-gen" --logtostderr -i "$packages" -p k8s.io/kubernetes/pkg/generated/openapi -O zz_generated.openapi \
    -h hack/boilerplate/boilerplate.generatego.txt -r "$root/openapi.report"
  "$root/bin/go-bindata" -nometadata -o test/e2e/generated/bindata.go -pkg generated -ignore .jpg -ignore .png -ignore .md \
    -ignore 'BUILD(\.bazel)?' test/conformance/testdata/... test/e2e/testing-manifests/... test/e2e_node/testing-manifests/... \
    test/images/... test/fixtures/...
}

[ -d "$tree" ] || fetch
export GOROOT="$root/usr/lib/go-1.19" GOPATH="$root/gopath" GOCACHE="$root/go-build" GO111MODULE=off GOPROXY=off CGO_ENABLED=0
PATH=$GOROOT/bin:$PATH
cd "$tree"
[ -f pkg/generated/openapi/zz_generated.openapi.go ] || generate
flags='-s -w'
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  name=k8s.io/kubernetes/vendor/$package
  flags="$flags -X $name.gitVersion=$version -X $name.gitMajor=1 -X $name.gitMinor=20 -X $name.gitTreeState=archive"
done
for component in "${@:-kube-apiserver}"; do
  case $component in
    e2e.test) go test -c -o "$root/bin/e2e.test" ./test/e2e ;;
    *) go build -ldflags "$flags" -o "$root/bin/" "./cmd/$component" ;;
  esac
  echo "$root/bin/$component"
done
