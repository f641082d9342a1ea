#!/usr/bin/env bash
# Runs the program and its tests for Windows, under Wine: run.sh [PACKAGE...], all of them by default.
# Wine is no Windows: what is seen here is that the calls are made, and what they are made with.
set -euo pipefail
cd "$(dirname "$0")/../../.."

command -v wine >/dev/null || { echo 'windows: left out, no wine here (Debian: wine64)'; exit 0; }
tmp=$(mktemp -d)
export WINEPREFIX=$tmp/wine WINEDEBUG=-all CGO_ENABLED=0
trap 'wineserver -k 2>/dev/null || true; wineserver -w 2>/dev/null || true; rm -rf "$tmp"' EXIT
wine wineboot -i >"$tmp/boot" 2>&1 || { cat "$tmp/boot"; exit 1; }

# Three things that Go 1.26 asks of Windows 10, and Wine 8.0 does not have: a source of random numbers, UDP
# sockets that do not hear of unreachable networks, and to remove a file that is open. The last two are done
# without, in a copy of Go's own files.
system=$WINEPREFIX/drive_c/windows/system32
[ -e "$system/bcryptprimitives.dll" ] || go run testdata/integration/windows/prng.go "$system/bcryptprimitives.dll"
src=$(go env GOROOT)/src
sed '/SIO_UDP_NETRESET/,/err != nil/ s/err != nil/& \&\& err != syscall.Errno(10045)/' "$src/net/fd_windows.go" >"$tmp/fd.go"
sed 's/case STATUS_INVALID_INFO_CLASS,/case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,/' \
	"$src/internal/syscall/windows/at_windows.go" >"$tmp/at.go"
printf '{"Replace":{"%s/net/fd_windows.go":"%s/fd.go","%s/internal/syscall/windows/at_windows.go":"%s/at.go"}}' \
	"$src" "$tmp" "$src" "$tmp" >"$tmp/overlay"

bad=0
result() { # result NAME EXIT LOG
	if [ "$2" = 0 ]; then echo "ok    $1"; else
		echo "FAIL  $1"
		sed 's/^/      /' "$3"
		bad=1
	fi
}

GOOS=windows go build -overlay "$tmp/overlay" -o "$tmp/mtasts.exe" ./cmd/mtasts
for args in version 'demo bad-mode' 'check --smtp off --timeout 1s -q --fail-on never example.invalid'; do
	code=0
	# shellcheck disable=SC2086
	timeout 120 wine "$tmp/mtasts.exe" $args >"$tmp/log" 2>&1 || code=$?
	result "mtasts $args" "$code" "$tmp/log"
done
packages=("$@")
[ $# -gt 0 ] || mapfile -t packages < <(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
for pkg in "${packages[@]}"; do
	GOOS=windows go test -overlay "$tmp/overlay" -c -o "$tmp/test.exe" "$pkg"
	code=0
	(cd "$(go list -f '{{.Dir}}' "$pkg")" && timeout 900 wine "$tmp/test.exe" -test.short -test.timeout 800s) >"$tmp/log" 2>&1 || code=$?
	result "$pkg" "$code" "$tmp/log"
done
exit $bad
