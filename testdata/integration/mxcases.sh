# shellcheck shell=bash disable=SC2154
# The cases of run.sh that are about the MX hosts, as in dnscases.sh. Both hosts of a domain are played
# by the same server.

# shellcheck disable=SC2034 # the other parts have it
mtas=(postfix exim opensmtpd sendmail)

# OpenSMTPD 6.8 with OpenSSL 3, as in Debian 12, ends every handshake with an alert.
opensmtpd_works() {
	[[ $(smtpd -h 2>&1) != *"OpenSMTPD 6."* || $(ldd "$(command -v smtpd)") != *libssl.so.3* ]]
}

mx_cases() {
	local opensmtpd=opensmtpd
	opensmtpd_works || opensmtpd=
	grep -v '^#' <<-LIST
		sound|postfix exim $opensmtpd sendmail|nothing|0|none
		$([ -n "$opensmtpd" ] || echo "opensmtpd-6|opensmtpd|smtp-tls/handshake fail x2, delivery/refused fail|1|server")
		slow-greeting|exim sendmail|nothing|0|none
		postscreen|postfix|nothing|0|none
		no-starttls|postfix exim opensmtpd sendmail|starttls/not-offered fail x2, delivery/refused fail|1|mail
		starttls-454|exim -|starttls/refused fail x2, delivery/refused fail|1|mail
		mx-expired|postfix exim $opensmtpd sendmail|smtp-certificate/expired fail x2, delivery/refused fail|1|mail
		mx-self-signed|postfix exim $opensmtpd sendmail|smtp-certificate/self-signed fail x2, delivery/refused fail|1|mail
		mx-wrong-name|postfix exim $opensmtpd sendmail|smtp-certificate/name-mismatch fail x2, delivery/refused fail|1|mail
		mx-no-intermediate|postfix exim $opensmtpd sendmail|smtp-certificate/incomplete-chain fail x2, delivery/refused fail|1|mail
		mx-no-san|postfix exim $opensmtpd sendmail|smtp-certificate/no-san fail x2, delivery/refused fail|1|mail
		mx-many-faults|postfix exim $opensmtpd sendmail|smtp-certificate/expired fail x2, smtp-certificate/name-mismatch fail x2, smtp-certificate/self-signed fail x2, delivery/refused fail|1|mail
		mx-one-expired|-|smtp-certificate/expired fail, delivery/partly warn|1|server
		mx-no-certificate|postfix|smtp-tls/handshake fail x2, delivery/refused fail|1|mail
		mx-tls-1-0|postfix exim sendmail|smtp-tls/old-version fail x2, delivery/refused fail|1|mail
		mx-refused|-|smtp-reachable/refused warn|0|server
		mx-dead|-|smtp-reachable/port-25-blocked unknown|3|server
		greeting-554|postfix exim opensmtpd sendmail|smtp-reachable/greeting-5xx unknown x2, delivery/undetermined unknown|3|server
		greeting-421|postfix exim opensmtpd sendmail|smtp-reachable/greeting-4xx unknown x2, delivery/undetermined unknown|3|server
		never-greets|-|smtp-reachable/timeout warn|0|server
		hangs-up|-|smtp-reachable/hangup warn|0|server
		floods|-|smtp-reachable/flood warn|0|server
		helo-only|-|starttls/not-offered fail x2, delivery/refused fail|1|mail
		garbage|-|smtp-tls/handshake fail x2, delivery/refused fail|1|server
		injects|-|starttls/injected fail x2, delivery/refused fail|1|server
	LIST
}

# both COMMAND NAME... runs the command for both hosts of a case.
both() { "$1" "$2" mx1 "${@:3}" && "$1" "$2" mx2 "${@:3}"; }

# all_hosts COMMAND NAME WORDS... : the command holds for the address of each host.
all_hosts() {
	"$1" "$(mail_address "$2" mx1)" "mx1.$(domain_of "$2")" "${@:3}" &&
		"$1" "$(mail_address "$2" mx2)" "mx2.$(domain_of "$2")" "${@:3}"
}

# tls ADDRESS HOST [FLAG...] makes a handshake behind STARTTLS as a sender would.
tls() {
	timeout 30 openssl s_client -starttls smtp -connect "$1:25" -servername "$2" -CAfile "$work/tls/root.pem" \
		-verify_hostname "$2" -verify_return_error "${@:3}" </dev/null 2>&1
}

# tls_says ADDRESS HOST WORDS [FLAG...]
tls_says() {
	local text
	text=$(tls "$1" "$2" "${@:4}") || true
	echo "$text"
	[[ $text == *"$3"* ]]
}

# says ADDRESS HOST PATTERN [COMMAND...]: that conversation has such a line.
says() {
	local text
	text=$(talk "$1" "${@:4}")
	echo "$text"
	LC_ALL=C grep -qa "$3" <<<"$text"
}

not_offered() { ! says "$1" "$2" STARTTLS "EHLO here" QUIT; }

mx_whole() {
	all_hosts says "$1" '^250[- ]STARTTLS' "EHLO here" QUIT && all_hosts tls_says "$1" "Verify return code: 0 (ok)"
}

break_opensmtpd_6() { :; }
proof_opensmtpd_6() { all_hosts tls_says "$1" 'alert internal error'; }
repair_opensmtpd_6() { both played_by "$1" postfix; }

break_slow_greeting() {
	case $(played_on "$1") in
	exim) both configure "$1" 'DELAY = 4s' ;;
	sendmail) both configure "$1" "FEATURE(\`greet_pause', \`4000')dnl" ;;
	esac
}
proof_slow_greeting() {
	local start=$SECONDS
	all_hosts says "$1" '^220' && [ $((SECONDS - start)) -ge 4 ]
}

# postscreen says "220-" at once, and the rest after six seconds: whoever speaks before is no MTA.
break_postscreen() { played_by "$1" mx1 postscreen; }
proof_postscreen() {
	local start=$SECONDS
	says "$(mail_address "$1" mx1)" "" '^220-' "EHLO here" QUIT && [ $((SECONDS - start)) -ge 6 ]
}

break_no_starttls() {
	case $(played_on "$1") in
	postfix) both configure "$1" 'smtpd_tls_security_level = none' ;;
	exim) both configure "$1" 'tls_advertise_hosts =' ;;
	opensmtpd) both listen_plainly "$1" ;;
	sendmail) both configure "$1" "define(\`confSERVER_CERT', \`')dnl" ;;
	esac
}
proof_no_starttls() { all_hosts not_offered "$1"; }

# listen_plainly NAME MX [WORDS]: OpenSMTPD without TLS.
listen_plainly() { configure "$1" "$2" "listen on $(mail_address "$1" "$2") port 25 ${3-}"; }

# exim finds no certificate, and says so.
break_starttls_454() {
	case $(played_on "$1") in
	exim) rm "$work/case/$1/mail"/mx?.pem ;;
	*) both played_by "$1" refuses-starttls ;;
	esac
}
proof_starttls_454() { all_hosts says "$1" '^454 ' "EHLO here" STARTTLS; }

break_mx_expired() { mail_leaf "$1" "-93 days" "-3 days" "$(mail_names "$1")"; }
proof_mx_expired() { all_hosts tls_says "$1" "certificate has expired"; }

# self_signed NAME FROM UNTIL SAN gives both hosts a certificate that its own key has signed.
self_signed() {
	leaf "$1-self" "$2" "$3" "$4" localhost self
	both serve "$1" "$work/tls/leaf.key" "$work/tls/$1-self.pem"
}

break_mx_self_signed() {
	self_signed "$1" "-1 day" "+90 days" "$(mail_names "$1")"
}
proof_mx_self_signed() { all_hosts tls_says "$1" "self-signed certificate"; }

break_mx_wrong_name() {
	mail_leaf "$1" "-1 day" "+90 days" "DNS:mail.$(domain_of "$1")"
}
proof_mx_wrong_name() { all_hosts tls_says "$1" "hostname mismatch"; }

# As it is where certbot's cert.pem is used in place of fullchain.pem.
break_mx_no_intermediate() {
	# shellcheck disable=SC2034 # certbot has it
	local pasted_name=$1 pasted_mx live
	for pasted_mx in mx1 mx2; do
		live=/etc/letsencrypt/live/$pasted_mx.$(domain_of "$1")
		certbot certonly -d "${live##*/}"
		serve "$1" "$pasted_mx" "$live/privkey.pem" "$live/cert.pem"
		# Sendmail adds what it knows of the chain.
		[ "$(played_on "$1")" != sendmail ] || configure "$1" "$pasted_mx" "define(\`confCACERT', \`/etc/mail/root.pem')dnl"
	done
}
proof_mx_no_intermediate() { all_hosts tls_says "$1" "unable to get local issuer certificate"; }

# The name is where many tools write it, and where RFC 9525 has nobody look.
break_mx_no_san() {
	leaf "$1-mx1" "-1 day" "+90 days" "" "mx1.$(domain_of "$1")"
	leaf "$1-mx2" "-1 day" "+90 days" "" "mx2.$(domain_of "$1")"
	serve "$1" mx1 "$work/tls/leaf.key" "$work/tls/$1-mx1.pem" "$work/tls/intermediate.pem"
	serve "$1" mx2 "$work/tls/leaf.key" "$work/tls/$1-mx2.pem" "$work/tls/intermediate.pem"
}
proof_mx_no_san() {
	local text
	text=$(tls "$(mail_address "$1" mx1)" "mx1.$(domain_of "$1")") || true
	openssl x509 -noout -subject -ext subjectAltName <<<"$text" 2>&1 | tee "$work/runs/$1/shown" &&
		grep -q "CN = mx1.$(domain_of "$1")" "$work/runs/$1/shown" && ! grep -q 'DNS:' "$work/runs/$1/shown"
}

# Expired, of another name, and signed by itself.
break_mx_many_faults() {
	self_signed "$1" "-93 days" "-3 days" "DNS:localhost.localdomain"
}
proof_mx_many_faults() {
	local own=(-CAfile "$work/tls/$1-self.pem")
	all_hosts tls_says "$1" "self-signed certificate" && all_hosts tls_says "$1" "hostname mismatch" "${own[@]}" &&
		all_hosts tls_says "$1" "certificate has expired" "${own[@]}" -verify_hostname localhost.localdomain
}

break_mx_one_expired() {
	leaf "$1-old" "-93 days" "-3 days" "$(mail_names "$1")"
	serve "$1" mx2 "$work/tls/leaf.key" "$work/tls/$1-old.pem" "$work/tls/intermediate.pem"
}
proof_mx_one_expired() {
	local address
	address=$(mail_address "$1" mx2)
	tls_says "$address" "mx2.$(domain_of "$1")" "certificate has expired"
}

# postfix finds no certificate; it still offers STARTTLS, with ciphers that need none.
break_mx_no_certificate() { rm "$work/case/$1/mail"/mx?.pem; }
proof_mx_no_certificate() {
	all_hosts tls_says "$1" "handshake failure" && all_hosts tls_says "$1" "Cipher is ADH" -tls1_2 -cipher aNULL:@SECLEVEL=0
}

break_mx_tls_1_0() {
	case $(played_on "$1") in
	postfix) both configure "$1" 'smtpd_tls_protocols = TLSv1' 'tls_medium_cipherlist = DEFAULT:@SECLEVEL=0' ;;
	exim) both configure "$1" 'tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.0' ;;
	sendmail) both configure "$1" LOCAL_CONFIG 'O CipherList=DEFAULT:@SECLEVEL=0' \
		'O ServerSSLOptions=+SSL_OP_NO_SSLv3 +SSL_OP_NO_TLSv1_1 +SSL_OP_NO_TLSv1_2 +SSL_OP_NO_TLSv1_3' ;;
	esac
}
proof_mx_tls_1_0() {
	all_hosts tls_says "$1" "unsupported protocol" -tls1_2 &&
		all_hosts tls_says "$1" "Protocol  : TLSv1"$'\n' -tls1 -cipher ALL:@SECLEVEL=0
}

break_mx_refused() { played_by "$1" mx2 nobody; }
break_mx_dead() { both played_by "$1" nobody; }
proof_mx_dead() { ! talk "$(mail_address "$1" mx1)" && ! talk "$(mail_address "$1" mx2)"; }

proof_mx_refused() { ! talk "$(mail_address "$1" mx2)"; }

# greets NAME MX "CODE WORDS" in place of 220. Sendmail greets whom it turns away with 5xx as it greets
# others, hides what it can do from them, and refuses their mail.
greets() {
	local tab=$'\t'
	case $(played_on "$1") in
	postfix) configure "$1" "$2" "smtpd_client_restrictions = check_client_access static:{$3}" ;;
	exim) if [[ $3 == 5* ]]; then configure "$1" "$2" "REFUSAL = $3"; else configure "$1" "$2" "DEFERRAL = $3"; fi ;;
	opensmtpd)
		configure "$1" "$2" "filter \"$1-$2\" phase connect match src <everybody> disconnect \"$3\""
		listen_plainly "$1" "$2" "filter \"$1-$2\""
		;;
	sendmail) configure "$1" "$2" LOCAL_RULESETS SLocal_check_relay "R\$*$tab\$#error \$@ ${3:0:1}.7.0 \$: \"$3\"" ;;
	esac
}

break_greeting_554() { both greets "$1" '554 5.7.1 Go away'; }
proof_greeting_554() { all_hosts says "$1" '^55[04][ -]' "EHLO here" STARTTLS; }

break_greeting_421() { both greets "$1" '421 4.7.0 Too many connections from your network'; }
proof_greeting_421() { all_hosts says "$1" '^4[25]1[ -]'; }

# The odd ones have a sound host before them, but where STARTTLS is what is wrong.
break_never_greets() { played_by "$1" mx2 never-greets; }
proof_never_greets() { [ -z "$(patience=2 talk "$(mail_address "$1" mx2)")" ]; }

break_hangs_up() { played_by "$1" mx2 hangs-up; }
# shellcheck disable=SC2016 # the inner shell's own
proof_hangs_up() { [ -z "$(timeout 2 bash -c 'cat <"/dev/tcp/$0/25"' "$(mail_address "$1" mx2)")" ]; }

break_floods() { played_by "$1" mx2 floods; }
proof_floods() { timeout 20 head -c 1000000 <"/dev/tcp/$(mail_address "$1" mx2)/25" | wc -c | has -x 1000000; }

break_helo_only() { both played_by "$1" helo-only; }
proof_helo_only() { all_hosts says "$1" '^502 ' "EHLO here" && all_hosts says "$1" '^250 ' "HELO here"; }

break_garbage() { both played_by "$1" garbage; }
proof_garbage() { patience=5 all_hosts says "$1" $'\x80\x81\x82' "EHLO here" STARTTLS QUIT; }

break_injects() { both played_by "$1" injects; }
proof_injects() { all_hosts says "$1" '^250 as you say' "EHLO here" STARTTLS QUIT; }
