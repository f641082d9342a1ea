#!/bin/sh
# A long list, shared out among machines by GNU parallel: each takes one share after the other.
#
#   parallel.sh domains.txt 64                    # in 64 shares, on this machine
#   MACHINES=a.example.net,b.example.net parallel.sh domains.txt 64 --smtp off
#
# What stands behind the number of shares goes to each mtasts check. Run it in a directory of the run,
# and run it again after whatever happened: what is done is not done again. It copies the list to
# domains.txt and leaves share-*.jsonl and, all of them together, results.jsonl. Its exit code is that
# of one mtasts check over the whole list.
#
# MACHINES are reached by ssh, as --sshlogin of parallel takes them; they need mtasts and rsync. One
# mtasts uses a machine whole, so each has JOBS=1 share at a time. A share is fetched when it ends, well
# or not: let there be many more shares than machines, and of a machine that dies little is lost.
set -eu

[ $# -ge 2 ] || { echo "usage: parallel.sh LIST SHARES [FLAG...]" >&2; exit 2; }
list=$1 shares=$2
shift 2
[ -e domains.txt ] || cp "$list" domains.txt # a run ends with the list that it began with

for k in $(seq "$shares"); do : >>"share-$k-of-$shares.jsonl"; done
part=share-{}-of-$shares.jsonl

over() {
	if [ -z "${MACHINES-}" ]; then parallel "$@"; return; fi
	parallel --sshlogin "$MACHINES" --workdir ... --cleanup \
		--transferfile domains.txt --transferfile "$part" --return "$part" "$@"
}

# JSON lines as the only output come as they are done: no domain waits for a slow one before it. With
# --fail-on never findings are no failure of the share; what fails all the same is tried three times.
# shellcheck disable=SC2016 # these are the arguments of that shell
seq "$shares" | over --quote --jobs "${JOBS:-1}" --retries 3 --joblog "log-of-$shares" --resume-failed \
	sh -c 'part=$1 share=$2; shift 2
		exec mtasts check -v -f domains.txt --shard "$share" --resume "$part" -o jsonl "$@" --fail-on never >>"$part"' \
	sh "$part" "{}/$shares" "$@" || {
	echo "parallel.sh: not every share came to its end (see log-of-$shares): run it again to go on" >&2
	exit 2
}

for k in $(seq "$shares"); do cat "share-$k-of-$shares.jsonl"; done >results.jsonl

# There is nothing left to do: this sums the whole run up, and has its exit code.
mtasts check -f domains.txt --resume results.jsonl "$@" >/dev/null
