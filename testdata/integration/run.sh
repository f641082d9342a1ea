#!/usr/bin/env bash
# Tries the built binary against servers that nobody here wrote: nsd serves the zones, a root of
# its own included; unbound resolves; nginx serves the policies with certificates of an own CA
# made by openssl. All of it lives on loopback, in a network namespace of its own.
#
#   testdata/integration/run.sh ./mtasts              every case
#   testdata/integration/run.sh ./mtasts CASE...      some
#   testdata/integration/run.sh ./mtasts -- COMMAND   a command (a shell, say) with the broken cases up
#
# Each case breaks one thing in a sound domain and proves with dig or curl that it is broken. Then
# mtasts has to name it (rule, reason, status, exit code, and nothing else), and what it prints as
# the fix is applied: records into the zone, the file into the web root, nginx's lines into its
# configuration. Where the fix is another change of a server, the script makes that change. The
# finding has to be gone then.
#
# Installs nothing. KEEP=1 leaves the working directory; it is left after a failure anyway.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# missing prints what is not there, with the Debian package that has it.
missing() {
	local line tool package bad=0
	while read -r tool package; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null && continue
		[ "$bad" = 1 ] || echo "integration: missing, with the Debian package that has it:" >&2
		echo "  $tool ($package)" >&2
		bad=1 line+=" $package"
	done <<-LIST
		nsd nsd
		unbound unbound
		nginx nginx-light
		openssl openssl
		dig bind9-dnsutils
		curl curl
		jq jq
		unshare util-linux
		ip iproute2
	LIST
	[ "$bad" = 0 ] || echo "integration: on Debian: apt-get install$line" >&2
	return "$bad"
}

# Outside: look at what is there, then go into a namespace of one's own, where ports 53 and 443
# are free and nothing else can be reached.
if [ "${1-}" != --inside ]; then
	[ $# -ge 1 ] || { echo "usage: run.sh MTASTS [CASE... | -- COMMAND...]" >&2; exit 2; }
	missing || exit 2
	[ -x "$1" ] || { echo "integration: no program at $1 (make build)" >&2; exit 2; }
	mtasts=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
	shift
	isolate=(unshare --net --mount)
	[ "$(id -u)" = 0 ] || isolate+=(--map-root-user)
	"${isolate[@]}" true || { echo "integration: may not make a network namespace here (root, or user namespaces, needed)" >&2; exit 2; }
	exec "${isolate[@]}" "$here/run.sh" --inside "$mtasts" "$@"
fi

shift
mtasts=$1
shift
export PATH=$PATH:/usr/sbin:/sbin
unset "${!SSL_CERT_@}" "${!OPENSSL_@}" http_proxy https_proxy HTTP_PROXY HTTPS_PROXY NO_COLOR CLICOLOR_FORCE
work=$(mktemp -d "${TMPDIR:-/tmp}/mtasts-integration.XXXXXX")
chmod 755 "$work"
failed=0 passed=0

# shellcheck source=servers.sh
. "$here/servers.sh"
# shellcheck source=cases.sh
. "$here/cases.sh"

leave() {
	stop_servers
	if [ "${KEEP-}" = 1 ] || [ "$failed" != 0 ]; then
		echo "left in place: $work" >&2
	else
		rm -rf "$work"
	fi
}
trap leave EXIT
trap 'failed=1; exit 130' INT TERM

# ask NAME WHEN [FLAG...] runs mtasts on a case's domain; $work/case/NAME/WHEN.{json,err,exit} are left.
ask() {
	local out=$work/case/$1/$2 domain code=0
	domain=$(domain_of "$1")
	shift 2
	timeout 60 "$mtasts" check --json --allow-net 127.0.0.0/8 --allow-net ::1/128 --timeout 5s \
		"$@" "$domain" >"$out.json" 2>"$out.err" </dev/null || code=$?
	echo "$code" >"$out.exit"
}

# seen FILE is what a run found, in words: its exit code and every finding that is no pass and no info.
seen() {
	local found
	found=$(jq -r '[.[0].findings[] | select(.status != "pass" and .status != "info")
		| "\(.rule)/\(.reason) \(.status)"] | join(", ")' "$1.json" 2>/dev/null) || found="no JSON"
	echo "${found:-nothing}, exit $(cat "$1.exit")"
}

# row prints one line of the table and counts it.
row() {
	local verdict=$1
	shift
	if [ "$verdict" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	printf '%-21s | %-48s | %-48s | %-7s | %-36s | %s\n' "$@" "$verdict"
}

# apply_printed NAME RULE REASON KIND puts the fix that was printed in place: its records replace those
# of the same name and type in the zone (an empty value removes them), its file is served, its lines
# stand in nginx's configuration in place of directives of the same name.
apply_printed() {
	local dir=$work/case/$1 fix name type ttl value
	fix=$(printed_fix "$@")
	jq -r '.records // [] | .[] | [.name, .type] | @tsv' <<<"$fix" | while IFS=$'\t' read -r name type; do
		drop "$1" "$name" "$type"
	done
	jq -r '.records // [] | .[] | select(.value != "") | "\(.name)\t\(.ttl)\t\(.type)\t\(.value)"' <<<"$fix" |
		while IFS=$'\t' read -r name ttl type value; do
			put "$1" "$name" "$type" "$value" "$ttl"
		done
	if jq -e '.file' <<<"$fix" >/dev/null; then
		mkdir -p "$dir/www/.well-known"
		jq -j '.file.content' <<<"$fix" >"$dir/www/.well-known/mta-sts.txt"
	fi
	if [ "$4" = lines ]; then
		paste_lines "$dir" "$(jq -r '.lines[]' <<<"$fix")"
	fi
}

# paste_lines DIR LINES: the web root that the lines suppose is the case's own.
paste_lines() {
	local directive=${2%% *}
	sed -i "/^$directive .*;$/d" "$1"/nginx/*.conf
	# shellcheck disable=SC2001 # a shell pattern cannot say it
	sed "s|/var/www/[^;]*|$1/www|" <<<"$2" >"$1/nginx/printed.conf"
}

printed_fix() {
	jq -c --arg rule "$2" --arg reason "$3" \
		'[.[0].findings[] | select(.rule == $rule and .reason == $reason) | .fix // empty][0] // {}' \
		"$work/case/$1/before.json" 2>/dev/null || echo '{}'
}

# fixable NAME RULE REASON KIND tells whether a fix of that kind was printed: text always, and the
# records or the file where they are what is to be changed.
fixable() {
	local kind=$4
	printed_fix "$1" "$2" "$3" | jq -e --arg kind "$kind" '(.text // "") != "" and
		(($kind == "server") or ($kind == "records" and (.records // [] | length) > 0)
			or ($kind == "lines" and (.lines // [] | length) > 0)
			or ($kind == "file" and (.file.content // "") != ""))' >/dev/null
}

# The sound domain has nothing but passes, whichever way the resolver and the roots are named.
try_sound() {
	local way=$1 got
	shift
	ask sound "$way" "$@"
	got=$(seen "$work/case/sound/$way")
	if [ "$got" = "nothing, exit 0" ] && jq -e '[.[0].findings[] | select(.status == "pass")] | length > 10' \
		"$work/case/sound/$way.json" >/dev/null; then
		row ok "sound ($way)" "nothing, exit 0" "$got" - -
	else
		row FAIL "sound ($way)" "nothing, exit 0" "$got" - -
	fi
}

try_all_sound() {
	try_sound ca-file --ca-file "$work/tls/root.pem" --resolver 127.0.0.53
	SSL_CERT_FILE=$work/tls/root.pem SSL_CERT_DIR=$work/empty try_sound SSL_CERT_FILE --resolver 127.0.0.53
	try_sound tcp --ca-file "$work/tls/root.pem" --resolver tcp://127.0.0.53
	try_sound tls --ca-file "$work/tls/root.pem" --resolver tls://127.0.0.53
	try_sound https --ca-file "$work/tls/root.pem" --resolver https://127.0.0.53/dns-query
	if mount --bind "$work/resolv.conf" /etc/resolv.conf; then
		try_sound resolv.conf --ca-file "$work/tls/root.pem"
	fi
}

# judge NAME RULE REASON STATUS EXIT KIND compares both runs of a case with what is expected.
judge() {
	local name=$1 rule=$2 reason=$3 status=$4 code=$5 kind=$6
	local want="$rule/$reason $status, exit $code" got after verdict=FAIL
	got=$(seen "$work/case/$name/before")
	after=$(seen "$work/case/$name/after")
	if [ "$got" = "$want" ] && fixable "$name" "$rule" "$reason" "$kind" && repaired "$name" "$rule"; then
		verdict=ok
	fi
	row "$verdict" "$name" "$want" "$got" "$kind" "$after"
	if [ "$got" = "$want" ] && ! fixable "$name" "$rule" "$reason" "$kind"; then
		echo "    no fix of the kind '$kind' was printed: $(printed_fix "$name" "$rule" "$reason")"
	fi
	sed 's/^/    stderr: /' "$work/case/$name/before.err" "$work/case/$name/after.err"
}

# repaired NAME RULE: the rule is passed (or has no more than something worth knowing to say), and
# nothing is left that fails. A fix may put the policy into testing, so warnings are no fault.
repaired() {
	[ "$(cat "$work/case/$1/after.exit")" = 0 ] && jq -e --arg rule "$2" '.[0].findings
		| (map(select(.status == "fail" or .status == "unknown" or (.rule == $rule and .status == "warn"))) | length == 0)
		and (map(select(.rule == $rule)) | length > 0)' "$work/case/$1/after.json" >/dev/null
}

wanted() {
	[ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $1 "* ]]
}

each() {
	local line
	while IFS='|' read -r -a line; do
		wanted "${line[0]}" && "$1" "${line[@]}"
	done < <(cases)
	return 0
}

first_run() {
	if ! "proof_${1//-/_}" >"$work/case/$1/proof" 2>&1; then
		echo "integration: $1 is not broken as it should be:" >&2
		cat "$work/case/$1/proof" >&2
		failed=$((failed + 1))
	fi
	ask "$1" before --ca-file "$work/tls/root.pem" --resolver 127.0.0.53
}

repair() {
	if [ "$6" = server ]; then
		"repair_${1//-/_}"
	else
		apply_printed "$1" "$2" "$3" "$6"
	fi
}

second_run() { ask "$1" after --ca-file "$work/tls/root.pem" --resolver 127.0.0.53; }

only=()
[ "${1-}" = -- ] || only=("$@")
ip link set lo up
make_ca
make_domains
start_servers
if [ "${1-}" = -- ]; then
	shift
	WORK=$work "$@"
	exit
fi

row_head() { printf '%-21s | %-48s | %-48s | %-7s | %-36s |\n' case expected seen fix 'after the fix'; }
row_head
wanted sound && try_all_sound
each first_run
each repair
stop_servers
start_servers
each second_run
each judge
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
