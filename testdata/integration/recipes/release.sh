# shellcheck shell=bash disable=SC2154 # what recipes.sh has set
# Part of recipes.sh: the recipes that take a release, and the hooks of pre-commit.

try_release() {
	have release curl=curl jq=jq go=go || return 0
	scene "$work/release"
	pack "$work/release/served" mtasts_1.0.0_linux_amd64
	try release "GitHub: the archive is fetched, its checksum holds, annotations tell of the problems" release_github
	try release "GitHub: an archive with another checksum is not unpacked" release_tampered
	try release "GitLab: the same, and the report is written; another checksum ends the job" release_gitlab
}

# pack DIR NAME makes an archive as make release does, with the mtasts of the lab in it.
pack() {
	mkdir -p "$1/$2" && cp "$work/bin/mtasts" "$1/$2" && tar -C "$1" -czf "$1/$2.tar.gz" "$2"
	sum=$(sha256sum <"$1/$2.tar.gz" | cut -d' ' -f1)
}

# release_fetch SHA256 runs the first step of the workflow, as a runner would.
release_fetch() {
	local step
	step=$(yaml_run github-actions-release.yml '.jobs.check.steps[] | select(.run // "" | startswith("cd")) | .run')
	rm -rf temp path && mkdir temp
	FROM=file://$PWD/served ARCHIVE=mtasts_1.0.0_linux_amd64 SHA256=$1 RUNNER_TEMP=$PWD/temp GITHUB_PATH=$PWD/path \
		bash -eo pipefail -c "$step"
}

release_github() {
	local line code=0
	release_fetch "$sum" || return
	line=$(yaml_run github-actions-release.yml '.jobs.check.steps[] | select(.run // "" | startswith("mtasts")) | .run')
	PATH=$(cat path):$PATH bash -eo pipefail -c "$line" >annotations || code=$?
	[ "$code" = 1 ] && grep -q '^::error file=domains.txt,line=3' annotations
}

release_tampered() {
	if release_fetch "$(printf '0%.0s' {1..64})"; then return 1; fi
	[ ! -e path ] && [ ! -e temp/mtasts_1.0.0_linux_amd64 ]
}

release_gitlab() {
	local lines code=0
	rm -rf temp path gitlab && mkdir gitlab && cp domains.txt lab gitlab
	lines=$(json "$recipes/gitlab-ci-release.yml" | jq -r '."mta-sts" | (.before_script + .script)[]')
	export FROM=file://$PWD/served ARCHIVE=mtasts_1.0.0_linux_amd64
	cd gitlab || return
	SHA256=$sum bash -eo pipefail -c "$lines" || code=$?
	[ "$code" = 1 ] && jq -e 'length > 0' gl-code-quality-report.json || return 1
	rm -rf mtasts_* gl-code-quality-report.json
	if SHA256=$(printf '0%.0s' {1..64}) bash -eo pipefail -c "$lines"; then return 1; fi
	[ ! -e mtasts_1.0.0_linux_amd64 ] && [ ! -e gl-code-quality-report.json ]
}

# The hooks are those of a repository made of this tree, whose program pre-commit builds with Go.
try_precommit() {
	have pre-commit pre-commit=pre-commit git=git go=go || return 0
	mkdir -p "$work/pre-commit"
	try pre-commit "its schema knows the hooks" pre-commit validate-manifest "$(realpath "$root")/.pre-commit-hooks.yaml"
	try pre-commit "both hooks are built from source, and let pass what is sound" hooks_sound
	try pre-commit "each complains of every file with a fault; args: get through" hooks_broken
	try pre-commit "the hook of an installed release judges policy and zone together" hooks_installed
}

# hooks_repo DIR is this tree as a repository, with the tag that the recipe names.
hooks_repo() {
	mkdir "$1" && (cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf - --ignore-failed-read 2>/dev/null) | tar -xf - -C "$1"
	git -C "$1" init -q && git -C "$1" add -A && git -C "$1" -c user.name=x -c user.email=x@example.com commit -qm x && git -C "$1" tag v1.0.0
}

hooks_sound() {
	hooks_repo "$PWD/mtasts"
	mkdir -p user/zones && cd user && git init -q
	sed "s|https://github.com/your-org/mtasts|file://$work/pre-commit/mtasts|" "$recipes/pre-commit-config.yaml" >.pre-commit-config.yaml
	printf 'version: STSv1\nmode: enforce\nmx: mx1.example.com\nmax_age: 1209600\n' >mta-sts.txt
	cat >zones/example.com.zone <<-'ZONE'
		$ORIGIN example.com.
		$TTL 3600
		@ IN SOA ns hostmaster 1 2 3 4 5
		@ IN MX 10 mx1
		mx1 IN A 192.0.2.1
		mta-sts IN A 192.0.2.2
		_mta-sts IN TXT "v=STSv1; id=20260131T120000"
		_smtp._tls IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"
	ZONE
	git add -A
	hooks
}

# hooks [NAME...] runs them on all files; its cache is of this run alone.
hooks() { PRE_COMMIT_HOME=$work/pre-commit/cache PATH=$work/bin:$PATH pre-commit run --all-files "$@"; }

hooks_broken() {
	cd user && mkdir -p a b && sed 's/enforce/enforced/' mta-sts.txt >a/mta-sts.txt && sed 's/1209600/60/' mta-sts.txt >b/mta-sts.txt
	sed 's/STSv1;/STSv2;/' zones/example.com.zone >zones/other.zone && cp zones/other.zone zones/third.zone
	git add -A
	if hooks mtasts-policy >policies; then return 1; fi
	if hooks mtasts-zone >zones.said; then return 1; fi
	grep 'a/mta-sts.txt' policies && grep 'b/mta-sts.txt' policies && grep 'other.zone' zones.said && grep 'third.zone' zones.said
}

hooks_installed() {
	cd user && sed -i 's/mx1/mx2/' mta-sts.txt && git add -A
	if hooks mtasts >said; then return 1; fi
	grep -q 'mx-covered' said
}
