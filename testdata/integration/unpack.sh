#!/usr/bin/env bash
# Unpacks the servers that run.sh needs and this machine does not have, with the libraries that they
# lack, into a folder. Nothing is installed and nothing is started; Debian's package lists have to be
# there (apt-get update).
#
#   testdata/integration/unpack.sh DIR      run.sh takes it as SERVERS=DIR
#
# MTAs exclude each other in Debian, so each of them is resolved by itself.
set -euo pipefail

[ $# = 1 ] || { echo "usage: unpack.sh DIR" >&2; exit 2; }
mkdir -p "$1/debs"
rm -f "$1/found"
dir=$(cd "$1" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
apt=()

# lacking prints the packages whose programs run.sh wants and does not find here.
lacking() {
	while read -r program package; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || [ -e "$program" ] || echo "$package"
	done <"$here/programs.txt" | sort -u
}

# with_libraries PACKAGE... prints name=version of them and of what they need that is not installed.
with_libraries() {
	apt-get "${apt[@]}" install -s -q --no-install-recommends "$@" |
		sed -nE 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*/\1=\3/p'
}

# OpenSMTPD 6.8, as in Debian 12, cannot speak TLS; the one in backports can. They are asked with package
# lists of their own, in DIR.
with_backports() {
	local site codename key
	# shellcheck disable=SC2016 # apt's own
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
friendly=()
for package in "${packages[@]}"; do
	case $package in
	postfix | exim4* | opensmtpd | sendmail*) with_libraries "$package" >>"$dir/found" ;;
	*) friendly+=("$package") ;;
	esac
done
[ ${#friendly[@]} = 0 ] || with_libraries "${friendly[@]}" >>"$dir/found"
sort -u "$dir/found" >"$dir/list"
if grep -q '^opensmtpd=6' "$dir/list" && with_backports; then
	sed -i '/^opensmtpd=/d' "$dir/list"
	apt-get "${apt[@]}" download -q opensmtpd/bookworm-backports
	apt=()
fi
xargs -r apt-get download -q <"$dir/list"
for deb in *.deb; do dpkg -x "$deb" "$dir"; done
# Some still have /lib, which is /usr/lib.
for folder in bin sbin lib; do
	[ ! -d "$dir/$folder" ] || cp -a "$dir/$folder" "$dir/usr"
done
echo "unpack: SERVERS=$dir"
