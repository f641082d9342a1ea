#!/usr/bin/env bash
# Unpacks the servers that run.sh needs and this machine does not have, with the libraries that they
# lack, into a folder. Nothing is installed and nothing is started; Debian's package lists have to be
# there (apt-get update).
#
#   testdata/integration/unpack.sh DIR      run.sh takes it as SERVERS=DIR
#
# MTAs exclude each other in Debian, so each package is resolved by itself.
set -euo pipefail

[ $# = 1 ] || { echo "usage: unpack.sh DIR" >&2; exit 2; }
mkdir -p "$1/debs"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
apt=()

# lacking prints the packages whose programs run.sh wants and does not find here.
lacking() {
	while read -r program package; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || [ -e "$program" ] || echo "$package"
	done <"$here/programs.txt" | sort -u
}

# with_libraries PACKAGE prints name=version of it and of what it needs that is not installed.
with_libraries() {
	apt-get "${apt[@]}" install -s -q --no-install-recommends "$1" |
		sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p'
}

# OpenSMTPD 6.8, as in Debian 12, cannot speak TLS; the one in backports can. They are asked with package
# lists of their own, in DIR.
with_backports() {
	local site codename key
	read -r site codename < <(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages')
	[ "$codename" = bookworm ] || return 1
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$dir/lists/partial"
	printf 'deb [signed-by=%s] %s %s main\n' "$key" "$site" "$codename" "$key" "$site" "$codename-backports" >"$dir/sources.list"
	apt=(-o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists="$dir/lists" -o Acquire::Languages=none)
	apt-get "${apt[@]}" update -q >"$dir/update.log" 2>&1
}

mapfile -t packages < <(lacking)
[ ${#packages[@]} -gt 0 ] || { echo "unpack: nothing is missing"; mkdir -p "$dir/usr"; exit; }
echo "unpack: ${packages[*]}"
cd "$dir/debs"
for package in "${packages[@]}"; do with_libraries "$package"; done | sort -u >"$dir/list"
if grep -q '^opensmtpd=6' "$dir/list" && with_backports; then
	sed -i '/^opensmtpd=/d' "$dir/list"
	apt-get "${apt[@]}" download -q opensmtpd/bookworm-backports
	apt=()
fi
xargs -r apt-get download -q <"$dir/list"
for deb in *.deb; do dpkg -x "$deb" "$dir"; done
# Some still have /lib, which is /usr/lib.
[ ! -d "$dir/lib" ] || cp -a "$dir/lib/." "$dir/usr/lib/"
echo "unpack: SERVERS=$dir"
