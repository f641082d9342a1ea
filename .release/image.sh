#!/usr/bin/env bash
# Builds a container image of what `make release` has laid out in dist/image, with the first of buildah,
# podman and docker that is there:
#
#   .release/image.sh [NAME]      mtasts by default, with the version as its tag
#   BUILDER="buildah --storage-driver vfs" ARCH=arm64 .release/image.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[ -e dist/image/Containerfile ] || { echo "image: make release first" >&2; exit 1; }
for each in buildah podman docker; do
	if [ -z "${BUILDER-}" ] && command -v "$each" >/dev/null; then BUILDER=$each; fi
done
[ -n "${BUILDER-}" ] || { echo "image: none of buildah, podman and docker is here" >&2; exit 1; }
(cd dist/image && sha256sum --quiet --check SHA256SUMS)

# What was built tells its version and day: the image has the same.
mapfile -t built <dist/image/version
case ${ARCH:-$(uname -m)} in
amd64 | x86_64) arch=amd64 ;;
arm64 | aarch64) arch=arm64 ;;
*) echo "image: nothing is built for ${ARCH:-$(uname -m)}" >&2; exit 1 ;;
esac
read -ra builder <<<"$BUILDER"
flags=(--platform "linux/$arch" --build-arg "TARGETARCH=$arch" --tag "${1:-mtasts}:${built[0]//+/-}"
	--label "org.opencontainers.image.version=${built[0]}" --label "org.opencontainers.image.revision=${built[1]}"
	--label org.opencontainers.image.licenses=MIT)
[ "${builder[0]}" = docker ] || flags+=(--timestamp "${built[2]}")
exec "${builder[@]}" build "${flags[@]}" --file dist/image/Containerfile dist/image
