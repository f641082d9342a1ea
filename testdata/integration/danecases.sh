# shellcheck shell=bash disable=SC2154
# The cases of run.sh that are about DANE, as in dnscases.sh. The zones are signed by those who serve
# them, where they can.

dane_cases() {
	local opensmtpd=opensmtpd
	opensmtpd_works || opensmtpd=
	grep -v '^#' <<-LIST
		dane-311|nsd knot named postfix exim $opensmtpd sendmail|nothing|0|none
		dane-312|-|nothing|0|none
		dane-201|-|nothing|0|none
		dane-211|-|nothing|0|none
		dane-mismatch|nsd knot named postfix exim $opensmtpd sendmail|dane/mismatch fail x2, delivery/refused fail|1|records
		dane-unusable|-|dane/unusable warn x2|0|records
		dane-unsigned|nsd knot named|dane/insecure warn x2|0|server
		dane-bogus|nsd knot named|dane/bogus fail x2, delivery/refused fail|1|server
		dane-self-signed|-|smtp-certificate/self-signed fail x2|1|server
		dane-expired|-|smtp-certificate/expired fail x2|1|mail
		dane-2-wrong-name|-|smtp-certificate/name-mismatch fail x2, dane/mismatch fail x2, delivery/refused fail|1|mail
		dane-2-not-sent|-|smtp-certificate/incomplete-chain fail x2, dane/mismatch fail x2, delivery/refused fail|1|mail
		dane-alias|-|mx-host/alias warn x2|0|records
	LIST
}

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
	echo itself >"$work/case/$1/signed"
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
	MAIL_CONFIG=$work/postfix timeout 60 posttls-finger -c -l "$2" -p '>=TLSv1.2' -F "$work/tls/root.pem" \
		-t 20 -L summary "[$1]" 2>&1 || true
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
		"$work/runs/$1/before-unbound.json")
}

tlsa_state() { look +noshort "_25._tcp.mx1.$(domain_of "$1")" TLSA | grep '^;; \(->>HEADER\|flags\)'; }

break_dane_311() { put_tlsa "$1" "$(tlsa 3 1 1 "$(mail_pem "$1")")"; }
proof_dane_311() { tlsa_state "$1" | has 'flags:.* ad' && finger "$1" "Verified TLS connection"; }
break_dane_312() { put_tlsa "$1" "$(tlsa 3 1 2 "$(mail_pem "$1")")"; }
proof_dane_312() { proof_dane_311 "$1"; }
break_dane_201() { put_tlsa "$1" "$(tlsa 2 0 1 "$work/tls/intermediate.pem")"; }
proof_dane_201() { proof_dane_311 "$1"; }
break_dane_211() { put_tlsa "$1" "$(tlsa 2 1 1 "$work/tls/intermediate.pem")"; }
proof_dane_211() { proof_dane_311 "$1"; }

break_dane_mismatch() { put_tlsa "$1" "$(tlsa 3 1 1 "$work/tls/root.pem")"; }
proof_dane_mismatch() { tlsa_state "$1" | has 'flags:.* ad' && finger "$1" "Untrusted TLS connection"; }

break_dane_unusable() { put_tlsa "$1" "$(tlsa 1 1 1 "$(mail_pem "$1")")"; }
proof_dane_unusable() { tlsa_state "$1" | has 'flags:.* ad'; }

break_dane_unsigned() {
	break_dane_311 "$1"
	rm "$work/case/$1/signed"
}
proof_dane_unsigned() { tlsa_state "$1" | has 'ANSWER: 1,' && ! tlsa_state "$1" | has 'flags:.* ad'; }
repair_dane_unsigned() { echo itself >"$work/case/$1/signed"; }

# The records have been changed behind the signer's back.
break_dane_bogus() {
	break_dane_311 "$1"
	echo before >"$work/case/$1/signed"
	# shellcheck disable=SC2016 # sed's own
	echo '/[[:space:]]TLSA[[:space:]]*3 1 1/{s/[^0]$/x/;s/0$/1/;s/x$/0/}' >"$work/case/$1/tamper"
}
proof_dane_bogus() { tlsa_state "$1" | has SERVFAIL && look +cd "_25._tcp.mx1.$(domain_of "$1")" TLSA | has 'ANSWER: 1,'; }
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
		put "$1" "_25._tcp.real-$host" TLSA "$(tlsa 3 1 1 "$(mail_pem "$1")")"
	done
	echo itself >"$work/case/$1/signed"
}
proof_dane_alias() { finger "$1" "Verified TLS connection"; }
