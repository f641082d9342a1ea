# shellcheck shell=bash disable=SC2154
# The CA, the domains and the web server of run.sh. $work is the working directory.
#
#   127.0.1.N:443   nginx: the policy host of case N; the sound one on [::1]:443 too

tld=mtasts
servers=()

domain_of() { echo "$1.$tld"; }

# openssl's own words go to a log: they matter only when something fails.
quiet_openssl() { openssl "$@" >>"$work/openssl.log" 2>&1 || { tail -n 20 "$work/openssl.log" >&2; return 1; }; }

make_ca() {
	local tls=$work/tls
	mkdir -p "$tls/issued" "$work/empty"
	: >"$tls/index.txt"
	cat >"$tls/ca.cnf" <<-CONF
		[ca]
		default_ca = own
		[own]
		dir = $tls
		database = $tls/index.txt
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
	leaf unbound "-1 day" "+90 days" IP:127.0.0.53
	cat "$tls/unbound.pem" "$tls/intermediate.pem" >"$tls/unbound-chain.pem"
}

new_key() { quiet_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }

# sign ISSUER KEY SUBJECT FROM UNTIL SECTION [OUT]; an issuer "self" is the key itself.
sign() {
	local tls=$work/tls out=$work/tls/${7:-$2} issuer=(-cert "$work/tls/$1.pem" -keyfile "$work/tls/$1.key")
	[ "$1" != self ] || issuer=(-selfsign -keyfile "$tls/$2.key")
	[ -e "$tls/$2.csr" ] || quiet_openssl req -new -config "$tls/ca.cnf" -key "$tls/$2.key" -subj "/CN=any" -out "$tls/$2.csr"
	quiet_openssl ca -batch -notext -config "$tls/ca.cnf" "${issuer[@]}" -extfile "$tls/ca.cnf" -extensions "$6" \
		-subj "$3" -startdate "$(asn1 "$4")" -enddate "$(asn1 "$5")" -in "$tls/$2.csr" -out "$out.pem"
}

asn1() { date -u -d "$1" +%Y%m%d%H%M%SZ; }

# leaf OUT FROM UNTIL SAN [CN [ISSUER [KEY]]] makes $work/tls/OUT.pem.
leaf() {
	local first=${4%%,*}
	cat >>"$work/tls/ca.cnf" <<-CONF
		[leaf $1]
		basicConstraints = CA:FALSE
		keyUsage = critical,digitalSignature
		extendedKeyUsage = serverAuth
		subjectKeyIdentifier = hash
		${4:+subjectAltName = $4}
	CONF
	sign "${6:-intermediate}" "${7:-leaf}" "/CN=${5:-${first#*:}}" "$2" "$3" "leaf $1" "$1"
}

# certify NAME FROM UNTIL SAN gives a case its certificate, with the intermediate.
certify() {
	leaf "$1" "$2" "$3" "$4"
	cat "$work/tls/$1.pem" "$work/tls/intermediate.pem" >"$work/case/$1/chain.pem"
}

certify_soundly() { certify "$1" "-1 day" "+90 days" "DNS:mta-sts.$(domain_of "$1")"; }

# put NAME OWNER TYPE VALUE [TTL] and drop NAME OWNER TYPE change a case's zone. Owners are
# absolute, so that one line is one record and names can be compared.
put() { printf '%s %s IN %s %s\n' "$2" "${5:-60}" "$3" "$4" >>"$work/case/$1/zone"; }

drop() {
	local zone=$work/case/$1/zone
	awk -v owner="$2" -v type="$3" '!(tolower($1) == tolower(owner) && $4 == type)' "$zone" >"$zone.new"
	mv "$zone.new" "$zone"
}

make_domains() {
	local name n=0
	for name in sound $(cases | cut -d'|' -f1); do
		n=$((n + 1))
		make_sound "$name" "127.0.1.$n"
		[ "$name" = sound ] || "break_${name//-/_}" "$name"
	done
	put sound mta-sts.sound.$tld. AAAA ::1
	put sound mx1.sound.$tld. AAAA ::1
	echo '[::1]' >"$work/case/sound/mail/mx1.also"
	echo 'listen [::1]:443 ssl;' >"$work/case/sound/nginx/6.conf"
}

# make_sound NAME ADDRESS makes a whole sound domain; its certificate is there already.
make_sound() {
	local name=$1 address=$2 d mx
	d=$(domain_of "$name")
	mkdir -p "$work/case/$name/nginx" "$work/case/$name/www/.well-known"
	echo "$address" >"$work/case/$name/address"
	: >"$work/case/$name/zone"
	put "$name" "$d." SOA "ns.$tld. hostmaster.$tld. 1 3600 600 86400 60"
	put "$name" "$d." NS "ns.$tld."
	put "$name" "$d." A "$address"
	for mx in mx1 mx2; do
		put "$name" "$d." MX "${mx#mx}0 $mx.$d."
		put "$name" "$mx.$d." A "$(mail_address "$name" "$mx")"
	done
	put "$name" "mta-sts.$d." A "$address"
	put "$name" "_mta-sts.$d." TXT '"v=STSv1; id=20260101000000Z;"'
	put "$name" "_smtp._tls.$d." TXT "\"v=TLSRPTv1; rua=mailto:tlsrpt@$d\""
	policy "$name" enforce mx1 mx2
	certify_soundly "$name"
	mail_sound "$name"
}

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
	local name
	start_dns
	mkdir -p "$work/nginx"
	nginx_conf >"$work/nginx/nginx.conf"
	start_mail
	OPENSSL_CONF=$work/nginx/openssl.cnf start nginx -p "$work/nginx" -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf"
	await_dns
	await_mail
	await nginx curl -sS --cacert "$work/tls/root.pem" --resolve "mta-sts.sound.$tld:443:127.0.1.1" \
		"https://mta-sts.sound.$tld/.well-known/mta-sts.txt"
}

start() {
	local log=$work/${1##*/}.log
	"$@" >>"$log" 2>&1 &
	servers+=($!)
}

# await WHO COMMAND... waits, ten seconds at most, until the command succeeds and prints something.
await() {
	local who=$1 try
	shift
	for ((try = 0; try < 100; try++)); do
		[ -z "$("$@" 2>/dev/null)" ] || return 0
		sleep 0.1
	done
	echo "integration: $who does not answer:" >&2
	tail -n 20 "$work/$who.log" "$work/nginx/error.log" "$work/exim/mainlog" >&2 || true
	failed=$((failed + 1))
	return 1
}

stop_servers() {
	[ ${#servers[@]} = 0 ] || kill "${servers[@]}" 2>/dev/null || true
	wait "${servers[@]}" 2>/dev/null || true
	servers=()
}

nginx_conf() {
	local dir
	# Debian's openssl.cnf may forbid what the case of TLS 1.1 needs.
	cat >"$work/nginx/openssl.cnf" <<-CONF
		openssl_conf = all
		[all]
		ssl_conf = ssl
		[ssl]
		system_default = old
		[old]
		MinProtocol = TLSv1
		CipherString = DEFAULT:@SECLEVEL=0
	CONF
	cat <<-CONF
		daemon off;
		worker_processes 1;
		user $(id -un) $(id -gn);
		pid $work/nginx/nginx.pid;
		error_log $work/nginx/error.log;
		events { worker_connections 256; }
		http {
		  access_log $work/nginx/access.log;
		  client_body_temp_path $work/nginx/body;
		  proxy_temp_path $work/nginx/proxy;
		  fastcgi_temp_path $work/nginx/fastcgi;
		  uwsgi_temp_path $work/nginx/uwsgi;
		  scgi_temp_path $work/nginx/scgi;
		  types { text/plain txt; text/html html; }
		  server_tokens off;
		  ssl_protocols TLSv1.2 TLSv1.3;
	CONF
	for dir in "$work"/case/*; do
		[ ! -e "$dir/closed" ] || continue
		cat <<-CONF
			  server {
			    listen $(cat "$dir/address"):443 ssl;
			    ssl_certificate $dir/chain.pem;
			    ssl_certificate_key $work/tls/leaf.key;
			    root $dir/www;
			    include $dir/nginx/*.conf;
			  }
		CONF
	done
	echo "}"
}
