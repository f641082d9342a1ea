# shellcheck shell=bash disable=SC2154
# The cases of run.sh: for each a function that breaks a sound domain, one that proves with dig or
# curl that it is broken, and, where the fix is a change of a server, one that makes that change.

# cases prints name|findings, the one in question first|exit code|kind of fix, one a line.
cases() {
	web_cases
	mx_cases
}

web_cases() {
	grep -v '^#' <<-LIST
		no-record|sts-record/missing fail|1|records
		two-records|sts-record/multiple fail|1|records
		bad-id|sts-record-syntax/id-characters fail|1|records
		servfail|sts-record/dns-error unknown|3|server
		refused|policy-host-reachable/refused fail|1|server
		tls-1-1|policy-tls/old-version fail|1|lines
		expired|policy-certificate/expired fail|1|server
		wrong-name|policy-certificate/name-mismatch fail|1|server
		no-intermediate|policy-certificate/incomplete-chain fail|1|server
		redirect|policy-fetch/redirect fail|1|lines
		not-found|policy-fetch/http-status fail|1|file
		bad-mode|policy-mode/unknown fail|1|file
		blank-line|policy-syntax/blank-line fail|1|file
		uncovered-mx|mx-covered/not-covered fail, delivery/partly warn|1|file
		dead-rua|tlsrpt-destination/no-such-domain fail|1|records
	LIST
}

record_of() { echo "_mta-sts.$(domain_of "$1")."; }

look() { dig +tries=1 +time=5 @127.0.0.53 "$@"; }

# count_of NAME TYPE is how many records the resolver gives.
count_of() { look +short "$@" | wc -l; }

# get CASE [CURL FLAG...] fetches the policy as a sender would.
get() {
	local name=$1 host
	host=mta-sts.$(domain_of "$name")
	shift
	curl -sS --max-time 5 --cacert "$work/tls/root.pem" --resolve "$host:443:$(cat "$work/case/$name/address")" \
		"$@" "https://$host/.well-known/mta-sts.txt"
}

# get_fails CASE CODE WORDS [CURL FLAG...]: curl ends with that exit code and says those words.
get_fails() {
	local code=0 text name=$1 want=$2 words=$3
	shift 3
	text=$(get "$name" "$@" 2>&1) || code=$?
	echo "curl: exit $code: $text"
	[ "$code" = "$want" ] && [[ $text == *"$words"* ]]
}

status_of() { get "$1" -o /dev/null -w '%{http_code}'; }

file_of() { echo "$work/case/$1/www/.well-known/mta-sts.txt"; }

break_no_record() { drop "$1" "$(record_of "$1")" TXT; }
proof_no_record() { [ "$(count_of "$(record_of no-record)" TXT)" = 0 ]; }

break_two_records() { put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=20250101000000Z;"'; }
proof_two_records() { [ "$(count_of "$(record_of two-records)" TXT)" = 2 ]; }

break_bad_id() {
	drop "$1" "$(record_of "$1")" TXT
	put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=2026-01-01;"'
}
proof_bad_id() { look +short "$(record_of bad-id)" TXT | grep -q 'id=2026-01-01'; }

# The name is a zone of its own, whose file its server cannot load.
break_servfail() {
	drop "$1" "$(record_of "$1")" TXT
	put "$1" "$(record_of "$1")" NS "ns.$tld."
	record_of "$1" >"$work/case/$1/unloadable"
}
proof_servfail() { look "$(record_of servfail)" TXT | grep -q 'status: SERVFAIL'; }
repair_servfail() {
	rm "$work/case/servfail/unloadable"
	drop servfail "$(record_of servfail)" NS
	put servfail "$(record_of servfail)" TXT '"v=STSv1; id=20260101000000Z;"'
}

break_refused() { touch "$work/case/$1/closed"; }
proof_refused() { get_fails refused 7 "Couldn't connect"; }
repair_refused() { rm "$work/case/refused/closed"; }

break_tls_1_1() { echo 'ssl_protocols TLSv1.1;' >"$work/case/$1/nginx/protocols.conf"; }
proof_tls_1_1() {
	local host
	host=mta-sts.$(domain_of tls-1-1)
	get_fails tls-1-1 35 "protocol version" --tlsv1.2 &&
		openssl s_client -tls1_1 -cipher ALL:@SECLEVEL=0 -servername "$host" -CAfile "$work/tls/root.pem" \
			-connect "$(cat "$work/case/tls-1-1/address"):443" </dev/null | grep -q 'Protocol *: TLSv1.1'
}

break_expired() { certify "$1" "-93 days" "-3 days" "DNS:mta-sts.$(domain_of "$1")"; }
proof_expired() { get_fails expired 60 "certificate has expired"; }
repair_expired() { certify_soundly expired; }

break_wrong_name() { certify "$1" "-1 day" "+90 days" "DNS:www.$(domain_of "$1")"; }
proof_wrong_name() { get_fails wrong-name 60 "no alternative certificate subject name"; }
repair_wrong_name() { certify_soundly wrong-name; }

break_no_intermediate() { cp "$work/tls/$1.pem" "$work/case/$1/chain.pem"; }
proof_no_intermediate() { get_fails no-intermediate 60 "unable to get local issuer certificate"; }
repair_no_intermediate() { certify_soundly no-intermediate; }

# The fault of many sites: everything goes to www.
break_redirect() {
	echo "location / { return 301 https://www.$(domain_of "$1")\$request_uri; }" >"$work/case/$1/nginx/redirect.conf"
}
proof_redirect() { [ "$(status_of redirect)" = 301 ]; }

break_not_found() { rm "$(file_of "$1")"; }
proof_not_found() { [ "$(status_of not-found)" = 404 ]; }

break_bad_mode() { policy "$1" enforced mx1 mx2; }
proof_bad_mode() { get bad-mode | grep -q '^mode: enforced$'; }

break_blank_line() { echo >>"$(file_of "$1")"; }
proof_blank_line() { [ -z "$(get blank-line | tail -n 1)" ]; }

break_uncovered_mx() { policy "$1" enforce mx1; }
proof_uncovered_mx() { [ "$(get uncovered-mx | grep -c '^mx:')" = 1 ]; }

break_dead_rua() {
	drop "$1" "_smtp._tls.$(domain_of "$1")." TXT
	put "$1" "_smtp._tls.$(domain_of "$1")." TXT "\"v=TLSRPTv1; rua=mailto:tlsrpt@$(domain_of gone)\""
}
proof_dead_rua() { look "$(domain_of gone)" MX | grep -q 'status: NXDOMAIN'; }
