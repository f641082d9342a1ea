# shellcheck shell=bash disable=SC2154
# The cases of run.sh that are about the MX hosts, as in cases.sh. Where both hosts of a domain are
# broken, two MTAs play the same fault.

mx_cases() {
	grep -v '^#' <<-LIST
		sound-exim|nothing|0|none
		$(opensmtpd_case)
		slow-greeting|nothing|0|none
		postscreen|nothing|0|none
		no-starttls|starttls/not-offered fail x2, delivery/refused fail|1|mail
		starttls-454|starttls/refused fail x2, delivery/refused fail|1|mail
		mx-expired|smtp-certificate/expired fail x2, delivery/refused fail|1|mail
		mx-self-signed|smtp-certificate/self-signed fail x2, delivery/refused fail|1|mail
		mx-wrong-name|smtp-certificate/name-mismatch fail x2, delivery/refused fail|1|mail
		mx-no-intermediate|smtp-certificate/incomplete-chain fail x2, delivery/refused fail|1|mail
		mx-no-san|smtp-certificate/no-san fail x2, delivery/refused fail|1|mail
		mx-many-faults|smtp-certificate/expired fail x2, smtp-certificate/name-mismatch fail x2, smtp-certificate/self-signed fail x2, delivery/refused fail|1|mail
		mx-one-expired|smtp-certificate/expired fail, delivery/partly warn|1|server
		mx-no-certificate|smtp-tls/handshake fail x2, delivery/refused fail|1|mail
		mx-tls-1-0|smtp-tls/old-version fail x2, delivery/refused fail|1|mail
		mx-refused|smtp-reachable/refused warn|0|server
		mx-dead|smtp-reachable/port-25-blocked unknown|3|server
		greeting-554|smtp-reachable/greeting-5xx unknown x2, delivery/undetermined unknown|3|server
		greeting-421|smtp-reachable/greeting-4xx unknown x2, delivery/undetermined unknown|3|server
		never-greets|smtp-reachable/timeout warn|0|server
		hangs-up|smtp-reachable/hangup warn|0|server
		floods|smtp-reachable/flood warn|0|server
		helo-only|starttls/not-offered fail x2, delivery/refused fail|1|mail
		garbage|smtp-tls/handshake fail x2, delivery/refused fail|1|server
		injects|starttls/injected fail x2, delivery/refused fail|1|server
		dane-311|nothing|0|none
		dane-312|nothing|0|none
		dane-201|nothing|0|none
		dane-211|nothing|0|none
		dane-mismatch|dane/mismatch fail x2, delivery/refused fail|1|records
		dane-unusable|dane/unusable warn x2|0|records
		dane-unsigned|dane/insecure warn x2|0|server
		dane-bogus|dane/bogus fail x2, delivery/refused fail|1|server
		dane-self-signed|smtp-certificate/self-signed fail x2|1|server
		dane-expired|smtp-certificate/expired fail x2|1|mail
		dane-2-wrong-name|smtp-certificate/name-mismatch fail x2, dane/mismatch fail x2, delivery/refused fail|1|mail
		dane-2-not-sent|smtp-certificate/incomplete-chain fail x2, dane/mismatch fail x2, delivery/refused fail|1|mail
		dane-alias|mx-host/alias warn x2|0|records
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
	timeout 10 openssl s_client -starttls smtp -connect "$1:25" -servername "$2" -CAfile "$work/tls/root.pem" \
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

break_sound_exim() { both played_by "$1" exim; }
proof_sound_exim() { all_hosts says "$1" 'Exim' && mx_whole "$1"; }

# OpenSMTPD 6.8 with OpenSSL 3, as in Debian 12, ends every handshake with an alert.
opensmtpd_works() {
	[[ $(smtpd -h 2>&1) != *"OpenSMTPD 6."* || $(ldd "$(command -v smtpd)") != *libssl.so.3* ]]
}

opensmtpd_case() {
	if opensmtpd_works; then
		echo "sound-opensmtpd|nothing|0|none"
	else
		echo "opensmtpd-6|smtp-tls/handshake fail x2, delivery/refused fail|1|server"
	fi
}

break_sound_opensmtpd() { both played_by "$1" opensmtpd; }
proof_sound_opensmtpd() { all_hosts says "$1" 'OpenSMTPD' && mx_whole "$1"; }
break_opensmtpd_6() { break_sound_opensmtpd "$1"; }
proof_opensmtpd_6() { all_hosts tls_says "$1" 'alert internal error'; }

break_slow_greeting() {
	both played_by "$1" exim
	configure "$1" mx1 'DELAY = 4s'
}
proof_slow_greeting() {
	local start=$SECONDS
	all_hosts says "$1" '^220' && [ $((SECONDS - start)) -ge 4 ]
}

# postscreen says "220-" at once, and the rest after six seconds: whoever speaks before is no MTA.
break_postscreen() { played_by "$1" mx1 postscreen; }
proof_postscreen() {
	local start=$SECONDS
	patience=8 says "$(mail_address "$1" mx1)" "" '^220-' "EHLO here" QUIT && [ $((SECONDS - start)) -ge 6 ]
}

break_no_starttls() {
	configure "$1" mx1 'smtpd_tls_security_level = none'
	if opensmtpd_works; then
		played_by "$1" mx2 opensmtpd
		configure "$1" mx2 "listen on $(mail_address "$1" mx2) port 25"
	else
		played_by "$1" mx2 exim
		configure "$1" mx2 'tls_advertise_hosts ='
	fi
}
proof_no_starttls() { all_hosts not_offered "$1"; }

# exim finds no certificate, and says so.
break_starttls_454() {
	played_by "$1" mx1 exim
	rm "$work/case/$1/mail/mx1.pem"
	played_by "$1" mx2 refuses-starttls
}
proof_starttls_454() { all_hosts says "$1" '^454 ' "EHLO here" STARTTLS; }

break_mx_expired() {
	played_by "$1" mx2 exim
	mail_leaf "$1" "-93 days" "-3 days" "$(mail_names "$1")"
}
proof_mx_expired() { all_hosts tls_says "$1" "certificate has expired"; }

# self_signed NAME FROM UNTIL SAN gives both hosts a certificate that its own key has signed.
self_signed() {
	leaf "$1-self" "$2" "$3" "$4" localhost self
	both serve "$1" "$work/tls/leaf.key" "$work/tls/$1-self.pem"
}

break_mx_self_signed() {
	played_by "$1" mx2 exim
	self_signed "$1" "-1 day" "+90 days" "$(mail_names "$1")"
}
proof_mx_self_signed() { all_hosts tls_says "$1" "self-signed certificate"; }

break_mx_wrong_name() {
	played_by "$1" mx2 exim
	mail_leaf "$1" "-1 day" "+90 days" "DNS:mail.$(domain_of "$1")"
}
proof_mx_wrong_name() { all_hosts tls_says "$1" "hostname mismatch"; }

# As it is where certbot's cert.pem is used in place of fullchain.pem.
break_mx_no_intermediate() {
	local pasted_name=$1 pasted_mx live
	for pasted_mx in mx1 mx2; do
		live=/etc/letsencrypt/live/$pasted_mx.$(domain_of "$1")
		certbot certonly -d "${live##*/}"
		serve "$1" "$pasted_mx" "$live/privkey.pem" "$live/cert.pem"
	done
	played_by "$1" mx2 exim
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
	openssl x509 -noout -subject -ext subjectAltName <<<"$text" 2>&1 | tee "$work/case/$1/shown" &&
		grep -q "CN = mx1.$(domain_of "$1")" "$work/case/$1/shown" && ! grep -q 'DNS:' "$work/case/$1/shown"
}

# Expired, of another name, and signed by itself.
break_mx_many_faults() {
	played_by "$1" mx2 exim
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
	configure "$1" mx1 'smtpd_tls_protocols = TLSv1' 'tls_medium_cipherlist = DEFAULT:@SECLEVEL=0'
	played_by "$1" mx2 exim
	configure "$1" mx2 'tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.0'
}
proof_mx_tls_1_0() {
	all_hosts tls_says "$1" "unsupported protocol" -tls1_2 &&
		all_hosts tls_says "$1" "Protocol  : TLSv1"$'\n' -tls1 -cipher ALL:@SECLEVEL=0
}

break_mx_refused() { played_by "$1" mx2 nobody; }
break_mx_dead() { both played_by "$1" nobody; }
proof_mx_dead() { ! talk "$(mail_address "$1" mx1)" && ! talk "$(mail_address "$1" mx2)"; }

proof_mx_refused() { ! talk "$(mail_address "$1" mx2)"; }

break_greeting_554() { both configure "$1" 'smtpd_client_restrictions = reject'; }
proof_greeting_554() { all_hosts says "$1" '^554 '; }

break_greeting_421() {
	both configure "$1" 'smtpd_client_restrictions = check_client_access static:{421 4.7.0 Too many connections from your network}'
}
proof_greeting_421() { all_hosts says "$1" '^421 '; }

# The odd ones have a sound host before them, but where STARTTLS is what is wrong.
break_never_greets() { played_by "$1" mx2 never-greets; }
proof_never_greets() { [ -z "$(patience=2 talk "$(mail_address "$1" mx2)")" ]; }

break_hangs_up() { played_by "$1" mx2 hangs-up; }
proof_hangs_up() { [ -z "$(timeout 2 bash -c 'cat <"/dev/tcp/$0/25"' "$(mail_address "$1" mx2)")" ]; }

break_floods() { played_by "$1" mx2 floods; }
proof_floods() { timeout 2 head -c 1000000 <"/dev/tcp/$(mail_address "$1" mx2)/25" | wc -c | grep -qx 1000000; }

break_helo_only() { both played_by "$1" helo-only; }
proof_helo_only() { all_hosts says "$1" '^502 ' "EHLO here" && all_hosts says "$1" '^250 ' "HELO here"; }

break_garbage() { both played_by "$1" garbage; }
proof_garbage() { patience=1 all_hosts says "$1" $'\x80\x81\x82' "EHLO here" STARTTLS QUIT; }

break_injects() { both played_by "$1" injects; }
proof_injects() { all_hosts says "$1" '^250 as you say' "EHLO here" STARTTLS QUIT; }

# tlsa USAGE SELECTOR MATCHING CERTIFICATE prints the record's value.
tlsa() {
	local digest=sha256
	[ "$3" = 1 ] || digest=sha512
	echo "$1 $2 $3 $(selected "$2" "$4" | openssl dgst -"$digest" -r | cut -d' ' -f1)"
}

selected() {
	if [ "$1" = 0 ]; then
		openssl x509 -in "$2" -outform DER
	else
		openssl x509 -in "$2" -pubkey -noout | openssl pkey -pubin -outform DER
	fi
}

# put_tlsa NAME VALUE signs the case's zone, with that record for both hosts.
put_tlsa() {
	touch "$work/case/$1/signed"
	both put_tlsa_of "$1" "$2"
}
put_tlsa_of() { put "$1" "_25._tcp.$2.$(domain_of "$1")." TLSA "$3"; }

# finger NAME WORDS: what postfix as a sender says of the domain's hosts, by DANE.
finger() {
	local mx text
	for mx in mx1 mx2; do
		text=$(postfix_sends "$mx.$(domain_of "$1")" dane)
		echo "$text"
		[[ $text == *"$2"* ]] || return 1
	done
}

# postfix_sends HOST LEVEL: a session of postfix as a sender, with its words about TLS.
postfix_sends() {
	MAIL_CONFIG=$work/postfix timeout 20 posttls-finger -c -l "$2" -p '>=TLSv1.2' -F "$work/tls/root.pem" \
		-t 10 -L summary "[$1]" 2>&1 || true
}

# agrees NAME: where it is told that a sender delivers verified or refuses, postfix finds the same. It
# knows no policy, and takes the common name where there is no SAN.
agrees() {
	local mx kind verdict level text found
	while read -r mx kind verdict; do
		level=secure
		[ "$kind" != dane ] || level=dane
		text=$(postfix_sends "$mx" "$level")
		found=refuses
		[[ $text != *"Verified TLS connection established"* ]] || found=delivers-verified
		[ "$found" = "$verdict" ] || { echo "$mx, a sender with $kind: $verdict; postfix: $text"; return 1; }
	done < <(jq -r '.[0].delivery[] | .mx as $mx | .senders[] | select(.verdict == "delivers-verified" or .verdict == "refuses")
		| select(.because | any(startswith("mx-covered") or . == "smtp-certificate:no-san") | not) | "\($mx) \(.kind) \(.verdict)"' \
		"$work/case/$1/before.json")
}

tlsa_state() { look +noshort "_25._tcp.mx1.$(domain_of "$1")" TLSA | grep '^;; \(->>HEADER\|flags\)'; }

break_dane_311() { put_tlsa "$1" "$(tlsa 3 1 1 "$work/tls/$1-mail.pem")"; }
proof_dane_311() { tlsa_state "$1" | grep -q 'flags:.* ad' && finger "$1" "Verified TLS connection"; }
break_dane_312() { put_tlsa "$1" "$(tlsa 3 1 2 "$work/tls/$1-mail.pem")"; }
proof_dane_312() { proof_dane_311 "$1"; }
break_dane_201() { put_tlsa "$1" "$(tlsa 2 0 1 "$work/tls/intermediate.pem")"; }
proof_dane_201() { proof_dane_311 "$1"; }
break_dane_211() { put_tlsa "$1" "$(tlsa 2 1 1 "$work/tls/intermediate.pem")"; }
proof_dane_211() { proof_dane_311 "$1"; }

break_dane_mismatch() { put_tlsa "$1" "$(tlsa 3 1 1 "$work/tls/root.pem")"; }
proof_dane_mismatch() { tlsa_state "$1" | grep -q 'flags:.* ad' && finger "$1" "Untrusted TLS connection"; }

break_dane_unusable() { put_tlsa "$1" "$(tlsa 1 1 1 "$work/tls/$1-mail.pem")"; }
proof_dane_unusable() { tlsa_state "$1" | grep -q 'flags:.* ad'; }

break_dane_unsigned() {
	break_dane_311 "$1"
	rm "$work/case/$1/signed"
}
proof_dane_unsigned() { tlsa_state "$1" | grep -q 'ANSWER: 1,' && ! tlsa_state "$1" | grep -q 'flags:.* ad'; }
repair_dane_unsigned() { touch "$work/case/$1/signed"; }

# The records have been changed behind the signer's back.
break_dane_bogus() {
	break_dane_311 "$1"
	# shellcheck disable=SC2016 # sed's own
	echo '/[[:space:]]TLSA[[:space:]]*3 1 1/s/[0-9a-f]$/x/;s/x$/0/' >"$work/case/$1/tamper"
}
proof_dane_bogus() { tlsa_state "$1" | grep SERVFAIL && look +cd "_25._tcp.mx1.$(domain_of "$1")" TLSA | grep -q 'ANSWER: 1,'; }
repair_dane_bogus() { rm "$work/case/$1/tamper"; }

# Right for DANE, wrong for MTA-STS.
break_dane_self_signed() {
	self_signed "$1" "-1 day" "+90 days" "$(mail_names "$1")"
	put_tlsa "$1" "$(tlsa 3 1 1 "$work/tls/$1-self.pem")"
}
proof_dane_self_signed() { finger "$1" "Verified TLS connection" && all_hosts tls_says "$1" "self-signed certificate"; }

# The dates count for usage 2 alone, and so does the name (RFC 7672 §3.1.1).
break_dane_expired() {
	mail_leaf "$1" "-93 days" "-3 days" "$(mail_names "$1")"
	break_dane_311 "$1"
}
proof_dane_expired() { finger "$1" "Verified TLS connection" && all_hosts tls_says "$1" "certificate has expired"; }

break_dane_2_wrong_name() {
	mail_leaf "$1" "-1 day" "+90 days" "DNS:mail.$(domain_of "$1")"
	break_dane_211 "$1"
}
proof_dane_2_wrong_name() { finger "$1" "hostname mismatch" && all_hosts tls_says "$1" "hostname mismatch"; }

# The authority whose key is published has to be among what is sent (RFC 7672 §3.1.2).
break_dane_2_not_sent() {
	break_mx_no_intermediate "$1"
	played_by "$1" mx2 postfix
	break_dane_211 "$1"
}
proof_dane_2_not_sent() { finger "$1" "Untrusted TLS connection" && proof_mx_no_intermediate "$1"; }

# The records are where the alias leads to (RFC 7672 §2.2.2).
break_dane_alias() {
	local mx host
	for mx in mx1 mx2; do
		host=$mx.$(domain_of "$1").
		drop "$1" "$host" A
		put "$1" "$host" CNAME "real-$host"
		put "$1" "real-$host" A "$(mail_address "$1" "$mx")"
		put "$1" "_25._tcp.real-$host" TLSA "$(tlsa 3 1 1 "$work/tls/$1-mail.pem")"
	done
	touch "$work/case/$1/signed"
}
proof_dane_alias() { finger "$1" "Verified TLS connection"; }
