# shellcheck shell=bash disable=SC2154
# The servers of fleet.sh. $work is the working directory, $n the number of domains, server[NAME] the
# process of each.

start_servers() {
	ip link set lo up
	for i in 1 2 3 4; do ip address replace "2001:db8:8::$i/128" dev lo nodad; done
	(cd "$here" && go build -o "$work/fleet" .)
	"$work/fleet" generate -n "$n" -o "$work"
	printf '[Application Options]\n[A]\n[AAAA]\n' >"$work/zdns.ini"
	mkdir -p "$work/nsd" "$work/unbound"
	nsd_conf >"$work/nsd/nsd.conf"
	unbound_conf >"$work/unbound/unbound.conf"
	start nsd nsd -d -c "$work/nsd/nsd.conf"
	start fleet "$work/fleet" serve -n "$n" -o "$work"
	await nsd dig +short +tries=1 +time=1 @127.0.0.2 yard SOA
	await fleet grep ready "$work/fleet.log"
}

# fresh_unbound starts it anew, with nothing in its cache.
fresh_unbound() {
	stop unbound
	start unbound unbound -d -p -c "$work/unbound/unbound.conf"
	await unbound dig +short +tries=1 +time=1 @127.0.0.53 yard SOA
}

start() {
	local name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 &
	server["$name"]=$!
}

stop() {
	local name
	for name; do
		[ -n "${server[$name]-}" ] || continue
		kill "${server[$name]}" 2>/dev/null || true
		wait "${server[$name]}" 2>/dev/null || true
		unset "server[$name]"
	done
}

# await NAME COMMAND... waits, a minute at most, until the command succeeds and prints something.
await() {
	local name=$1 try
	shift
	for ((try = 0; try < 600; try++)); do
		[ -z "$("$@" 2>/dev/null)" ] || return 0
		sleep 0.1
	done
	echo "fleet: $name does not answer:" >&2
	tail -n 20 "$work/$name.log" >&2
	exit 1
}

# spent prints the CPU seconds of unbound, nsd and fleet so far, those of their children included.
spent() {
	local name pids
	for name in unbound nsd fleet; do
		pids=${server[$name]}
		pids+=" $(pgrep -d ' ' -P "$pids" || true)"
		[ "$name" != nsd ] || pids+=" $(pgrep -d ' ' -P "${pids// /,}" || true)"
		for pid in $(tr ' ' '\n' <<<"$pids" | sort -u); do cat "/proc/$pid/stat"; done |
			awk -v hz="$(getconf CLK_TCK)" '{ sub(/.*\) /, ""); ticks += $12 + $13 } END { printf "%.2f ", ticks / hz }'
	done
}

# questions is how many unbound was sent since it was started.
questions() {
	unbound-control -c "$work/unbound/unbound.conf" stats_noreset | sed -n 's/^total.num.queries=//p'
}

nsd_conf() {
	cat <<-CONF
		server:
		  ip-address: 127.0.0.2
		  username: ""
		  chroot: ""
		  zonesdir: "$work"
		  pidfile: "$work/nsd/nsd.pid"
		  xfrdfile: "$work/nsd/xfrd.state"
		  xfrdir: "$work/nsd"
		  zonelistfile: "$work/nsd/zone.list"
		  database: ""
		  server-count: 1
		  rrl-ratelimit: 0
		  rrl-whitelist-ratelimit: 0
		remote-control:
		  control-enable: no
		zone:
		  name: fleet
		  zonefile: fleet.zone
		zone:
		  name: yard
		  zonefile: yard.zone
	CONF
}

# Nothing is validated, since nothing is signed. Names are not minimised: zones without delegations
# have no use for it, and each look-up of either program would take more questions to nsd.
unbound_conf() {
	cat <<-CONF
		server:
		  interface: 127.0.0.53
		  username: ""
		  chroot: ""
		  directory: "$work/unbound"
		  pidfile: "$work/unbound/unbound.pid"
		  logfile: ""
		  use-syslog: no
		  do-not-query-localhost: no
		  do-ip6: no
		  module-config: "iterator"
		  qname-minimisation: no
		  num-threads: 2
		  so-reuseport: yes
		  so-rcvbuf: 4m
		  so-sndbuf: 4m
		  outgoing-range: 4096
		  num-queries-per-thread: 2048
		  msg-cache-size: 1g
		  rrset-cache-size: 1g
		  msg-cache-slabs: 4
		  rrset-cache-slabs: 4
		  infra-cache-slabs: 4
		stub-zone:
		  name: fleet
		  stub-addr: 127.0.0.2
		stub-zone:
		  name: yard
		  stub-addr: 127.0.0.2
		remote-control:
		  control-enable: yes
		  control-interface: "$work/unbound/control"
		  control-use-cert: no
	CONF
}
