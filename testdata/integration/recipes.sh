#!/usr/bin/env bash
# Tries the recipes of testdata/recipes as their readers would, with programs that nobody here wrote. In
# the place of mtasts stands the binary of the tests of internal/cli, which is the program with the lab
# for its network; what is tried is the recipes, not the checks.
#
#   testdata/integration/recipes.sh             all of them
#   testdata/integration/recipes.sh NAME...     some: kubernetes parallel ssh systemd boot exporter cron
#                                               duckdb clickhouse github gitlab release pre-commit
#
#   NODE_MODULES=DIR   where npm has put packages: npm install --prefix /tmp/recipes @duckdb/node-api
#                      chdb gitlab-ci-local@4.58.0, then NODE_MODULES=/tmp/recipes/node_modules
#   KEEP=1             leaves the working directory; it is left after a failure anyway
#
# Installs nothing but Go modules, in the cache of Go. What cannot be tried is told with what is missing.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$here/../..
recipes=$root/testdata/recipes
export PATH=$PATH:/usr/sbin:/sbin
unset LAB MACHINES JOBS GITHUB_STEP_SUMMARY NO_COLOR CLICOLOR_FORCE
work=$(mktemp -d "${TMPDIR:-/tmp}/mtasts-recipes.XXXXXX")
chmod 755 "$work"
passed=0 failed=0

# shellcheck source=recipes/systemd.sh
. "$here/recipes/systemd.sh"
# shellcheck source=recipes/release.sh
. "$here/recipes/release.sh"

leave() {
	[ ! -e "$work/sshd.pid" ] || kill "$(cat "$work/sshd.pid")"
	if [ "${KEEP-}" = 1 ] || [ "$failed" != 0 ]; then echo "left in place: $work" >&2; else rm -rf "$work"; fi
}
trap leave EXIT
trap 'failed=1; exit 130' INT TERM

# row NAME WHAT VERDICT prints a line of the table.
row() {
	case $3 in
	ok) passed=$((passed + 1)) ;;
	FAIL) failed=$((failed + 1)) ;;
	esac
	printf '%-10s | %-90s | %s\n' "$@"
}

# try NAME WHAT COMMAND... runs a command and counts it by its exit code; what it said is shown where it failed.
try() {
	local name=$1 what=$2 verdict=ok
	shift 2
	(cd "$work/$name" && "$@") >"$work/$name.out" 2>&1 || verdict=FAIL
	row "$name" "$what" "$verdict"
	[ "$verdict" = ok ] || sed 's/^/    /' "$work/$name.out" | tail -20
}

# have NAME PROGRAM=PACKAGE... tells whether the programs are there, and in the table if not.
have() {
	local name=$1 each lack=
	shift
	for each in "$@"; do
		command -v "${each%%=*}" >/dev/null || lack+=" ${each#*=}"
	done
	[ -z "$lack" ] || row "$name" "-" "not tried, missing:$lack"
	[ -z "$lack" ]
}

# scene DIR: the list and the lab of every recipe. All views of duckdb.sql have something to tell of it.
scene() {
	mkdir -p "$1"
	printf '%s\n' '# the domains' example.com {b,c,d,e,f,g,h}.example two..dots >"$1/domains.txt"
	cat >"$1/lab" <<-'LAB'
		sound example.com
		sound b.example
		drop _mta-sts.b.example
		sound c.example
		policy c.example
		    version: STSv1
		    mode: testing
		    mx: mx1.c.example
		    mx: mx2.c.example
		    max_age: 86400
		sound d.example
		policy d.example
		    version: STSv1
		    mode: testing
		    mx: mx1.d.example
		    max_age: 86400
		sound e.example
		smtp 192.0.2.91 2001:db8::91
		    extension -STARTTLS
		sound f.example
		smtp 192.0.2.111 2001:db8::111
		    certificate days 10
		zone
		    g.example MX 10 mx1.e.example
		    h.example MX 10 mx1.e.example
	LAB
}

# whole FILE...: together they have an answer to each line of the list, and one alone.
whole() {
	diff <(seq 2 10) <(cat "$@" | jq .index | sort -n)
}

# flaky DIR makes a mtasts that dies in the middle of its second line when it is run for the first time.
flaky() {
	mkdir -p "$1"
	cat >"$1/mtasts" <<-SH
		#!/bin/sh
		mkdir "$1/once" 2>/dev/null || exec "$work/bin/mtasts" "\$@"
		"$work/bin/mtasts" "\$@" | head -c 40000
		exit 137
	SH
	chmod +x "$1/mtasts"
}

# json FILE is a file of YAML as JSON; with "job" behind it, one that has to be a Job of Kubernetes.
json() {
	[ -x "$work/json" ] || go -C "$here/recipes/job" build -o "$work/json" . >"$work/module.out" 2>&1 || return 1
	"$work/json" "$@"
}

try_kubernetes() {
	local dir=$work/kubernetes
	have kubernetes go=go jq=jq || return 0
	scene "$dir"
	if ! json "$recipes/kubernetes-job.yaml" >"$dir/any.json"; then
		row kubernetes "-" "not tried, no modules of Kubernetes"
		return 0
	fi
	try kubernetes "the types of the API know every field" job_decoded
	try kubernetes "SHARES are the completions" job_shares
	try kubernetes "one pod a share, one of them killed and begun again: each line is answered once" job_run
}

job_decoded() { json "$recipes/kubernetes-job.yaml" job >job.json; }

job_shares() {
	jq -e '.spec.completions as $n | .spec.template.spec.containers[0].env | any(.name == "SHARES" and .value == "\($n)")' job.json
}

# job_run runs the pods as the kubelet would: the command with its arguments, and what the API adds to env.
job_run() {
	local shares index script
	shares=$(jq .spec.completions job.json)
	script=$(jq -r '.spec.template.spec.containers[0].args[0]' job.json)
	script=${script//\/results/$PWD/results}
	script=${script//\/list/$PWD}
	flaky "$PWD/flaky"
	export SHARES=$shares RUN=mtasts-x PATH=$PWD/flaky:$PATH
	for index in $(seq 0 $((shares - 1))); do
		JOB_COMPLETION_INDEX=$index /bin/sh -euc "$script" || JOB_COMPLETION_INDEX=$index /bin/sh -euc "$script" || return
	done
	[ -d flaky/once ] && whole results/mtasts-x/part-*.jsonl
}

try_parallel() {
	have parallel parallel=parallel jq=jq || return 0
	scene "$work/parallel"
	try parallel "each line is answered once, though a share was killed; the exit code is that of the list" parallel_run
	try parallel "nothing is done again, and the exit code is the same" parallel_again
}

parallel_run() {
	local code=0
	mkdir run && cd run && cp ../lab .
	flaky "$PWD/flaky"
	PATH=$PWD/flaky:$work/bin:$PATH "$recipes/parallel.sh" ../domains.txt 3 --fail-on warn || code=$?
	[ "$code" = 1 ] && [ -d flaky/once ] && whole results.jsonl
}

parallel_again() {
	local code=0
	cd run && cp results.jsonl before.jsonl
	PATH=$work/bin:$PATH "$recipes/parallel.sh" ../domains.txt 3 --fail-on never || code=$?
	[ "$code" = 0 ] && cmp results.jsonl before.jsonl
}

# Two machines are two addresses of this one, with a key and a server for this alone.
try_ssh() {
	have ssh parallel=parallel sshd=openssh-server ssh-keygen=openssh-client rsync=rsync jq=jq || return 0
	scene "$work/ssh"
	try ssh "the same over two machines" ssh_run
}

ssh_run() {
	local code=0 ssh port=$((20000 + RANDOM % 10000))
	ssh-keygen -q -t ed25519 -N '' -f host && ssh-keygen -q -t ed25519 -N '' -f user && mkdir -p /run/sshd
	cat >conf <<-CONF
		Port $port
		ListenAddress 127.0.0.2
		ListenAddress 127.0.0.3
		HostKey $PWD/host
		AuthorizedKeysFile $PWD/user.pub
		PidFile $work/sshd.pid
		StrictModes no
		UsePAM no
		PasswordAuthentication no
		SetEnv LAB=$PWD/lab PATH=$work/bin:/usr/bin:/bin
	CONF
	"$(command -v sshd)" -f conf -E sshd.log && sleep 1
	ssh="ssh -p $port -i $PWD/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=$PWD/known -o LogLevel=ERROR"
	mkdir run && cd run && cp ../lab .
	MACHINES="$ssh $(id -un)@127.0.0.2,$ssh $(id -un)@127.0.0.3" PATH=$work/bin:$PATH "$recipes/parallel.sh" ../domains.txt 4 || code=$?
	[ "$code" = 1 ] && whole results.jsonl && [ "$(cut -f2 log-of-4 | sort -u | grep -c 127.0.0)" = 2 ]
}

# crontab_line is the command of the cron recipe, with the directories of the recipe in this one.
crontab_line() {
	sed -nE '/^[0-9]/{s/^([^ ]+ +){6}//;p}' "$recipes/mtasts.cron" | sed "s|/var/lib/mtasts|$PWD|; s|/etc/mtasts|$PWD|"
}

try_cron() {
	scene "$work/cron"
	try cron "what is accepted is not mailed; what is new is, and a fault" cron_run
}

cron_run() {
	local line
	export PATH=$work/bin:$PATH LC_ALL=C
	line=$(crontab_line)
	sed -i '/two/d; /^d/d' domains.txt
	mtasts check -f domains.txt -o jsonl=accepted.jsonl >/dev/null 2>&1 || [ $? = 1 ]
	[ -z "$(/bin/sh -c "$line")" ] || return
	echo 'drop _mta-sts.f.example' >>lab
	/bin/sh -c "$line" | diff <(echo '✗ f.example: fail, absent, 1 fail 1 warn: sts-record (missing), smtp-certificate-expiry (expires-soon) (1 new, 1 known)') - || return
	rm domains.txt
	/bin/sh -c "$line" | grep -q '^mtasts: open .*domains.txt: no such file'
}

# node_has PACKAGE: it is in NODE_MODULES.
node_has() { command -v node >/dev/null && [ -d "${NODE_MODULES-/nowhere}/$1" ]; }

# sql ENGINE FILE answers a file of SQL as CSV, by the engine's own client or by its npm package.
sql() {
	case $1 in
	duckdb) if command -v duckdb >/dev/null; then duckdb -csv <"$2"; else NODE_PATH=$NODE_MODULES node "$here/recipes/sql.js" "$@"; fi ;;
	clickhouse)
		if command -v clickhouse >/dev/null; then
			clickhouse local --format CSV --queries-file "$2"
		else
			NODE_PATH=$NODE_MODULES node "$here/recipes/sql.js" "$@"
		fi
		;;
	esac | tr -d '"'
}

try_sql() {
	local engine=$1 package=$2
	if ! command -v "$engine" >/dev/null && ! node_has "$package"; then
		row "$engine" "-" "not tried, missing: $engine, or npm's $package in NODE_MODULES"
		return 0
	fi
	scene "$work/$engine"
	try "$engine" "every question is answered, and rightly" sql_run "$engine"
	try "$engine" "the same over shares, one of them made smaller by gzip" sql_shares "$engine"
}

sql_run() {
	local want
	export PATH=$work/bin:$PATH
	mtasts check -f domains.txt -o jsonl=last.jsonl >/dev/null 2>&1 || [ $? = 1 ]
	echo 'drop _mta-sts.f.example' >>lab
	mtasts check -f domains.txt --baseline last.jsonl -o jsonl=results.jsonl >/dev/null 2>&1 || [ $? = 1 ]
	sql "$1" "$recipes/$1.sql" >answers
	while read -r want; do
		grep -qF -- "$want" answers || { echo "there is no line with: $want"; cat answers; return 1; }
	done <"$here/recipes/$1.want"
}

sql_shares() {
	export PATH=$work/bin:$PATH
	mtasts check -f domains.txt --baseline last.jsonl --shard 1/2 -o jsonl=part-1.jsonl >/dev/null 2>&1 || [ $? = 1 ]
	mtasts check -f domains.txt --baseline last.jsonl --shard 2/2 -o jsonl=part-2.jsonl >/dev/null 2>&1 || [ $? = 1 ]
	gzip part-2.jsonl
	sed "s/'results.jsonl'/'part-*'/" "$recipes/$1.sql" >shares.sql
	diff answers <(sql "$1" shares.sql)
}

# yaml_run FILE JQ prints a line of a file of CI.
yaml_run() { json "$recipes/$1" | jq -r "$2"; }

try_github() {
	have github go=go jq=jq || return 0
	scene "$work/github"
	if ! (cd "$work/github" && go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 -version) >/dev/null 2>&1; then
		row github "-" "not tried, no module of actionlint"
		return 0
	fi
	try github "actionlint has nothing to say" github_lint
	try github "annotations, the summary and SARIF are written, and it exits 1" github_run
}

github_lint() {
	mkdir -p .github/workflows && cp "$recipes"/github-actions*.yml .github/workflows
	go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12 .github/workflows/*.yml
}

github_run() {
	local line code=0
	line=$(yaml_run github-actions.yml '.jobs.check.steps[] | select(.run // "" | startswith("mtasts")) | .run')
	PATH=$work/bin:$PATH GITHUB_STEP_SUMMARY=$PWD/summary.md bash -eo pipefail -c "$line" >annotations || code=$?
	[ "$code" = 1 ] && grep -q '^::error file=domains.txt,line=3' annotations && [ -s summary.md ] &&
		jq -e '.runs[0].results | length > 0' mtasts.sarif
}

try_gitlab() {
	have gitlab git=git jq=jq || return 0
	if ! node_has gitlab-ci-local; then
		row gitlab "-" "not tried, missing: npm's gitlab-ci-local in NODE_MODULES"
		return 0
	fi
	scene "$work/gitlab"
	try gitlab "gitlab-ci-local runs the job, which fails and leaves both reports" gitlab_run
}

gitlab_run() {
	cp "$recipes/gitlab-ci.yml" .gitlab-ci.yml
	git init -q . && git add . && git -c user.name=x -c user.email=x@example.com commit -qm x
	PATH=$work/bin:$PATH "$NODE_MODULES/.bin/gitlab-ci-local" --force-shell-executor --variable CI_PIPELINE_SOURCE=schedule mta-sts >said 2>&1 || true
	grep -q 'json schema validated' said && grep -q 'FAIL 1' said && jq -e 'length > 0' gl-code-quality-report.json && grep -q '<testsuites' mtasts.xml
}

every=(kubernetes parallel ssh systemd boot exporter cron duckdb clickhouse github gitlab release pre-commit)
[ $# = 0 ] || every=("$@")
command -v go >/dev/null || { echo "recipes: Go is missing" >&2; exit 2; }
mkdir "$work/bin"
(cd "$root" && go test -c -o "$work/bin/mtasts" ./internal/cli)
for name in "${every[@]}"; do
	case $name in
	duckdb) try_sql duckdb @duckdb/node-api ;;
	clickhouse) try_sql clickhouse chdb ;;
	pre-commit) try_precommit ;;
	*) "try_$name" ;;
	esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
