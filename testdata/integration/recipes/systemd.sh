# shellcheck shell=bash
# What recipes.sh tries of the units: as files, in a systemd of their own, and what comes of them in
# Prometheus' node exporter.

try_systemd() {
	have systemd systemd-analyze=systemd || return 0
	mkdir -p "$work/systemd"
	try systemd "systemd-analyze verify has nothing to say" systemd_verify
	try systemd "systemd-analyze security: an exposure of 1.5 at most, of 10" \
		systemd-analyze security --no-pager --offline=yes --threshold=15 "$recipes/mtasts.service"
}

systemd_verify() {
	local said
	said=$(systemd-analyze --man=no verify "$recipes/mtasts.service" "$recipes/mtasts.timer" 2>&1) && [ -z "$said" ] && return
	echo "$said"
	return 1
}

# try_boot boots a systemd in namespaces of its own, on a copy of this machine's files in memory and
# without network, and has it run the units: with their user, their walls and their exit codes.
try_boot() {
	have boot systemctl=systemd unshare=util-linux ip=iproute2 jq=jq || return 0
	if [ "$(id -u)" != 0 ]; then
		row boot "-" "not tried, root is needed"
		return 0
	fi
	scene "$work/boot"
	boot || true
	if [ ! -e "$work/boot/booted" ]; then
		row boot "-" "not tried, no systemd comes up here"
		return 0
	fi
	try boot "the first night: results and metrics, and problems are no failure" night first
	try boot "the second night compares with the first" night second
	try boot "a night without a list fails, and all stays as it was" night without
	try boot "metrics that cannot be moved to their place are a failure" night unmoved
	try boot "the timer waits for the next night" night timer
}

# night NAME: what night_NAME had to say in there is "ok".
night() { cat "$1" && [ "$(tail -n 1 "$1")" = ok ]; }

boot() {
	local pid
	export work recipes
	unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child "$BASH" "$here/recipes/systemd.sh" inside >"$work/boot.log" 2>&1 &
	pid=$!
	for _ in $(seq 120); do
		[ ! -e "$work/boot/done" ] || break
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.5
	done
	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	for _ in $(seq 50); do # its processes are gone in a moment, and then its control group
		find /sys/fs/cgroup{,/systemd,/unified}/mtasts-recipes -depth -type d -exec rmdir {} + 2>/dev/null
		[ -n "$(find /sys/fs/cgroup -maxdepth 2 -name mtasts-recipes)" ] || break
		sleep 0.1
	done
}

# inside is the first process of the namespaces, until it becomes systemd.
inside() {
	local h unit
	for h in /sys/fs/cgroup{,/systemd,/unified}; do # a control group of its own
		[ ! -w "$h/cgroup.procs" ] || { mkdir -p "$h/mtasts-recipes" && echo 0 >"$h/mtasts-recipes/cgroup.procs"; }
	done
	mount --make-rprivate /
	mkdir "$work/overlay" && mount -t tmpfs tmpfs "$work/overlay" && cd "$work/overlay"
	mkdir upper scratch root
	mount -t overlay overlay -o lowerdir=/,upperdir=upper,workdir=scratch root
	cd root
	mkdir -p out old units etc/mtasts var/lib/prometheus/node-exporter usr/local/bin
	mount --bind "$work/boot" out
	cp "$work/bin/mtasts" usr/local/bin/mtasts
	cp "$work"/boot/{lab,domains.txt} etc/mtasts
	# No unit of this machine is to be started, but those without which nothing is.
	for unit in basic sysinit shutdown umount final sockets timers paths slices network network-online nss-lookup local-fs time-set; do
		cp "usr/lib/systemd/system/$unit.target" units
	done
	cp "$recipes"/mtasts.{service,timer} units
	mkdir units/mtasts.service.d
	printf '[Service]\nEnvironment=LAB=/etc/mtasts/lab\nStandardError=append:/out/said\n' >units/mtasts.service.d/lab.conf
	printf '[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/bash /out/systemd.sh nights\n' >units/nights.service
	cp "$here/systemd.sh" out
	rm -rf etc/systemd/system && mkdir etc/systemd/system
	mount --bind units usr/lib/systemd/system
	mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev
	mount -t tmpfs tmpfs run && mount -t tmpfs -o mode=1777 tmpfs tmp
	ip link set lo up
	pivot_root . old && cd / && umount -l old
	container=other exec /lib/systemd/systemd --system --unit=nights.service --log-target=null
}

# nights is what happens in there: each night_NAME ends with ok, or with the line that went wrong.
nights() {
	local name
	touch /out/booted
	cd /var/lib/mtasts 2>/dev/null || cd /
	for name in first second without unmoved timer; do
		(set -ex; "night_$name"; set +x; echo ok) >"/out/$name" 2>&1
	done
	cp /var/lib/prometheus/node-exporter/mtasts.prom /out
	touch /out/done
}

prom=/var/lib/prometheus/node-exporter/mtasts.prom state=/var/lib/mtasts

night_first() {
	systemctl start mtasts.service
	[ "$(wc -l <$state/last.jsonl)" = 9 ]
	[ "$(stat -c %A $prom)" = -rw-r--r-- ]
	grep -q '^mtasts_domains{status="fail"} ' $prom
	[ "$(zcat $state/*.jsonl.gz | wc -l)" = 9 ]
	[ "$(stat -c %U "$(dirname $prom)")" = root ]
	[ "$(stat -c %u $state/last.jsonl)" -gt 60000 ] # a dynamic user
}

night_second() {
	local long_ago=$state/2020-01-01.jsonl.gz
	cp -p $state/last.jsonl $long_ago && touch -d '40 days ago' $long_ago
	systemctl start mtasts.service
	jq -es 'any(.baseline)' $state/last.jsonl >/dev/null
	grep 'Compared with the baseline' /out/said
	[ ! -e $long_ago ]
	[ ! -e $state/tonight.jsonl ]
}

night_without() {
	local before
	before=$(stat -c %y $prom $state/last.jsonl)
	mv /etc/mtasts/domains.txt /etc/mtasts/away
	if systemctl start mtasts.service; then return 1; fi
	mv /etc/mtasts/away /etc/mtasts/domains.txt
	[ "$(systemctl show -P ExecMainStatus mtasts.service)" = 2 ]
	[ "$before" = "$(stat -c %y $prom $state/last.jsonl)" ]
}

# Whatever is done after the check is not to fail unheard of.
night_unmoved() {
	mv $prom /tmp/prom && mkdir $prom
	if systemctl start mtasts.service; then return 1; fi
	rmdir $prom && mv /tmp/prom $prom
}

night_timer() {
	systemctl start mtasts.timer
	systemctl list-timers --no-pager | grep mtasts.service
}

# The metrics are what the collector takes.
try_exporter() {
	have exporter prometheus-node-exporter=prometheus-node-exporter curl=curl || return 0
	scene "$work/exporter"
	try exporter "the node exporter has the metrics" exporter_run
}

exporter_run() {
	local pid port=$((20000 + RANDOM % 10000))
	mkdir prom
	"$work/bin/mtasts" check -f domains.txt -o prometheus=prom/mtasts.prom >/dev/null 2>&1 || true
	prometheus-node-exporter --collector.disable-defaults --collector.textfile --collector.textfile.directory=prom \
		--web.listen-address="127.0.0.1:$port" &
	pid=$!
	for _ in $(seq 50); do
		curl -sf "http://127.0.0.1:$port/metrics" >metrics && break
		sleep 0.1
	done
	kill "$pid"
	grep -q '^mtasts_domains{status="fail"} 4' metrics && grep -q '^node_textfile_scrape_error 0' metrics
}

case ${1-} in
inside) set -e; here=$(dirname "$0"); inside ;;
nights) nights ;;
esac
