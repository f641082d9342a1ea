# shellcheck shell=bash disable=SC2154
# The zones of run.sh and who serves them. $work is the working directory.
#
#   127.0.0.9:53    nsd: the root and mtasts., both signed by ldns-signzone
#   127.0.0.2:53    nsd: NAME.mtasts. of the cases that it plays
#   127.0.0.3:53    knot, which signs by itself
#   127.0.0.4:53    named, which signs by itself
#
# In $work/case/NAME stand dns, who serves the zone; signed, where it is signed, with the word "before"
# where that is done by ldns-signzone, whoever serves it, "nsec3" where denial is to be by NSEC3, and
# "expired" where the signatures have run out; tamper, what sed does to the zone after that; wrong-ds,
# where the parent has another key; undelegated, where the parent has nothing; unserved, where the server
# knows nothing of the zone; lame, a second server, which knows nothing of it; unloadable, the name of a zone that the server has no file for.

authorities=(nsd knot named)

authority_address() {
	case $1 in
	root) echo 127.0.0.9 ;;
	nsd) echo 127.0.0.2 ;;
	knot) echo 127.0.0.3 ;;
	named) echo 127.0.0.4 ;;
	esac
}

start_authorities() {
	local who
	rm -rf "$work"/{zones,named,knot} # journals are of the zones as they were
	mkdir -p "$work"/{zones,keys,root,nsd,knot,named}
	policies_of_named >"$work/named/policies.conf"
	for who in "${authorities[@]}"; do "conf_of_$who" "$who" >"$work/$who/$who.conf"; done
	make_zones
	{ nsd_server root && zone_of_nsd . "$work/zones/root" && zone_of_nsd "$tld." "$work/zones/$tld"; } >"$work/root/root.conf"
	start_as root nsd -d -c "$work/root/root.conf"
	start_as nsd nsd -d -c "$work/nsd/nsd.conf"
	start_as knot knotd -c "$work/knot/knot.conf"
	start_as named named -g -n 1 -c "$work/named/named.conf"
}

await_authorities() {
	local who
	await root answers @127.0.0.9 .
	for who in "${authorities[@]}"; do
		await "$who" answers @"$(authority_address "$who")" "$(domain_of "sound-$who")"
	done
}

# answers @ADDRESS ZONE prints the zone's SOA record.
answers() { dig +short +tries=1 +time=1 "$@" SOA | grep -v '^;'; }

# zones_of WHO prints the names of the cases that it plays.
zones_of() {
	local dir
	for dir in "$work"/case/*; do
		if [ "$(cat "$dir/dns")" = "$1" ] && [ ! -e "$dir/unserved" ]; then echo "${dir##*/}"; fi
	done
}

# make_zones writes $work/zones/ZONE for the root, for mtasts. and for each case, signed from below: a
# parent has the DS records of its children.
make_zones() {
	local name zone dir=$work/zones
	parent_zone "$tld." >"$dir/$tld"
	for name in "$work"/case/*; do
		name=${name##*/}
		zone=$(domain_of "$name")
		cp "$work/case/$name/zone" "$dir/$zone"
		[ -e "$work/case/$name/undelegated" ] || delegate "$name" >>"$dir/$tld"
		if [ -e "$work/case/$name/tamper" ]; then
			sed -i "$(cat "$work/case/$name/tamper")" "$dir/$zone"
		fi
	done
	{
		parent_zone .
		echo "$tld. 60 IN NS ns.$tld."
		echo "ns.$tld. 60 IN A $(authority_address root)"
		sign_zone "$tld"
	} >"$dir/root"
	sign_zone root . >"$work/anchor"
}

parent_zone() {
	local who
	echo "$1 60 IN SOA ns.$tld. hostmaster.$tld. 1 3600 600 86400 60"
	echo "$1 60 IN NS ns.$tld."
	[ "$1" != . ] || return 0
	echo "ns.$1 60 IN A $(authority_address root)"
	for who in "${authorities[@]}"; do echo "ns-$who.$1 60 IN A $(authority_address "$who")"; done
}

# delegate NAME prints what the parent has of a case's zone, and signs that where it is signed.
delegate() {
	local zone who server signed=$work/case/$1/signed
	zone=$(domain_of "$1") who=$(cat "$work/case/$1/dns")
	for server in "$who" $(cat "$work/case/$1/lame" 2>/dev/null); do echo "$zone. 60 IN NS ns-$server.$tld."; done
	[ -e "$signed" ] || return 0
	if [ "$who" = nsd ] || grep -q before "$signed"; then
		sign_zone "$zone" "$zone." "$(cat "$signed")"
	else
		"ds_of_$who" "$zone" "$(cat "$signed")"
	fi | if [ -e "$work/case/$1/wrong-ds" ]; then sed 's/[0-9a-fA-F]\{8\}\([[:space:]]*;.*\)*$/00000000/'; else cat; fi
}

# sign_zone NAME [ORIGIN [HOW]] signs $work/zones/NAME in place and prints the DS record of its key,
# which stays the same.
sign_zone() {
	local origin=${2:-$1.} zone=$work/zones/$1 key from='-1 hour' until='+30 days' how=()
	if [ ! -e "$work/keys/$1" ]; then
		(cd "$work/keys" && ldns-keygen -a ECDSAP256SHA256 -k -r /dev/urandom "$origin" >"$1")
	fi
	key=$work/keys/$(cat "$work/keys/$1")
	[[ ${3-} != *nsec3* ]] || how=(-n -t 0)
	[[ ${3-} != *expired* ]] || from='-40 days' until='-10 days'
	ldns-signzone "${how[@]}" -i "$(date -u -d "$from" +%Y%m%d%H%M%S)" -e "$(date -u -d "$until" +%Y%m%d%H%M%S)" \
		-o "$origin" -f "$zone.signed" "$zone" "$key" >&2
	mv "$zone.signed" "$zone"
	cat "$key.ds"
}

conf_of_nsd() {
	local name
	nsd_server nsd
	for name in $(zones_of nsd); do zone_of_nsd "$(domain_of "$name")." "$work/zones/$(domain_of "$name")"; done
	unloadable nsd | while read -r name; do zone_of_nsd "$name" none; done
}

nsd_server() {
	cat <<-CONF
		server:
		  ip-address: $(authority_address "$1")
		  username: ""
		  chroot: ""
		  zonesdir: "$work"
		  pidfile: "$work/$1/nsd.pid"
		  xfrdfile: "$work/$1/xfrd.state"
		  xfrdir: "$work/$1"
		  zonelistfile: "$work/$1/zone.list"
		  database: ""
		  server-count: 1
		remote-control:
		  control-enable: no
	CONF
}

zone_of_nsd() { printf 'zone:\n  name: "%s"\n  zonefile: "%s"\n' "$1" "$2"; }

# unloadable WHO prints the zones that it has no file for.
unloadable() {
	local name
	for name in $(zones_of "$1"); do cat "$work/case/$name/unloadable" 2>/dev/null || true; done
}

# signs_itself NAME: its server has to sign the zone.
signs_itself() { [ -e "$work/case/$1/signed" ] && ! grep -q before "$work/case/$1/signed"; }

# policy_for HOW is the name of a policy of signing, in knot as in named.
policy_for() { if [[ $1 == *nsec3* ]]; then echo hashed; else echo plain; fi; }

conf_of_knot() {
	local name zone
	cat <<-CONF
		server:
		  rundir: $work/knot
		  listen: $(authority_address knot)@53
		log:
		  - target: stderr
		    any: info
		database:
		  storage: $work/knot
		  kasp-db: $work/keys/knot
		policy:
		  - id: plain
		    algorithm: ecdsap256sha256
		    single-type-signing: on
		    ksk-lifetime: 0
		    nsec3: off
		  - id: hashed
		    algorithm: ecdsap256sha256
		    single-type-signing: on
		    ksk-lifetime: 0
		    nsec3: on
		    nsec3-iterations: 0
		    nsec3-salt-length: 0
		template:
		  - id: default
		    zonefile-sync: -1
		    zonefile-load: whole
		    journal-content: none
		zone:
	CONF
	for name in $(zones_of knot); do
		zone=$(domain_of "$name")
		printf '  - domain: %s.\n    file: %s\n' "$zone" "$work/zones/$zone"
		! signs_itself "$name" || printf '    dnssec-signing: on\n    dnssec-policy: %s\n' "$(policy_for "$(cat "$work/case/$name/signed")")"
	done
	unloadable knot | while read -r name; do printf '  - domain: %s\n    file: %s/none\n' "$name" "$work"; done
}

# The key is made before the server is there, since its parent is signed before that.
ds_of_knot() {
	local own=(-c "$work/knot/knot.conf")
	if [[ $(keymgr "${own[@]}" "$1." list 2>/dev/null) != *ksk=yes* ]]; then
		keymgr "${own[@]}" "$1." generate algorithm=ECDSAP256SHA256 ksk=yes zsk=yes >>"$work/keymgr.log" 2>&1
	fi
	keymgr "${own[@]}" "$1." ds | grep ' 13 2 '
}

policies_of_named() {
	local policy denial
	for policy in plain hashed; do
		denial=
		[ $policy = plain ] || denial='nsec3param iterations 0 optout no salt-length 0;'
		echo "dnssec-policy $policy { keys { csk key-directory lifetime unlimited algorithm ecdsap256sha256; }; dnskey-ttl 60; $denial };"
	done
}

conf_of_named() {
	local name zone signing
	cat <<-CONF
		include "$work/named/policies.conf";
		options {
		  directory "$work/named";
		  listen-on port 53 { $(authority_address named); };
		  listen-on-v6 { none; };
		  pid-file "$work/named/named.pid";
		  session-keyfile "$work/named/session.key";
		  recursion no;
		  dnssec-validation no;
		  allow-transfer { none; };
		  notify no;
		};
		controls { };
	CONF
	for name in $(zones_of named); do
		zone=$(domain_of "$name") signing=
		! signs_itself "$name" || signing="dnssec-policy $(policy_for "$(cat "$work/case/$name/signed")"); inline-signing yes; key-directory \"$work/keys\";"
		echo "zone \"$zone\" { type primary; file \"$work/zones/$zone\"; $signing };"
	done
	unloadable named | while read -r name; do echo "zone \"$name\" { type primary; file \"$work/none\"; };"; done
}

ds_of_named() {
	local key
	key=$(find "$work/keys" -name "K$1.+*.key")
	if [ -z "$key" ]; then
		dnssec-keygen -q -K "$work/keys" -l "$work/named/policies.conf" -k "$(policy_for "$2")" "$1" >>"$work/keymgr.log" 2>&1
		key=$(find "$work/keys" -name "K$1.+*.key")
	fi
	dnssec-dsfromkey -2 "$key"
}
