# shellcheck shell=bash disable=SC2154
# The cases of run.sh that are about the policy host and its file, as in dnscases.sh. What a server
# cannot do wrong is not asked of it: Caddy speaks no TLS 1.1, no HTTP on port 443, shows no certificate of another
# name, and finds a type for every file.

web_cases() {
	grep -v '^#' <<-LIST
		sound|nginx apache caddy|nothing|0|none
		ipv6|nginx|nothing|0|none
		http2|nginx apache|nothing|0|none
		default-page|nginx apache caddy|nothing|0|none
		refused|-|policy-host-reachable/refused fail|1|server
		tls-1-1|nginx|policy-tls/old-version fail|1|lines
		tls-1-1|apache|policy-tls/old-version fail|1|server
		no-site|caddy|policy-tls/handshake fail|1|server
		not-tls|nginx apache|policy-tls/not-tls fail|1|server
		expired|nginx apache caddy|policy-certificate/expired fail|1|server
		wrong-name|nginx apache|policy-certificate/name-mismatch fail|1|server
		default-site|nginx apache|policy-certificate/name-mismatch fail|1|server
		self-signed|nginx apache caddy|policy-certificate/self-signed fail|1|server
		no-intermediate|nginx apache caddy|policy-certificate/incomplete-chain fail|1|server
		redirect|nginx|policy-fetch/redirect fail|1|lines
		redirect|apache caddy|policy-fetch/redirect fail|1|server
		not-found|nginx apache caddy|policy-fetch/http-status fail|1|file
		forbidden|nginx apache caddy|policy-fetch/http-status fail|1|server
		bot-wall|nginx apache caddy|policy-fetch/http-status fail|1|server
		bad-gateway|nginx apache caddy|policy-fetch/http-status fail|1|server
		compressed|nginx apache caddy|policy-fetch/http-error fail|1|server
		too-large|nginx apache caddy|policy-fetch/too-large fail|1|server
		slow|nginx apache caddy|policy-fetch-time/slow warn|0|server
		hangs|nginx apache caddy|policy-fetch/timeout fail|1|server
		wrong-type|nginx|policy-content-type/wrong-type fail|1|lines
		wrong-type|apache caddy|policy-content-type/wrong-type fail|1|server
		no-type|nginx|policy-content-type/missing warn|0|lines
		no-type|apache|policy-content-type/missing warn|0|server
		html|nginx apache caddy|policy-syntax/html fail|1|server
		bad-mode|nginx apache caddy|policy-mode/unknown fail|1|file
		blank-line|nginx apache caddy|policy-syntax/blank-line fail|1|file
		uncovered-mx|nginx apache caddy|mx-covered/not-covered fail, delivery/partly warn|1|file
	LIST
}

# get NAME [CURL FLAG...] fetches the policy as a sender would.
get() {
	local name=$1 host
	host=mta-sts.$(domain_of "$name")
	shift
	curl -sS --max-time 25 --cacert "$work/tls/root.pem" --resolve "$host:443:$(cat "$work/case/$name/address")" \
		"$@" "https://$host/.well-known/mta-sts.txt"
}

# get_fails NAME CODE WORDS [CURL FLAG...]: curl ends with that exit code and says those words.
get_fails() {
	local code=0 text name=$1 want=$2 words=$3
	shift 3
	text=$(get "$name" "$@" 2>&1) || code=$?
	echo "curl: exit $code: $text"
	[ "$code" = "$want" ] && [[ $text == *"$words"* ]]
}

status_of() { get "$1" -o /dev/null -w '%{http_code}'; }
type_of() { get "$1" -o /dev/null -w '%{content_type}'; }

file_of() { echo "$work/case/$1/www/.well-known/mta-sts.txt"; }

is_policy() { [ "$(get "$1" | head -n 1)" = "version: STSv1" ]; }

break_sound() { :; }
proof_sound() { is_policy "$1" && mx_whole "$1"; }

# mx1 and the policy host have an address of IPv6 too.
break_ipv6() {
	put "$1" "mta-sts.$(domain_of "$1")." AAAA ::1
	put "$1" "mx1.$(domain_of "$1")." AAAA ::1
	echo '[::1]' >"$work/case/$1/mail/mx1.also"
	site "$1" 'listen [::1]:443 ssl;' '' ''
}
proof_ipv6() { curl -sS --cacert "$work/tls/root.pem" --resolve "mta-sts.$(domain_of "$1"):443:::1" "https://mta-sts.$(domain_of "$1")/.well-known/mta-sts.txt"; }

# Both versions of HTTP are on offer; who offers none gets 1.1.
break_http2() {
	echo http2 >"$work/case/$1/listen"
	site "$1" '' 'Protocols h2 http/1.1' ''
}
proof_http2() { [ "$(get "$1" -o /dev/null -w '%{http_version}' --http2)" = 2 ] && is_policy "$1"; }

# Whatever is not there is the start page: the policy is there.
break_default_page() {
	echo '<!doctype html><title>Welcome</title>' >"$work/case/$1/www/index.html"
	# shellcheck disable=SC2016 # nginx's own
	site "$1" 'location / { try_files $uri /index.html; }' 'FallbackResource /index.html' 'try_files {path} /index.html'
}
proof_default_page() {
	local host
	host=mta-sts.$(domain_of "$1")
	is_policy "$1" && curl -sS --cacert "$work/tls/root.pem" --resolve "$host:443:$(cat "$work/case/$1/address")" \
		"https://$host/no-such-page" | has Welcome
}

break_refused() { touch "$work/case/$1/closed"; }
proof_refused() { get_fails "$1" 7 "Couldn't connect"; }

break_tls_1_1() {
	site "$1" 'ssl_protocols TLSv1.1;' 'SSLProtocol TLSv1.1
SSLCipherSuite ALL:@SECLEVEL=0' ''
}
proof_tls_1_1() {
	local host
	host=mta-sts.$(domain_of "$1")
	get_fails "$1" 35 "protocol version" --tlsv1.2 &&
		openssl s_client -tls1_1 -cipher ALL:@SECLEVEL=0 -servername "$host" -CAfile "$work/tls/root.pem" \
			-connect "$(cat "$work/case/$1/address"):443" </dev/null | has 'Protocol *: TLSv1.1'
}

# Caddy has a site, but not for this name, and ends the handshake.
break_no_site() { certify "$1" "-1 day" "+90 days" "DNS:www.$(domain_of "$1")" && echo www >"$work/case/$1/alias"; }
proof_no_site() { get_fails "$1" 35 "alert internal error"; }

# Plain HTTP on the port of HTTPS.
break_not_tls() { touch "$work/case/$1/plain"; }
proof_not_tls() { get_fails "$1" 35 "wrong version number"; }

break_expired() { certify "$1" "-93 days" "-3 days" "DNS:mta-sts.$(domain_of "$1")"; }
proof_expired() { get_fails "$1" 60 "certificate has expired"; }

break_wrong_name() { certify "$1" "-1 day" "+90 days" "DNS:www.$(domain_of "$1")"; }
proof_wrong_name() { get_fails "$1" 60 "no alternative certificate subject name"; }

# The server has another site alone at this address, which answers for every name.
break_default_site() {
	certify "$1" "-1 day" "+90 days" "DNS:$(domain_of "$1"),DNS:www.$(domain_of "$1")"
	site "$1" "server_name www.$(domain_of "$1");" "ServerName www.$(domain_of "$1")" ''
}
proof_default_site() { get_fails "$1" 60 "no alternative certificate subject name"; }

break_self_signed() {
	leaf "$1-web" "-1 day" "+90 days" "DNS:mta-sts.$(domain_of "$1")" localhost self
	cp "$work/tls/$1-web.pem" "$work/case/$1/chain.pem"
}
proof_self_signed() { get_fails "$1" 60 "self-signed certificate"; }

break_no_intermediate() { cp "$work/tls/$1.pem" "$work/case/$1/chain.pem"; }
proof_no_intermediate() { get_fails "$1" 60 "unable to get local issuer certificate"; }

# The fault of many sites: everything goes to www.
break_redirect() {
	local www
	www=https://www.$(domain_of "$1")
	site "$1" "location / { return 301 $www\$request_uri; }" "Redirect permanent / $www/" "redir $www{uri} permanent"
}
proof_redirect() { [ "$(status_of "$1")" = 301 ]; }

break_not_found() { rm "$(file_of "$1")"; }
proof_not_found() { [ "$(status_of "$1")" = 404 ]; }

# A rule against hidden files takes .well-known for one.
break_forbidden() {
	site "$1" 'location ~ /\. { deny all; }' '<LocationMatch "/\.">
Require all denied
</LocationMatch>' '@hidden path */.*
respond @hidden 403'
}
proof_forbidden() { [ "$(status_of "$1")" = 403 ]; }

break_bot_wall() {
	site "$1" 'location / { add_header cf-mitigated challenge always; return 403; }' 'Header always set cf-mitigated challenge
Redirect 403 /' 'header cf-mitigated challenge
respond 403'
}
proof_bot_wall() { [ "$(status_of "$1")" = 403 ] && get "$1" -i | has -i '^cf-mitigated: challenge'; }

# proxied NAME PORT: an application behind the server answers.
proxied() {
	site "$1" "location / { proxy_pass http://127.0.0.80:$2; proxy_set_header Host \$host; }" "ProxyPass / http://127.0.0.80:$2/
ProxyPreserveHost on" "reverse_proxy http://127.0.0.80:$2"
}

break_bad_gateway() { proxied "$1" 8079; }
proof_bad_gateway() { [[ $(status_of "$1") == 50[23] ]]; }

# Compressed beforehand, and sent so to everybody.
break_compressed() {
	gzip -n <"$(file_of "$1")" >"$(file_of "$1").gz" && mv "$(file_of "$1").gz" "$(file_of "$1")"
	site "$1" 'add_header Content-Encoding gzip;' 'Header set Content-Encoding gzip' 'header Content-Encoding gzip'
}
proof_compressed() { get "$1" -i -o "$work/runs/$1/answer" && grep -qai '^content-encoding: gzip' "$work/runs/$1/answer"; }

break_too_large() { head -c 100000 /dev/zero | tr '\0' x | fold -w 80 >>"$(file_of "$1")"; }
proof_too_large() { [ "$(get "$1" | wc -c)" -gt 65536 ]; }

# After three seconds, and never.
break_slow() { proxied "$1" 8080; }
proof_slow() { is_policy "$1" && get "$1" -o /dev/null -w '%{time_total}' | has '^[3-9]\.'; }
break_hangs() { proxied "$1" 8081; }
proof_hangs() { get_fails "$1" 28 "timed out" --max-time 3; }

break_wrong_type() { site "$1" 'types { text/html txt; }' 'AddType text/html .txt' 'header /.well-known/* Content-Type text/html'; }
proof_wrong_type() { type_of "$1" | has '^text/html'; }

break_no_type() { site "$1" 'types { } default_type "";' 'RemoveType .txt' ''; }
proof_no_type() { is_policy "$1" && [ -z "$(type_of "$1")" ]; }

# The start page answers for the policy too, which is not there.
break_html() {
	break_default_page "$1"
	rm "$(file_of "$1")"
}
proof_html() { [ "$(status_of "$1")" = 200 ] && get "$1" | has '^<!doctype'; }

break_bad_mode() { policy "$1" enforced mx1 mx2; }
proof_bad_mode() { get "$1" | has '^mode: enforced$'; }

break_blank_line() { echo >>"$(file_of "$1")"; }
proof_blank_line() { [ -z "$(get "$1" | tail -n 1)" ]; }

break_uncovered_mx() { policy "$1" enforce mx1; }
proof_uncovered_mx() { [ "$(get "$1" | grep -c '^mx:')" = 1 ]; }
