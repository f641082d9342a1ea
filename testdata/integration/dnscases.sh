# shellcheck shell=bash disable=SC2154
# The cases of run.sh that are about the DNS: for each form a function that breaks a sound domain, one
# that proves with dig that it is broken, and, where the fix is a change of a server other than having
# all as in a sound domain, one that makes that change.

# all_cases prints what is tried, one a line: name|form|server|findings, the one in question first|exit
# code|kind of fix. What has " ~ " in it is found so through unbound, and after that through BIND.
all_cases() {
	local form servers rest server
	{ dns_cases && web_cases && mx_cases && dane_cases; } | while IFS='|' read -r form servers rest; do
		for server in $servers; do
			if [ "$server" = - ]; then echo "$form|$form|-|$rest"; else echo "$form-$server|$form|$server|$rest"; fi
		done
	done
}

dns_cases() {
	grep -v '^#' <<-LIST
		sound|nsd knot named|nothing|0|none
		split-strings|nsd knot named|nothing|0|none
		alias-chain|nsd knot named|nothing|0|none
		other-wildcard|nsd knot named|nothing|0|none
		big-answer|nsd knot named|policy-senders/refused-by warn|0|server
		signed|nsd knot named|nothing|0|none
		signed-nsec3|nsd knot named|nothing|0|none
		signed-before|knot named|nothing|0|none
		no-record|nsd knot named|sts-record/missing fail|1|records
		empty-node|nsd knot named|sts-record/missing fail|1|records
		signed-no-record|nsd knot named|sts-record/missing fail|1|records
		wildcard|nsd knot named|sts-record/wildcard fail|1|records
		two-records|nsd knot named|sts-record/multiple fail|1|records
		bad-id|nsd knot named|sts-record-syntax/id-characters fail|1|records
		dangling-alias|nsd knot named|sts-record/dangling-alias fail|1|records
		alias-loop|nsd knot|sts-record/dns-error unknown ~ sts-record/dangling-alias fail|3 ~ 1|server
		alias-loop|named|sts-record/dns-error unknown|3|server
		half-lame|nsd knot named|nothing|0|none
		dead-rua|nsd knot named|tlsrpt-destination/no-such-domain fail|1|records
		nxdomain|nsd knot named|domain-exists/nxdomain fail|1|server
		unserved|nsd knot named|sts-record/dns-error unknown|3|server
		servfail|nsd knot named|sts-record/dns-error unknown|3|server
		bogus|nsd knot named|sts-record/dns-error unknown|3|server
		expired-signatures|nsd knot named|sts-record/dns-error unknown|3|server
		wrong-ds|nsd knot named|sts-record/dns-error unknown|3|server
	LIST
}

record_of() { echo "_mta-sts.$(domain_of "$1")."; }

# has [FLAG...] PATTERN: what comes in has such a line; otherwise it is shown. All of it is read: who is cut
# off in the middle of writing fails.
has() {
	local text
	text=$(cat)
	grep -q "$@" <<<"$text" || { echo "$text" >&2; return 1; }
}

look() { dig +tries=1 +time=25 @127.0.0.53 "$@"; }

# count_of NAME TYPE is how many records the resolver gives.
count_of() { look +short "$@" | wc -l; }

# own NAME ... asks the server of a case itself.
own() {
	local who
	who=$(cat "$work/case/$1/dns")
	dig +tries=1 +time=25 +norecurse @"$(authority_address "$who")" "${@:2}"
}

fails() { look "$@" | has 'status: SERVFAIL'; }

secure() { look +dnssec "$@" | has '^;; flags:.* ad'; }

break_split_strings() {
	drop "$1" "$(record_of "$1")" TXT
	put "$1" "$(record_of "$1")" TXT '"v=STSv1;" " id=2026" "0101000000Z;"'
	drop "$1" "_smtp._tls.$(domain_of "$1")." TXT
	put "$1" "_smtp._tls.$(domain_of "$1")." TXT "\"v=TLSRPT\" \"v1; rua=mailto:\" \"tlsrpt@$(domain_of "$1")\""
}
proof_split_strings() { look +short "$(record_of "$1")" TXT | has -F '"v=STSv1;" " id=2026" "0101000000Z;"'; }

# Both names lead elsewhere, as where a provider has them; the last lies in a domain of its own.
break_alias_chain() {
	local d name
	d=$(domain_of "$1")
	for name in _mta-sts mta-sts; do
		drop "$1" "$name.$d." TXT
		drop "$1" "$name.$d." A
		put "$1" "$name.$d." CNAME "$name.customers.$d."
		put "$1" "$name.customers.$d." CNAME "$name.cdn.$d."
	done
	put "$1" "_mta-sts.cdn.$d." TXT '"v=STSv1; id=20260101000000Z;"'
	put "$1" "mta-sts.cdn.$d." A "$(cat "$work/case/$1/address")"
}
proof_alias_chain() { look "$(record_of "$1")" TXT | grep -c CNAME | has -x 2; }

# A wildcard answers for what has no name of its own alone.
break_other_wildcard() {
	put "$1" "*.$(domain_of "$1")." TXT '"v=spf1 -all"'
	put "$1" "*.$(domain_of "$1")." MX "10 mx1.$(domain_of "$1")."
}
proof_other_wildcard() { [ "$(count_of "any.$(domain_of "$1")" TXT)" = 1 ]; }

# The answer is too large for UDP: the server says so, and so does the resolver.
break_big_answer() {
	local n
	for n in {1..20}; do
		put "$1" "$(record_of "$1")" TXT "\"verification-$n=$(printf 'x%.0s' {1..200})\""
	done
}
proof_big_answer() {
	own "$1" +ignore +bufsize=1232 "$(record_of "$1")" TXT | has '^;; flags:.* tc' &&
		look +ignore +bufsize=1232 "$(record_of "$1")" TXT | has '^;; flags:.* tc'
}

# One sender wants no other text beside the record.
repair_big_answer() {
	drop "$1" "$(record_of "$1")" TXT
	put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=20260101000000Z;"'
}

break_signed() { echo itself >"$work/case/$1/signed"; }
proof_signed() {
	secure "$(record_of "$1")" TXT && look +dnssec "none.$(domain_of "$1")" TXT | has 'IN[[:space:]]NSEC[[:space:]]'
}
break_signed_nsec3() { echo itself nsec3 >"$work/case/$1/signed"; }
proof_signed_nsec3() {
	secure "$(record_of "$1")" TXT && look +dnssec "none.$(domain_of "$1")" TXT | has 'IN[[:space:]]NSEC3[[:space:]]'
}
break_signed_before() { echo before >"$work/case/$1/signed"; }
proof_signed_before() { proof_signed "$1"; }

break_no_record() { drop "$1" "$(record_of "$1")" TXT; }
proof_no_record() { look "$(record_of "$1")" TXT | has 'status: NXDOMAIN'; }

# The name is there, since something is below it, and has nothing (an empty non-terminal).
break_empty_node() {
	break_no_record "$1"
	put "$1" "below.$(record_of "$1")" TXT '"v=STSv1; id=20260101000000Z;"'
}
proof_empty_node() { look "$(record_of "$1")" TXT | has 'status: NOERROR' && [ "$(count_of "$(record_of "$1")" TXT)" = 0 ]; }

break_signed_no_record() {
	break_no_record "$1"
	break_signed "$1"
}
proof_signed_no_record() { proof_no_record "$1" && secure "$(record_of "$1")" TXT; }

break_wildcard() {
	break_no_record "$1"
	put "$1" "*.$(domain_of "$1")." TXT '"v=spf1 -all"'
}
proof_wildcard() { look +short "$(record_of "$1")" TXT | has spf1; }

break_two_records() { put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=20250101000000Z;"'; }
proof_two_records() { [ "$(count_of "$(record_of "$1")" TXT)" = 2 ]; }

break_bad_id() {
	drop "$1" "$(record_of "$1")" TXT
	put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=2026-01-01;"'
}
proof_bad_id() { look +short "$(record_of "$1")" TXT | has 'id=2026-01-01'; }

break_dangling_alias() {
	break_no_record "$1"
	put "$1" "$(record_of "$1")" CNAME "gone.$(domain_of "$1")."
}
proof_dangling_alias() { look "$(record_of "$1")" TXT | has 'status: NXDOMAIN' && look +short "$(record_of "$1")" CNAME | has gone; }

# Two aliases lead to each other. unbound gives up and does not say why; BIND shows them as a resolver, and has
# no answer as the domain's own server.
break_alias_loop() {
	break_no_record "$1"
	put "$1" "$(record_of "$1")" CNAME "loop.$(domain_of "$1")."
	put "$1" "loop.$(domain_of "$1")." CNAME "$(record_of "$1")"
}
proof_alias_loop() {
	own "$1" "$(record_of "$1")" CNAME | has "CNAME[[:space:]]loop" && own "$1" "loop.$(domain_of "$1")" CNAME | has "CNAME[[:space:]]_mta-sts"
}

repair_alias_loop() {
	drop "$1" "$(record_of "$1")" CNAME
	put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=20260101000000Z;"'
}

# The parent has two name servers for the domain, and one of them knows nothing of it.
break_half_lame() { if [ "$(cat "$work/case/$1/dns")" = knot ]; then echo named; else echo knot; fi >"$work/case/$1/lame"; }
proof_half_lame() {
	own "$1" "$(domain_of "$1")" MX | has 'status: NOERROR' &&
		dig +tries=1 +time=25 +norecurse "@$(authority_address "$(cat "$work/case/$1/lame")")" "$(domain_of "$1")" MX | has 'status: REFUSED'
}

break_dead_rua() {
	drop "$1" "_smtp._tls.$(domain_of "$1")." TXT
	put "$1" "_smtp._tls.$(domain_of "$1")." TXT "\"v=TLSRPTv1; rua=mailto:tlsrpt@$(domain_of gone)\""
}
proof_dead_rua() { look "$(domain_of gone)" MX | has 'status: NXDOMAIN'; }

# Nobody has the domain, though its server is ready.
break_nxdomain() { touch "$work/case/$1/undelegated"; }
proof_nxdomain() { look "$(domain_of "$1")" MX | has 'status: NXDOMAIN'; }

# The server of the domain knows nothing of it, and refuses.
break_unserved() { touch "$work/case/$1/unserved"; }
proof_unserved() { fails "$(domain_of "$1")" MX && own "$1" "$(domain_of "$1")" MX | has 'status: REFUSED'; }

# The name of the record is a zone of its own, which its server has no file for.
break_servfail() {
	drop "$1" "$(record_of "$1")" TXT
	put "$1" "$(record_of "$1")" NS "ns-$(cat "$work/case/$1/dns").$tld."
	record_of "$1" >"$work/case/$1/unloadable"
}
proof_servfail() { fails "$(record_of "$1")" TXT && own "$1" "$(record_of "$1")" TXT | has 'status: SERVFAIL'; }
repair_servfail() {
	rm "$work/case/$1/unloadable"
	drop "$1" "$(record_of "$1")" NS
	put "$1" "$(record_of "$1")" TXT '"v=STSv1; id=20260101000000Z;"'
}

# The record has been changed behind the signer's back.
break_bogus() {
	echo before >"$work/case/$1/signed"
	echo '/_mta-sts.*STSv1/s/id=2026/id=2027/' >"$work/case/$1/tamper"
}
proof_bogus() { fails "$(record_of "$1")" TXT && look +cd +short "$(record_of "$1")" TXT | has id=2027; }
repair_bogus() { rm "$work/case/$1/tamper"; }

break_expired_signatures() { echo before expired >"$work/case/$1/signed"; }
proof_expired_signatures() { fails "$(domain_of "$1")" MX && [ "$(count_of +cd "$(domain_of "$1")" MX)" = 2 ]; }
repair_expired_signatures() { echo before >"$work/case/$1/signed"; }

# The key has been changed, and the parent was not told.
break_wrong_ds() {
	echo itself >"$work/case/$1/signed"
	touch "$work/case/$1/wrong-ds"
}
proof_wrong_ds() { proof_expired_signatures "$1"; }
repair_wrong_ds() { rm "$work/case/$1/wrong-ds"; }
