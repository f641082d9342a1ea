# shellcheck shell=bash disable=SC2154
# The CA, the domains and the processes of run.sh. $work is the working directory.

tld=mtasts
servers=()

domain_of() { echo "$1.$tld"; }

# openssl's own words go to a log: they matter only when something fails.
quiet_openssl() { openssl "$@" >>"$work/openssl.log" 2>&1 || { tail -n 20 "$work/openssl.log" >&2; return 1; }; }

make_ca() {
	local tls=$work/tls
	mkdir -p "$tls/issued" "$work/empty"
	export INDEX=$tls/index.txt
	cat >"$tls/ca.cnf" <<-CONF
		[ca]
		default_ca = own
		[own]
		dir = $tls
		database = \$ENV::INDEX
		new_certs_dir = $tls/issued
		rand_serial = yes
		unique_subject = no
		default_md = sha256
		policy = any
		copy_extensions = none
		[any]
		commonName = supplied
		[req]
		distinguished_name = dn
		[dn]
		[root]
		basicConstraints = critical,CA:TRUE
		keyUsage = critical,keyCertSign,cRLSign
		subjectKeyIdentifier = hash
		[intermediate]
		basicConstraints = critical,CA:TRUE,pathlen:0
		keyUsage = critical,keyCertSign,cRLSign
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
	CONF
	new_key "$tls/root.key"
	quiet_openssl req -new -x509 -config "$tls/ca.cnf" -extensions root -key "$tls/root.key" \
		-subj "/CN=Integration Root" -days 3650 -out "$tls/root.pem"
	new_key "$tls/intermediate.key"
	sign root intermediate "/CN=Integration Intermediate" "-10 days" "+1000 days" intermediate
	new_key "$tls/leaf.key"
	leaf resolver "-1 day" "+90 days" IP:127.0.0.53,IP:127.0.0.54
	cat "$tls/resolver.pem" "$tls/intermediate.pem" >"$tls/resolver-chain.pem"
}

new_key() { quiet_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# sign ISSUER KEY SUBJECT FROM UNTIL SECTION [OUT [FILE]]; an issuer "self" is the key itself.
sign() {
	local tls=$work/tls out=$work/tls/${7:-$2} issuer=(-cert "$work/tls/$1.pem" -keyfile "$work/tls/$1.key") from until
	[ "$1" != self ] || issuer=(-selfsign -keyfile "$tls/$2.key")
	[ -e "$tls/$2.csr" ] || quiet_openssl req -new -config "$tls/ca.cnf" -key "$tls/$2.key" -subj "/CN=any" -out "$tls/$2.csr"
	asn1 from "$4"
	asn1 until "$5"
	: >"$out.index" # of its own, so that many can be made at once
	INDEX=$out.index quiet_openssl ca -batch -notext -config "$tls/ca.cnf" "${issuer[@]}" -extfile "${8:-$tls/ca.cnf}" -extensions "$6" \
		-subj "$3" -startdate "$from" -enddate "$until" -in "$tls/$2.csr" -out "$out.pem"
}

# asn1 VARIABLE "N days" sets it to that time from now.
asn1() { TZ=UTC printf -v "$1" '%(%Y%m%d%H%M%SZ)T' $((EPOCHSECONDS + ${2%% *} * 86400)); }

# leaf OUT FROM UNTIL SAN [CN [ISSUER [KEY]]] makes $work/tls/OUT.pem.
leaf() {
	local first=${4%%,*}
	cat >"$work/tls/$1.cnf" <<-CONF
		[leaf]
		basicConstraints = CA:FALSE
		keyUsage = critical,digitalSignature
		extendedKeyUsage = serverAuth
		subjectKeyIdentifier = hash
		${4:+subjectAltName = $4}
	CONF
	sign "${6:-intermediate}" "${7:-leaf}" "/CN=${5:-${first#*:}}" "$2" "$3" leaf "$1" "$work/tls/$1.cnf"
}

# certify NAME FROM UNTIL SAN gives a policy host its certificate, with the intermediate.
certify() {
	leaf "$1-web" "$2" "$3" "$4"
	cat "$work/tls/$1-web.pem" "$work/tls/intermediate.pem" >"$work/case/$1/chain.pem"
}

# A sound domain has one certificate for all its hosts.
sound_leaf() {
	local d=$1.$tld
	[ -e "$work/tls/$1.pem" ] || leaf "$1" "-1 day" "+90 days" "DNS:mta-sts.$d,DNS:mx1.$d,DNS:mx2.$d"
}

certify_soundly() {
	sound_leaf "$1"
	cat "$work/tls/$1.pem" "$work/tls/intermediate.pem" >"$work/case/$1/chain.pem"
}

# put NAME OWNER TYPE VALUE [TTL] and drop NAME OWNER TYPE change a case's zone. Owners are
# absolute, so that one line is one record and names can be compared.
put() { printf '%s %s IN %s %s\n' "$2" "${5:-60}" "$3" "$4" >>"$work/case/$1/zone"; }

drop() {
	local zone=$work/case/$1/zone
	awk -v owner="$2" -v type="$3" '!(tolower($1) == tolower(owner) && $4 == type)' "$zone" >"$zone.new"
	mv "$zone.new" "$zone"
}

make_domains() {
	local line n=0
	while IFS='|' read -r -a line; do
		wanted "${line[0]}" "${line[1]}" || [[ ${line[0]} == sound-* || ${line[0]} == dane-311-nsd ]] || continue
		make_domain "${line[0]}" "$n" "${line[2]}" "break_${line[1]//-/_}" &
		n=$((n + 1))
		[ $((n % 8)) != 0 ] || wait
	done < <(cases)
	wait
}

make_domain() {
	make_sound "$1" "$2" "$3"
	"$4" "$1"
}

# make_sound NAME NUMBER SERVER makes a whole sound domain; what that server does not do is shared out
# among the others.
make_sound() {
	local name=$1 dir=$work/case/$1 d=$1.$tld net=127.$((10 + $2 / 200)) host=$((1 + $2 % 200)) dns mx
	mkdir -p "$dir/site" "$dir/www/.well-known" "$dir/mail"
	echo "$net.0.$host" >"$dir/address"
	echo "$3" >"$dir/server"
	dns=$(choose "$3" "${authorities[$(($2 % 3))]}" "${authorities[@]}")
	echo "$dns" >"$dir/dns"
	choose "$3" "${webs[$(($2 / 3 % 3))]}" "${webs[@]}" >"$dir/web"
	: >"$dir/zone"
	put "$name" "$d." SOA "ns-$dns.$tld. hostmaster.$tld. 1 3600 600 86400 60"
	put "$name" "$d." NS "ns-$dns.$tld."
	put "$name" "$d." A "$net.0.$host"
	for mx in 1 2; do
		put "$name" "$d." MX "${mx}0 mx$mx.$d."
		put "$name" "mx$mx.$d." A "$net.$mx.$host"
	done
	put "$name" "mta-sts.$d." A "$net.0.$host"
	put "$name" "_mta-sts.$d." TXT '"v=STSv1; id=20260101000000Z;"'
	put "$name" "_smtp._tls.$d." TXT "\"v=TLSRPTv1; rua=mailto:tlsrpt@$d\""
	web_sound "$name"
	mail_sound "$name"
}

# choose WORD OTHERWISE WORDS... prints the first if it is among the last.
choose() { if [[ " ${*:3} " == *" $1 "* ]]; then echo "$1"; else echo "$2"; fi; }

# played_on NAME is the server that a case is about, - for none.
played_on() { cat "$work/case/$1/server"; }

# policy NAME MODE MX... writes a case's policy file.
policy() {
	local name=$1 mode=$2 mx
	shift 2
	{
		printf 'version: STSv1\nmode: %s\n' "$mode"
		for mx in "$@"; do printf 'mx: %s.%s\n' "$mx" "$(domain_of "$name")"; done
		printf 'max_age: 1209600\n'
	} >"$work/case/$name/www/.well-known/mta-sts.txt"
}

start_servers() {
	start_authorities
	start_resolvers
	start_web
	await_authorities
	await_resolvers
	start_mail
	await_mail
	await_web
}

start() { start_as "${1##*/}" "$@"; }

# start_as WHO COMMAND... keeps what it says in $work/WHO.log.
start_as() {
	local log=$work/$1.log
	shift
	"$@" >>"$log" 2>&1 </dev/null &
	servers+=($!)
}

# await WHO COMMAND... waits, thirty seconds at most, until the command succeeds and prints something.
await() {
	local who=$1 until=$((SECONDS + 30))
	shift
	while [ $SECONDS -lt $until ]; do
		[ -z "$("$@" 2>/dev/null)" ] || return 0
		sleep 0.1
	done
	echo "integration: $who does not answer ($*):" >&2
	tail -n 20 "$work/$who.log" "$work/$who/error.log" >&2 || true
	failed=$((failed + 1))
	return 1
}

stop_servers() {
	[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null || true
	wait "${servers[@]}" 2>/dev/null || true
	servers=()
}
