# shellcheck shell=bash disable=SC2154
# The resolvers of run.sh, which both validate. $work is the working directory.
#
#   127.0.0.53      unbound: 53 (UDP, TCP), 853 (TLS), 443 (HTTPS)
#   127.0.0.54      BIND, the same
#   192.0.2.53:53   unbound again, at an address that is not this machine's own
#   127.0.0.56:53   BIND, refusing everybody

resolvers=(unbound bind)

resolver_address() { if [ "$1" = unbound ]; then echo 127.0.0.53; else echo 127.0.0.54; fi; }

start_resolvers() {
	mkdir -p "$work"/{unbound,bind}
	printf '. 3600 NS ns.%s.\nns.%s. 3600 A %s\n' "$tld" "$tld" "$(authority_address root)" >"$work/hints"
	unbound_conf >"$work/unbound/unbound.conf"
	bind_conf >"$work/bind/named.conf"
	start_as unbound unbound -d -p -c "$work/unbound/unbound.conf"
	start_as bind named -g -n 1 -c "$work/bind/named.conf"
}

await_resolvers() {
	local who
	for who in "${resolvers[@]}"; do
		await "$who" answers @"$(resolver_address "$who")" "$(domain_of sound-nsd)"
	done
}

# Their own root: its key is the trust anchor, and servers on loopback may be asked.
unbound_conf() {
	cat <<-CONF
		server:
		  interface: 127.0.0.53@53
		  interface: 127.0.0.53@853
		  interface: 127.0.0.53@443
		  interface: 192.0.2.53@53
		  tls-service-key: "$work/tls/leaf.key"
		  tls-service-pem: "$work/tls/resolver-chain.pem"
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
		  ede: yes
		  do-not-query-localhost: no
		  module-config: "validator iterator"
		  trust-anchor-file: "$work/anchor"
		  trust-anchor-signaling: no
		  root-hints: "$work/hints"
		  harden-below-nxdomain: yes
		remote-control:
		  control-enable: no
	CONF
}

bind_conf() {
	local anchor
	anchor=$(sed -nE 's/.*[[:space:]]DS[[:space:]]+([0-9]+ 13 2) ([0-9a-f]+).*/\1 "\2"/p' "$work/anchor")
	cat <<-CONF
		tls own { key-file "$work/tls/leaf.key"; cert-file "$work/tls/resolver-chain.pem"; };
		http own { endpoints { "/dns-query"; }; };
		trust-anchors { "." static-ds $anchor; };
		options {
		  directory "$work/bind";
		  listen-on port 53 { 127.0.0.54; 127.0.0.56; };
		  listen-on port 853 tls own { 127.0.0.54; };
		  listen-on port 443 tls own http own { 127.0.0.54; };
		  listen-on-v6 { none; };
		  pid-file "$work/bind/named.pid";
		  session-keyfile "$work/bind/session.key";
		  recursion yes;
		  allow-query { any; };
		  allow-recursion { any; };
		  allow-query-cache { any; };
		  allow-query-on { !127.0.0.56; any; };
		  allow-recursion-on { !127.0.0.56; any; };
		  dnssec-validation yes;
		  empty-zones-enable no;
		};
		controls { };
		zone "." { type hint; file "$work/hints"; };
	CONF
}
