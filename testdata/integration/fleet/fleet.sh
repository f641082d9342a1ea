#!/usr/bin/env bash
# Measures the built binary over a fleet of domains, beside zdns (github.com/zmap/zdns), which only
# looks up. All servers are on this machine, in a network namespace of their own.
#
#   testdata/integration/fleet/fleet.sh ./mtasts                  20,000 domains; some three minutes
#   testdata/integration/fleet/fleet.sh ./mtasts 20000 200000     both lists, and what memory makes of it
#   testdata/integration/fleet/fleet.sh ./mtasts N -- COMMAND     a command (a shell, say) with N domains up
#
#   RUNS=3          of each program, in turns; of lists beyond 50,000 one
#   ZDNS=FILE       the program; else zdns of the PATH: go install github.com/zmap/zdns/v2@v2.0.4.
#                   Without it mtasts is measured alone
#   FLAGS=...       more flags of mtasts check
#   KEEP=1          leaves the working directory, with the last output of each program
#
# Needed: nsd, unbound, dig, ip, unshare, GNU time, jq, Go; root, or user namespaces.
#
# What there is (domain.go tells how domains are made up; 60 % have the MX hosts of five providers,
# 10 % publish MTA-STS, some of it broken):
#
#   127.0.0.2:53     nsd, one process: the zones fleet. and yard., unsigned, without delegations
#   127.0.0.53:53    unbound, two threads, which asks nsd for these zones and nothing else
#   127.0.8.*:443    the policy hosts, on [2001:db8:8::*]:443 too   (the program fleet, made by main.go)
#   every other:25   the MX hosts of 127.0.0.0/8                    (the same)
#
# The same for both programs: lists, resolver, its settings and an empty cache at the start of each
# run; 200 threads or as many domains at once as mtasts takes on its own; output goes to a file. Nothing
# limits rates, and nothing is lost: a resolver in the world is slower by far, so what is measured here
# is what the programs take, and the resolver behind each question.
#
# What differs. zdns does five look-ups a domain and writes them down: TXT _mta-sts and _smtp._tls (one
# run with both lists), MX, A and AAAA of mta-sts (one run with module MULTIPLE). It repeats a
# question that was answered NXDOMAIN as often as it would one that was lost, three times; the row
# "zdns --retries=0" has each sent once, but would not ask again where an answer is lost. mtasts asks
# more (the addresses of MX hosts; where a record is missing, at the places where people put it by mistake,
# which --sparing leaves out), fetches the policies over TLS, judges, and writes reasons and fixes.
#
# How to read it. Wall is the least and the median of the runs: the machine's cores are shared by all
# columns of CPU, and whatever else runs here makes it longer. CPU is of the run with the least wall:
# own, unbound, nsd, and the policy hosts. Questions are those that unbound was sent, a domain. A ratio
# below 1 is less than zdns takes. The last lines count connections to port 25, of one run with SMTP on.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export PATH=$PATH:/usr/sbin:/sbin

# missing prints what is not there, and where it is from.
missing() {
	local tool from bad=0
	while read -r tool from; do
		command -v "$tool" >/dev/null && continue
		echo "fleet: $tool is missing ($from)" >&2
		bad=1
	done <<-LIST
		nsd Debian: nsd
		unbound Debian: unbound
		dig Debian: bind9-dnsutils
		ip Debian: iproute2
		unshare Debian: util-linux
		/usr/bin/time Debian: time
		go https://go.dev/dl
	LIST
	return "$bad"
}

if [ "${1-}" != --inside ]; then
	[ $# -ge 1 ] || { echo "usage: fleet.sh MTASTS [N...] [-- COMMAND...]" >&2; exit 2; }
	missing || exit 2
	[ -x "$1" ] || { echo "fleet: no program at $1 (make build)" >&2; exit 2; }
	mtasts=$(realpath "$1")
	zdns=$(command -v "${ZDNS:-zdns}") || echo "fleet: without zdns: go install github.com/zmap/zdns/v2@v2.0.4, and ZDNS=FILE or the PATH" >&2
	shift
	isolate=(unshare --net)
	[ "$(id -u)" = 0 ] || isolate+=(--map-root-user)
	"${isolate[@]}" true || { echo "fleet: may not make a network namespace here (root, or user namespaces, needed)" >&2; exit 2; }
	exec "${isolate[@]}" "$here/fleet.sh" --inside "$mtasts" "${zdns:+$(realpath "$zdns")}" "$@"
fi

mtasts=$2
zdns=$3
shift 3
lists=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do
	lists+=("$1")
	shift
done
[ ${#lists[@]} -gt 0 ] || lists=(20000)
unset "${!SSL_CERT_@}" GOMAXPROCS GOGC GOMEMLIMIT NO_COLOR CLICOLOR_FORCE
work=$(mktemp -d "${TMPDIR:-/tmp}/mtasts-fleet.XXXXXX")
declare -A server=() # name: process

# shellcheck source=servers.sh
. "$here/servers.sh"

leave() {
	stop "${!server[@]}"
	if [ "${KEEP-}" = 1 ]; then
		echo "left in place: $work" >&2
	else
		rm -rf "$work"
	fi
}
trap leave EXIT
trap 'exit 130' INT TERM

# timed COMMAND... adds what it took to that of this run: wall, user and system CPU, KiB of memory.
timed() {
	local code=0
	/usr/bin/time -q -a -o "$work/time" -f '%e %U %S %M' "$@" 2>"$work/err" || code=$?
	[ "$code" -gt 1 ] || return 0 # 1: there are findings
	echo "fleet: exit code $code: $*" >&2
	tail -n 20 "$work/err" >&2
	exit 1
}

run_zdns() {
	local ask=("$zdns" -q -t 200 --name-servers=127.0.0.53 "$@")
	timed "${ask[@]}" TXT -f "$work/zdns.txt" -o "$work/zdns.out.txt"
	timed "${ask[@]}" MX -f "$work/list" -o "$work/zdns.out.mx"
	timed "${ask[@]}" MULTIPLE -c "$work/zdns.ini" -f "$work/zdns.host" -o "$work/zdns.out.host"
	expect $((5 * n)) "answers of zdns" "$(cat "$work"/zdns.out.* | grep -oE '"status":"(NOERROR|NXDOMAIN)"' | wc -l)"
}

run_mtasts() {
	local flags
	read -ra flags <<<"${FLAGS-}"
	timed "$mtasts" check -f "$work/list" -o jsonl --resolver 127.0.0.53 --ca-file "$work/root.pem" \
		--allow-net 127.0.0.0/8 --allow-net 2001:db8::/32 "$@" "${flags[@]}" >"$work/mtasts.out"
	expect "$n" "results of mtasts" "$(grep -vc '"protection":"unknown"' "$work/mtasts.out")"
}

# expect WANT WHAT GOT: figures of a run that failed in part would be worth nothing.
expect() { [ "$1" = "$3" ] || echo "fleet: there should be $1 $2, and there are $3" >&2; }

# measure ROW COMMAND... adds a line to the row's file: wall, own CPU, CPU of unbound, nsd and fleet,
# questions, KiB of memory.
measure() {
	local row=$1 before
	shift
	fresh_unbound
	: >"$work/time"
	before=$(spent)
	"$@"
	echo "$before $(spent) $(questions)" | awk -v time="$work/time" '{
		while ((getline line < time) > 0) {
			split(line, t, " ")
			wall += t[1]; cpu += t[2] + t[3]
			if (t[4] > most) most = t[4]
		}
		printf "%.2f %.2f %.2f %.2f %.2f %d %d\n", wall, cpu, $4 - $1, $5 - $2, $6 - $3, $7, most }' >>"$work/row.$n.$row"
}

# tell ROW prints a line of the table. What the other rows are compared with is kept in best.
tell() {
	sort -n "$work/row.$n.$1" | awk -v row="$1" -v n="$n" -v best="$work/best.$n" '
		{ wall[NR] = $1; if ($7 > most) most = $7 }
		NR == 1 { cpu = $2; all = $2 + $3 + $4 + $5; others = sprintf("%6.1f %6.1f %6.1f", $3, $4, $5); asked = $6 / n }
		END {
			printf "%-17s %7.1f %7.1f %7.0f %6.1f %s %7.1f %6.1f %5.0f\n",
				row, wall[1], wall[int((NR + 1) / 2)], n / wall[1], cpu, others, all, asked, most / 1024
			print row "|" wall[1] "|" cpu "|" all "|" most >>best
		}'
}

ratios() {
	awk -F'|' '
		$1 ~ /^zdns/ { wall[$1] = $2; cpu[$1] = $3; all[$1] = $4; next }
		{ for (z in wall) printf "%-37s wall %.2f, own CPU %.2f, CPU of all %.2f\n", $1 " / " z, $2 / wall[z], $3 / cpu[z], $4 / all[z] | "sort" }
	' "$work/best.$n"
}

bench() {
	local run row runs=${RUNS:-3}
	[ "$n" -le 50000 ] || runs=${RUNS:-1}
	for ((run = 0; run < runs; run++)); do
		[ -z "$zdns" ] || measure "zdns" run_zdns
		[ -z "$zdns" ] || measure "zdns --retries=0" run_zdns --retries=0
		measure "mtasts" run_mtasts --smtp off
		measure "mtasts --sparing" run_mtasts --smtp off --sparing
	done
	printf '%-17s %15s %7s %34s %6s %5s\n' "" "wall s" "domains" "CPU s" "quest." "most"
	printf '%-17s %7s %7s %7s %6s %6s %6s %6s %7s %6s %5s\n' "$n" least median "a s" own unbound nsd hosts all a-dom. MiB
	for row in zdns "zdns --retries=0" mtasts "mtasts --sparing"; do
		[ ! -e "$work/row.$n.$row" ] || tell "$row"
	done
	ratios
}

# port25 counts connections of a run that contacts the MX hosts as well.
port25() {
	measure "mtasts with SMTP" run_mtasts --smtp require
	stop fleet # it writes down what it counted
	awk -v n="$n" '
		{ where = "own MX hosts"; if ($1 ~ /^127\.0\./) { split($1, p, "."); where = "provider " substr("abcde", p[3] - 19, 1) } }
		{ hosts[where]++; calls[where] += $2; if ($2 > most[where]) most[where] = $2; all++; sum += $2 }
		END {
			printf "port 25: %d connections to %d addresses, for %d domains\n", sum, all, n
			fflush()
			for (where in hosts) printf "  %-14s %6d connections to %6d addresses, at most %d to one\n", where, calls[where], hosts[where], most[where] | "sort"
		}' "$work/connections"
	awk '{ printf "  in %.1f s, own CPU %.1f s, %d MiB\n", $1, $2, $7 / 1024 }' "$work/row.$n.mtasts with SMTP"
}

for n in "${lists[@]}"; do
	start_servers
	if [ "${1-}" = -- ]; then
		shift
		fresh_unbound
		n=$n work=$work mtasts=$mtasts zdns=$zdns "$@"
		exit
	fi
	bench
	[ "$n" -gt 50000 ] || port25
	stop "${!server[@]}"
done
[ ${#lists[@]} -lt 2 ] || awk -F'|' '$1 == "mtasts" { most[++i] = $5 }
	END { printf "memory of mtasts, last list / first: %.2f\n", most[i] / most[1] }' "${lists[@]/#/$work/best.}"
