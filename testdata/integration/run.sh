#!/usr/bin/env bash
# Tries the built binary against servers that nobody here wrote: nsd, knot and BIND serve the zones, below
# a root of their own, signed by ldns-signzone or by themselves; unbound and BIND resolve and validate;
# nginx, Apache and Caddy serve the policies with certificates of an own CA made by openssl; postfix,
# exim, OpenSMTPD and Sendmail are the MX hosts, and odd.py is those that no MTA would be. What
# `mtasts generate` prints is published by all three web servers. All of it lives on loopback, in a
# network namespace of its own.
#
#   testdata/integration/run.sh ./mtasts              every case
#   testdata/integration/run.sh ./mtasts CASE...      some, or forms; resolvers and generate are such too
#   testdata/integration/run.sh --able                nothing but why it cannot run here, if it cannot
#   testdata/integration/run.sh ./mtasts -- COMMAND   a command (a shell, say) with the broken cases up, or with
#                                                     those in CASES
#
# Each case breaks one thing in a sound domain and proves with dig, curl, openssl or postfix's own
# client that it is broken. Then mtasts has to name it through either resolver (rule, reason, status,
# exit code, and nothing but what follows from it), and what it prints as the fix is applied: records
# into the zone, the file into the web root, a server's lines into its configuration. Where the fix is
# another change of a server, the script makes that change. The finding has to be gone then. Some
# cases are sound in their own way: nothing may be found there. At the end a table tells what was tried
# on which server.
#
# Installs nothing. What is missing is told; unpack.sh puts it into a folder, which SERVERS names, and
# whose usr is laid over /usr in a mount namespace of its own. KEEP=1 leaves the working directory; it is
# left after a failure anyway.
#
# Without root, user namespaces with a range in /etc/subuid are needed (newuidmap from uidmap): an
# MTA has users of its own.
# shellcheck disable=SC2154 # the parts beside it have what is not assigned here
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# missing prints what is not there, with the Debian package that has it.
missing() {
	local program package line=''
	while read -r program package; do
		PATH=$PATH:/usr/sbin:/sbin:${SERVERS-}/usr/sbin:${SERVERS-}/usr/bin command -v "$program" >/dev/null && continue
		[ ! -e "${SERVERS-}$program" ] || continue
		line+=" $program ($package)"
	done <"$here/programs.txt"
	[ -n "$line" ] || return 1
	echo "integration: missing, with the Debian package that has it:$line" >&2
	echo "integration: on Debian, to unpack it into a folder and install nothing:" >&2
	echo "  testdata/integration/unpack.sh /tmp/mtasts-servers && SERVERS=/tmp/mtasts-servers make integration" >&2
}

# able tells whether there can be a namespace in which folders are laid over others.
able() {
	"${isolate[@]}" sh -c 'mount -t tmpfs tmpfs /mnt && mkdir /mnt/usr && mount -t overlay overlay -o lowerdir=/mnt/usr:/usr /usr' ||
		{ echo "integration: may not make a network namespace here, with mounts of its own (root, or user namespaces with a range in /etc/subuid and newuidmap, needed)" >&2; return 1; }
}

# Outside: look at what is there, then go into a namespace of one's own, where ports 53 and 443
# are free and nothing else can be reached.
if [ "${1-}" != --inside ]; then
	[ $# -ge 1 ] || { echo "usage: run.sh MTASTS [CASE... | -- COMMAND...]" >&2; exit 2; }
	isolate=(unshare --net --mount --uts)
	[ "$(id -u)" = 0 ] || isolate+=(--map-root-user --map-auto)
	able || exit 3
	! missing || exit 2
	[ "$1" != --able ] || exit 0
	[ -x "$1" ] || { echo "integration: no program at $1 (make build)" >&2; exit 2; }
	mtasts=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
	shift
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
# shellcheck disable=SC2034 # table.sh has it
tallied=$work/tally

for part in servers zones resolvers web mail paste dnscases webcases mxcases danecases generate table; do
	# shellcheck source=/dev/null
	. "$here/$part.sh"
done

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

# ask NAME WHEN [FLAG...] runs mtasts on a case's domain; $work/runs/NAME/WHEN.{json,err,exit,seen} are left.
ask() {
	local out=$work/runs/$1/$2 domain code=0
	domain=$(domain_of "$1")
	mkdir -p "${out%/*}"
	shift 2
	timeout 120 "$mtasts" check --json --allow-net 127.0.0.0/8 --allow-net ::1/128 --timeout 10s --smtp-timeout 15s \
		"$@" "$domain" >"$out.json" 2>"$out.err" </dev/null || code=$?
	echo "$code" >"$out.exit"
	words_of "$out" >"$out.seen"
}

# seen FILE is what a run found.
seen() { cat "$1.seen" 2>/dev/null || echo "not run"; }

# words_of FILE tells it in words: its exit code and every finding that is no pass and no info; what was
# found at both MX hosts has "x2".
words_of() {
	local found
	found=$(jq -r '[.[0].findings[] | select(.status != "pass" and .status != "info")
		| "\(.rule)/\(.reason) \(.status)"]
		| reduce .[] as $f ([]; if any(.[]; .[0] == $f) then map(if .[0] == $f then .[1] += 1 else . end) else . + [[$f, 1]] end)
		| map(.[0] + if .[1] > 1 then " x\(.[1])" else "" end) | join(", ")' "$1.json" 2>/dev/null) || found="no JSON"
	echo "${found:-nothing}, exit $(cat "$1.exit")"
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
		"$work/runs/$1/before-unbound.json"
}

# printed_fix NAME RULE REASON: the first one, with the records of all (each MX host has its own).
printed_fix() {
	jq -c --arg rule "$2" --arg reason "$3" \
		'[.[0].findings[] | select(.rule == $rule and .reason == $reason) | .fix // empty] as $fixes
		| ($fixes[0] // {}) + {records: [$fixes[].records // [] | .[]] | unique}' \
		"$work/runs/$1/before-unbound.json" 2>/dev/null || echo '{}'
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

# sound_as NAME WHEN: nothing was found, and all that there is to pass was passed.
sound_as() {
	local rules="policy-fetch mx-covered smtp-reachable starttls smtp-tls smtp-certificate smtp-certificate-expiry delivery"
	[[ $1 != dane-* ]] || rules+=" dane"
	[ "$(seen "$work/runs/$1/$2")" = "nothing, exit 0" ] && jq -e --arg rules "$rules" \
		'($rules | split(" ")) - [.[0].findings[] | select(.status == "pass") | .rule] == []' \
		"$work/runs/$1/$2.json" >/dev/null
}

# try_way RESOLVER WAY WANT [FLAG...]: a sound domain is looked at in that way.
try_way() {
	local who=$1 way=$2 want=$3 name=sound-nsd got verdict=FAIL
	[[ $way != trust* ]] || name=dane-311-nsd
	ask "$name" "$who-$way" "${@:4}"
	got=$(seen "$work/runs/$name/$who-$way")
	[[ $way != trust* ]] || got+=", dane $(jq -r '[.[0].findings[] | select(.rule == "dane") | .status] | unique | join(" ")' "$work/runs/$name/$who-$way.json")"
	[ "$got" != "$want" ] || verdict=ok
	row "$verdict" "$want" "$way ($who)" "$got" - -
	tally "$way" "$who" "$verdict"
}

# Whichever way the resolver and the roots are named. The AD bit of a resolver that is not on this
# machine counts when the user says so; one that refuses tells nothing, and the next is asked then.
try_resolvers() {
	local who address roots=(--ca-file "$work/tls/root.pem") fine="nothing, exit 0"
	for who in "${resolvers[@]}"; do
		address=$(resolver_address "$who")
		try_way "$who" udp "$fine" "${roots[@]}" --resolver "$address"
		try_way "$who" tcp "$fine" "${roots[@]}" --resolver "tcp://$address"
		try_way "$who" tls "$fine" "${roots[@]}" --resolver "tls://$address"
		try_way "$who" https "$fine" "${roots[@]}" --resolver "https://$address/dns-query"
		try_way "$who" trusted "$fine, dane pass" "${roots[@]}" --resolver "$address"
	done
	try_way bind refuses "sts-record/dns-error unknown, exit 3" "${roots[@]}" --resolver 127.0.0.56
	try_way unbound after-one-that-refuses "$fine" "${roots[@]}" --resolver 127.0.0.56 --resolver 127.0.0.53
	SSL_CERT_FILE=$work/tls/root.pem SSL_CERT_DIR=$work/empty try_way unbound SSL_CERT_FILE "$fine" --resolver 127.0.0.53
	try_way unbound resolv.conf "$fine" "${roots[@]}"
	try_way unbound trust-foreign "$fine, dane info" "${roots[@]}" --resolver 192.0.2.53
	try_way unbound trust-ad "$fine, dane pass" "${roots[@]}" --resolver 192.0.2.53 --trust-ad
}

# judge NAME FORM SERVER FINDINGS EXIT KIND compares the runs of a case with what is expected. What it finds
# is kept in $work/runs/NAME/{tally,judged}, until it is told.
judge() {
	local run=$work/runs/$1
	tallied=$run/tally compare "$@" >"$run/judged" 2>&1
}

# told NAME... prints what was found of a case, and counts it.
told() {
	local run=$work/runs/$1 verdict=FAIL
	cat "$run/judged"
	cat "$run/tally" >>"$work/tally"
	[ ! -e "$run/verdict" ] || verdict=$(cat "$run/verdict")
	count "$verdict"
}

# compare NAME FORM SERVER FINDINGS EXIT KIND
compare() {
	local name=$1 kind=$6 want verdict=ok who got after=- shown
	for who in "${resolvers[@]}"; do
		want=$(expected "$who" "$4" "$5")
		got=$(seen "$work/runs/$name/before-$who")
		shown=${shown:-$got}
		if [ "$got" = "$want" ] && { [ "$kind" != none ] || sound_as "$name" "before-$who"; }; then
			tally "every other case" "$who" ok
			continue
		fi
		verdict=FAIL
		tally "every other case" "$who" FAIL
		[ "$got" = "$shown" ] || shown+=" ($who: $got)"
	done
	if [ "$kind" != none ]; then
		after=$(seen "$work/runs/$name/after")
		judge_fix "$@" || verdict=FAIL
	fi
	[ ! -e "$work/runs/$name/unproven" ] || verdict=FAIL
	print_row "$verdict" "$(expected "${resolvers[0]}" "$4" "$5")" "$name" "$shown" "$kind" "$after"
	tally "$2" "$3" "$verdict"
	echo "$verdict" >"$work/runs/$name/verdict"
	sed 's/^/    stderr: /' "$work/runs/$name"/{before-*,after}.err 2>/dev/null || true
}

# expected RESOLVER FINDINGS EXIT is what has to be seen through it.
expected() {
	if [ "$1" = unbound ]; then echo "${2%% ~ *}, exit ${3%% ~ *}"; else echo "${2##* ~ }, exit ${3##* ~ }"; fi
}

# judge_fix NAME FORM SERVER FINDINGS EXIT KIND: a fix was printed, and what it says has helped.
judge_fix() {
	local rule reason
	read -r rule reason < <(rule_of "$4")
	if ! fixable "$1" "$rule" "$reason" "$6"; then
		echo "    no fix of the kind '$6' was printed: $(printed_fix "$1" "$rule" "$reason")"
		return 1
	fi
	repaired "$1" "$rule"
}

# rule_of FINDINGS prints rule and reason of the first of them.
rule_of() {
	local first=${1%% *}
	echo "${first%/*} ${first#*/}"
}

# repaired NAME RULE: the rule is passed (or has no more than something worth knowing to say), and
# nothing is left, but that a fix may put the policy into testing.
repaired() {
	case $(seen "$work/runs/$1/after") in
	"nothing, exit 0" | "policy-enforced/testing warn, exit 0") ;;
	*) return 1 ;;
	esac
	jq -e --arg rule "$2" '[.[0].findings[] | select(.rule == $rule)] | length > 0' "$work/runs/$1/after.json" >/dev/null
}

# wanted WORD... tells whether one of these was asked for, or all.
wanted() {
	local word
	[ ${#only[@]} != 0 ] || return 0
	for word in "$@"; do
		[[ " ${only[*]} " != *" $word "* ]] || return 0
	done
	return 1
}

# cases prints those that there are, as all_cases does.
cases() { cat "$work/cases"; }

each() {
	local line
	while IFS='|' read -r -a line; do
		! wanted "${line[0]}" "${line[1]}" || "$1" "${line[@]}"
	done < <(cases)
}

# at_once FUNCTION runs it on all cases, many at a time: most of them wait most of the time.
at_once() {
	local line pid running=() left
	while IFS='|' read -r -a line; do
		wanted "${line[0]}" "${line[1]}" || continue
		"$1" "${line[@]}" &
		running+=($!)
		[ ${#running[@]} -ge "${AT_ONCE:-12}" ] || continue
		wait -n "${running[@]}" || true
		left=()
		for pid in "${running[@]}"; do
			if kill -0 "$pid" 2>/dev/null; then left+=("$pid"); fi
		done
		running=("${left[@]}")
	done < <(cases)
	[ ${#running[@]} = 0 ] || wait "${running[@]}" || true
}

# first_run NAME FORM...
first_run() {
	local who
	mkdir -p "$work/runs/$1"
	if ! "proof_${2//-/_}" "$1" >"$work/runs/$1/proof" 2>&1; then
		touch "$work/runs/$1/unproven"
		echo "integration: $1 is not broken as it should be:" >&2
		cat "$work/runs/$1/proof" >&2
	fi
	for who in "${resolvers[@]}"; do
		ask "$1" "before-$who" --ca-file "$work/tls/root.pem" --resolver "$(resolver_address "$who")"
	done
	if ! agrees "$1" >"$work/runs/$1/agrees" 2>&1; then
		touch "$work/runs/$1/unproven"
		echo "integration: $1: postfix would not do what is told of senders:" >&2
		cat "$work/runs/$1/agrees" >&2
	fi
}

# repair NAME FORM SERVER FINDINGS EXIT KIND: unless a form has a way of its own, all is as it should be.
repair() {
	local rule reason repair=repair_${2//-/_}
	read -r rule reason < <(rule_of "$4")
	case $6 in
	none) ;;
	server) if declare -F "$repair" >/dev/null; then "$repair" "$1"; else sound_again "$1"; fi ;;
	*) apply_printed "$1" "$rule" "$reason" "$6" ;;
	esac
}

sound_again() {
	rm -f "$work/case/$1"/{undelegated,unserved}
	web_sound "$1"
	mail_sound "$1"
}

# second_run NAME FORM SERVER FINDINGS EXIT KIND: one resolver is enough, by turns.
second_run() {
	local number
	[ "$6" != none ] || return 0
	number=$(cut -d. -f4 "$work/case/$1/address")
	ask "$1" after --ca-file "$work/tls/root.pem" --resolver "$(resolver_address "${resolvers[$((number % 2))]}")"
}

# lay_aside NAME: nobody is to serve that case any more.
lay_aside() {
	mkdir -p "$work/done"
	[ ! -d "$work/case/$1" ] || mv "$work/case/$1" "$work/done"
}

read -r -a only <<<"${CASES-}"
[ "${1-}" = -- ] || [ $# = 0 ] || only=("$@")
furnish
ip link set lo up
for address in 192.0.2.53 127.0.0.4 127.0.0.54 127.0.0.56; do ip address add "$address/32" dev lo; done # BIND wants its own
hostname "mx.$tld" # Sendmail waits for a minute where it has no dot
all_cases >"$work/cases"
make_ca
make_domains
start_servers
if [ "${1-}" = -- ]; then
	shift
	WORK=$work "$@"
	exit
fi

printf '%-26s | %-64s | %-7s | %-15s |\n' case seen fix 'after the fix'
! wanted resolvers || try_resolvers
at_once first_run
at_once repair
stop_servers
awk -F '|' '$6 == "none" && $2 != "sound" { print $1 }' "$work/cases" | while read -r name; do lay_aside "$name"; done
start_servers
at_once second_run
at_once judge
each told
! wanted generate || try_generated
table
versions
printf '\n%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
