# shellcheck shell=bash disable=SC2154
# The zones of run.sh and who serves them. $work is the working directory.
#
#   127.0.0.2:53    nsd: the root and mtasts., both signed, and NAME.mtasts. for each case; signed
#                   are those with a file $work/case/NAME/signed
#   127.0.0.53      unbound, which validates: 53 (UDP, TCP), 853 (TLS), 443 (HTTPS)
#   192.0.2.53:53   the same, at an address that is not this machine's own

start_dns() {
	mkdir -p "$work/nsd" "$work/unbound" "$work/keys"
	make_zones
	nsd_conf >"$work/nsd/nsd.conf"
	unbound_conf >"$work/unbound/unbound.conf"
	start nsd -d -c "$work/nsd/nsd.conf"
	start unbound -d -p -c "$work/unbound/unbound.conf"
}

await_dns() {
	await nsd dig +short +tries=1 +time=1 @127.0.0.2 sound.$tld SOA
	await unbound dig +short +tries=1 +time=1 @127.0.0.53 sound.$tld SOA
}

# make_zones writes $work/nsd/ZONE.zone for the root, for mtasts. and for each case, signed from
# below: a parent has the DS records of its children.
make_zones() {
	local name zone dir=$work/nsd
	parent_zone "$tld." >"$dir/$tld.zone"
	for name in "$work"/case/*; do
		name=${name##*/}
		zone=$(domain_of "$name")
		cp "$work/case/$name/zone" "$dir/$zone.zone"
		echo "$zone. 60 IN NS ns.$tld." >>"$dir/$tld.zone"
		if [ -e "$work/case/$name/signed" ]; then
			sign_zone "$zone" >>"$dir/$tld.zone"
		fi
		if [ -e "$work/case/$name/tamper" ]; then
			sed -i "$(cat "$work/case/$name/tamper")" "$dir/$zone.zone"
		fi
	done
	{
		parent_zone .
		echo "$tld. 60 IN NS ns.$tld."
		echo "ns.$tld. 60 IN A 127.0.0.2"
		sign_zone "$tld"
	} >"$dir/root.zone"
	sign_zone root . >"$work/unbound/anchor"
}

parent_zone() {
	echo "$1 60 IN SOA ns.$tld. hostmaster.$tld. 1 3600 600 86400 60"
	echo "$1 60 IN NS ns.$tld."
	[ "$1" = . ] || echo "ns.$1 60 IN A 127.0.0.2"
}

# sign_zone NAME [ORIGIN] signs $work/nsd/NAME.zone in place and prints the DS record of its key,
# which stays the same.
sign_zone() {
	local origin=${2:-$1.} zone=$work/nsd/$1.zone key
	if [ ! -e "$work/keys/$1" ]; then
		(cd "$work/keys" && ldns-keygen -a ECDSAP256SHA256 -k -r /dev/urandom "$origin" >"$1")
	fi
	key=$work/keys/$(cat "$work/keys/$1")
	ldns-signzone -i "$(date -u -d '-1 hour' +%Y%m%d%H%M%S)" -o "$origin" -f "$zone.signed" "$zone" "$key" >&2
	mv "$zone.signed" "$zone"
	cat "$key.ds"
}

nsd_conf() {
	local name
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
		remote-control:
		  control-enable: no
	CONF
	zone_conf . "$work/nsd/root.zone"
	zone_conf "$tld." "$work/nsd/$tld.zone"
	for name in "$work"/case/*; do
		name=${name##*/}
		zone_conf "$(domain_of "$name")." "$work/nsd/$(domain_of "$name").zone"
		[ ! -e "$work/case/$name/unloadable" ] || zone_conf "$(cat "$work/case/$name/unloadable")" none
	done
}

zone_conf() { printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$1" "$2"; }

# The resolver's own root: its key is the trust anchor, and servers on loopback may be asked.
unbound_conf() {
	printf '. 3600 NS ns.%s.\nns.%s. 3600 A 127.0.0.2\n' "$tld" "$tld" >"$work/unbound/root.hints"
	cat <<-CONF
		server:
		  interface: 127.0.0.53@53
		  interface: 127.0.0.53@853
		  interface: 127.0.0.53@443
		  interface: 192.0.2.53@53
		  tls-service-key: "$work/tls/leaf.key"
		  tls-service-pem: "$work/tls/unbound-chain.pem"
		  tls-port: 853
		  https-port: 443
		  access-control: 127.0.0.0/8 allow
		  access-control: 192.0.2.53/32 allow
		  username: ""
		  chroot: ""
		  directory: "$work/unbound"
		  logfile: ""
		  use-syslog: no
		  do-ip6: no
		  num-threads: 1
		  do-not-query-localhost: no
		  module-config: "validator iterator"
		  trust-anchor-file: "$work/unbound/anchor"
		  trust-anchor-signaling: no
		  root-hints: "$work/unbound/root.hints"
		  harden-below-nxdomain: yes
		remote-control:
		  control-enable: no
	CONF
}
