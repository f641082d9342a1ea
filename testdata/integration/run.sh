#!/usr/bin/env bash
# Tries the built binary against servers that nobody here wrote: nsd serves the zones, a root of
# its own included, signed by ldns-signzone; unbound resolves and validates; nginx serves the
# policies with certificates of an own CA made by openssl; postfix, exim and OpenSMTPD are the MX
# hosts, and odd.py is those that no MTA would be. What `mtasts generate` prints is published by nginx,
# Caddy and Apache. All of it lives on loopback, in a network namespace of its own.
#
#   testdata/integration/run.sh ./mtasts              every case
#   testdata/integration/run.sh ./mtasts CASE...      some; generate is one too
#   testdata/integration/run.sh ./mtasts -- COMMAND   a command (a shell, say) with the broken cases up
#
# Each case breaks one thing in a sound domain and proves with dig, curl, openssl or postfix's own
# client that it is broken. Then mtasts has to name it (rule, reason, status, exit code, and nothing
# but what follows from it), and what it prints as the fix is applied: records into the zone, the
# file into the web root, nginx's lines into its configuration. Where the fix is another change of a
# server, the script makes that change. The finding has to be gone then. Some cases are sound in
# their own way: nothing may be found there.
#
# Installs nothing. KEEP=1 leaves the working directory; it is left after a failure anyway.
#
# Debian installs one MTA at most. The others may be unpacked in a folder that MTA_ROOT names; its
# usr is laid over /usr, in a mount namespace of its own. What is missing is told with the commands.
#
# Without root, user namespaces with a range in /etc/subuid are needed (newuidmap from uidmap): an
# MTA has users of its own.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# missing prints what is not there, with the Debian package that has it.
missing() {
	local line='' tool package mta=0 bad=0
	while read -r tool package; do
		PATH=$PATH:/usr/sbin:/sbin:${MTA_ROOT-}/usr/sbin:${MTA_ROOT-}/usr/bin command -v "$tool" >/dev/null && continue
		[ "$bad" = 1 ] || echo "integration: missing, with the Debian package that has it:" >&2
		echo "  $tool ($package)" >&2
		bad=1
		case $package in
		postfix | exim4-daemon-light | opensmtpd) mta=1 ;;
		*) line+=" $package" ;;
		esac
	done <<-LIST
		nsd nsd
		unbound unbound
		nginx nginx-light
		caddy caddy
		apache2 apache2
		openssl openssl
		dig bind9-dnsutils
		curl curl
		jq jq
		ldns-signzone ldnsutils
		postfix postfix
		exim4 exim4-daemon-light
		smtpd opensmtpd
		python3 python3
		unshare util-linux
		ip iproute2
	LIST
	[ -z "$line" ] || echo "integration: on Debian: apt-get install$line" >&2
	[ "$mta" = 0 ] || cat >&2 <<-'HOW'
		integration: on Debian, which installs one MTA at most, unpack them:
		  mkdir /tmp/mta && cd /tmp/mta
		  apt-get download postfix exim4-base exim4-daemon-light libidn12 libevent-2.1-7 opensmtpd
		  for deb in *.deb; do dpkg -x "$deb" root; done
		integration: and name the folder: MTA_ROOT=/tmp/mta/root
	HOW
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
	[ "$(id -u)" = 0 ] || isolate+=(--map-root-user --map-auto)
	"${isolate[@]}" true || { echo "integration: may not make a network namespace here (root, or user namespaces with a range in /etc/subuid and newuidmap, needed)" >&2; exit 2; }
	exec "${isolate[@]}" "$here/run.sh" --inside "$mtasts" "$@"
fi

shift
mtasts=$1
shift
export PATH=$PATH:/usr/sbin:/sbin
unset "${!SSL_CERT_@}" "${!OPENSSL_@}" MAIL_CONFIG http_proxy https_proxy HTTP_PROXY HTTPS_PROXY NO_COLOR CLICOLOR_FORCE
work=$(mktemp -d "${TMPDIR:-/tmp}/mtasts-integration.XXXXXX")
chmod 755 "$work"
failed=0 passed=0

# shellcheck source=servers.sh
. "$here/servers.sh"
# shellcheck source=zones.sh
. "$here/zones.sh"
# shellcheck source=mail.sh
. "$here/mail.sh"
# shellcheck source=paste.sh
. "$here/paste.sh"
# shellcheck source=cases.sh
. "$here/cases.sh"
# shellcheck source=mxcases.sh
. "$here/mxcases.sh"
# shellcheck source=generate.sh
. "$here/generate.sh"

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
	timeout 60 "$mtasts" check --json --allow-net 127.0.0.0/8 --allow-net ::1/128 --timeout 5s --smtp-timeout 8s \
		"$@" "$domain" >"$out.json" 2>"$out.err" </dev/null || code=$?
	echo "$code" >"$out.exit"
}

# seen FILE is what a run found, in words: its exit code and every finding that is no pass and no
# info; what was found at both MX hosts has "x2".
seen() {
	local found
	found=$(jq -r '[.[0].findings[] | select(.status != "pass" and .status != "info")
		| "\(.rule)/\(.reason) \(.status)"]
		| reduce .[] as $f ([]; if any(.[]; .[0] == $f) then map(if .[0] == $f then .[1] += 1 else . end) else . + [[$f, 1]] end)
		| map(.[0] + if .[1] > 1 then " x\(.[1])" else "" end) | join(", ")' "$1.json" 2>/dev/null) || found="no JSON"
	echo "${found:-nothing}, exit $(cat "$1.exit")"
}

# row VERDICT WANT NAME GOT... prints one line of the table and counts it.
row() {
	local verdict=$1 want=$2
	shift 2
	if [ "$verdict" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	printf '%-27s | %-64s | %-7s | %-36s | %s\n' "$@" "$verdict"
	[ "$want" = "$2" ] || echo "    expected: $want"
}

# apply_printed NAME RULE REASON KIND puts the fix that was printed in place: its records replace those
# of the same name and type in the zone (an empty value removes them), its file is served, its lines
# are pasted: KIND "lines" are nginx's, "mail" are for the MX hosts.
apply_printed() {
	local dir=$work/case/$1 fix name type ttl value mx
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
	case $4 in
	lines) paste_web "$1" "$(jq -r '.lines[]' <<<"$fix")" ;;
	mail) for mx in mx1 mx2; do paste_mail "$1" "$mx" "$(printed_lines "$@" "$mx")"; done ;;
	esac
}

# printed_lines NAME RULE REASON KIND MX: what is printed for that host.
printed_lines() {
	jq -r --arg rule "$2" --arg reason "$3" --arg host "$5.$(domain_of "$1")" \
		'[.[0].findings[] | select(.rule == $rule and .reason == $reason and .subject == $host)][0].fix.lines[]' \
		"$work/case/$1/before.json"
}

# printed_fix NAME RULE REASON: the first one, with the records of all (each MX host has its own).
printed_fix() {
	jq -c --arg rule "$2" --arg reason "$3" \
		'[.[0].findings[] | select(.rule == $rule and .reason == $reason) | .fix // empty] as $fixes
		| ($fixes[0] // {}) + {records: [$fixes[].records // [] | .[]] | unique}' \
		"$work/case/$1/before.json" 2>/dev/null || echo '{}'
}

# fixable NAME RULE REASON KIND tells whether a fix of that kind was printed: text always, and the
# records or the file where they are what is to be changed.
fixable() {
	local kind=$4
	printed_fix "$1" "$2" "$3" | jq -e --arg kind "$kind" '(.text // "") != "" and
		(($kind == "server") or ($kind == "records" and (.records // [] | length) > 0)
			or (($kind == "lines" or $kind == "mail") and (.lines // [] | length) > 0)
			or ($kind == "file" and (.file.content // "") != ""))' >/dev/null
}

# The sound domain has nothing but passes, whichever way the resolver and the roots are named.
try_sound() {
	local way=$1 verdict=FAIL
	shift
	ask sound "$way" "$@"
	! sound_as sound "$way" || verdict=ok
	row "$verdict" "nothing, exit 0" "sound ($way)" "$(seen "$work/case/sound/$way")" - -
}

# sound_as NAME WHEN: nothing was found, and all that there is to pass was passed.
sound_as() {
	local rules="policy-fetch mx-covered smtp-reachable starttls smtp-tls smtp-certificate smtp-certificate-expiry delivery"
	[[ $1 != dane-* ]] || rules+=" dane"
	[ "$(seen "$work/case/$1/$2")" = "nothing, exit 0" ] && jq -e --arg rules "$rules" \
		'($rules | split(" ")) - [.[0].findings[] | select(.status == "pass") | .rule] == []' \
		"$work/case/$1/$2.json" >/dev/null
}

try_all_sound() {
	try_sound ca-file --ca-file "$work/tls/root.pem" --resolver 127.0.0.53
	SSL_CERT_FILE=$work/tls/root.pem SSL_CERT_DIR=$work/empty try_sound SSL_CERT_FILE --resolver 127.0.0.53
	try_sound tcp --ca-file "$work/tls/root.pem" --resolver tcp://127.0.0.53
	try_sound tls --ca-file "$work/tls/root.pem" --resolver tls://127.0.0.53
	try_sound https --ca-file "$work/tls/root.pem" --resolver https://127.0.0.53/dns-query
	try_sound resolv.conf --ca-file "$work/tls/root.pem"
}

# The AD bit of a resolver that is not on this machine counts when the user says so.
try_trust() {
	local way got want verdict
	for way in foreign:info foreign+trust-ad:pass; do
		local flags=(--ca-file "$work/tls/root.pem" --resolver 192.0.2.53)
		want=${way#*:} way=${way%:*} verdict=FAIL
		[[ $way != *trust-ad ]] || flags+=(--trust-ad)
		ask dane-311 "$way" "${flags[@]}"
		got="$(seen "$work/case/dane-311/$way"), dane $(jq -r '[.[0].findings[] | select(.rule == "dane") | .status] | unique | join(" ")' "$work/case/dane-311/$way.json")"
		[ "$got" != "nothing, exit 0, dane $want" ] || verdict=ok
		row "$verdict" "nothing, exit 0, dane $want" "dane-311 ($way)" "$got" - -
	done
}

# judge NAME FINDINGS EXIT KIND compares both runs of a case with what is expected.
judge() {
	local name=$1 want="$2, exit $3" kind=$4 got after=- verdict=FAIL rule reason
	read -r rule reason < <(rule_of "$2")
	got=$(seen "$work/case/$name/before")
	if [ "$kind" = none ]; then
		! sound_as "$name" before || verdict=ok
	else
		after=$(seen "$work/case/$name/after")
		if [ "$got" = "$want" ] && fixable "$name" "$rule" "$reason" "$kind" && repaired "$name" "$rule"; then
			verdict=ok
		fi
	fi
	[ ! -e "$work/case/$name/unproven" ] || verdict=FAIL
	row "$verdict" "$want" "$name" "$got" "$kind" "$after"
	if [ "$got" = "$want" ] && [ "$kind" != none ] && ! fixable "$name" "$rule" "$reason" "$kind"; then
		echo "    no fix of the kind '$kind' was printed: $(printed_fix "$name" "$rule" "$reason")"
	fi
	sed 's/^/    stderr: /' "$work/case/$name"/{before,after}.err 2>/dev/null || true
}

# rule_of FINDINGS prints rule and reason of the first of them.
rule_of() {
	local first=${1%% *}
	echo "${first%/*} ${first#*/}"
}

# repaired NAME RULE: the rule is passed (or has no more than something worth knowing to say), and
# nothing is left, but that a fix may put the policy into testing.
repaired() {
	case $(seen "$work/case/$1/after") in
	"nothing, exit 0" | "policy-enforced/testing warn, exit 0") ;;
	*) return 1 ;;
	esac
	jq -e --arg rule "$2" '[.[0].findings[] | select(.rule == $rule)] | length > 0' "$work/case/$1/after.json" >/dev/null
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

# at_once FUNCTION runs it on all cases, eight at a time: some of them wait on purpose.
at_once() {
	local line pid running=() left
	while IFS='|' read -r -a line; do
		wanted "${line[0]}" || continue
		"$1" "${line[@]}" &
		running+=($!)
		[ ${#running[@]} -ge 8 ] || continue
		wait -n "${running[@]}" || true
		left=()
		for pid in "${running[@]}"; do
			if kill -0 "$pid" 2>/dev/null; then left+=("$pid"); fi
		done
		running=("${left[@]}")
	done < <(cases)
	[ ${#running[@]} = 0 ] || wait "${running[@]}" || true
}

first_run() {
	if ! "proof_${1//-/_}" "$1" >"$work/case/$1/proof" 2>&1; then
		touch "$work/case/$1/unproven"
		echo "integration: $1 is not broken as it should be:" >&2
		cat "$work/case/$1/proof" >&2
	fi
	ask "$1" before --ca-file "$work/tls/root.pem" --resolver 127.0.0.53
	if ! agrees "$1" >"$work/case/$1/agrees" 2>&1; then
		touch "$work/case/$1/unproven"
		echo "integration: $1: postfix would not do what is told of senders:" >&2
		cat "$work/case/$1/agrees" >&2
	fi
}

# repair: unless a case has a way of its own, its hosts are played as they should be.
repair() {
	local rule reason repair=repair_${1//-/_}
	read -r rule reason < <(rule_of "$2")
	case $4 in
	none) ;;
	server) if declare -F "$repair" >/dev/null; then "$repair" "$1"; else mail_sound "$1"; fi ;;
	*) apply_printed "$1" "$rule" "$reason" "$4" ;;
	esac
}

second_run() {
	[ "$4" = none ] || ask "$1" after --ca-file "$work/tls/root.pem" --resolver 127.0.0.53
}

only=()
[ "${1-}" = -- ] || only=("$@")
ip link set lo up
ip address add 192.0.2.53/32 dev lo
furnish
make_ca
make_domains
start_servers
if [ "${1-}" = -- ]; then
	shift
	WORK=$work "$@"
	exit
fi

printf '%-27s | %-64s | %-7s | %-36s |\n' case seen fix 'after the fix'
wanted sound && try_all_sound
wanted dane-311 && try_trust
at_once first_run
each repair
stop_servers
start_servers
at_once second_run
each judge
! wanted generate || try_generated
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
