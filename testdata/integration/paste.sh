# shellcheck shell=bash disable=SC2154
# What an administrator does with the lines that are printed as a fix.

# paste_web NAME LINES: nginx's lines stand in place of directives of the same name. The web root
# that they suppose is the case's own.
paste_web() {
	local dir=$work/case/$1 directive=${2%% *}
	sed -i "/^$directive .*;$/d" "$dir"/site/*.conf
	# shellcheck disable=SC2001 # a shell pattern cannot say it
	sed "s|/var/www/[^;]*|$dir/www|" <<<"$2" >"$dir/site/printed.conf"
}

# paste_mail NAME MX LINES: commands are run, with the functions below for certbot, postconf and
# systemctl; all else goes into the configuration of the MTA that plays the host. Where none does, it
# becomes postfix, which is the example then. Every exim has a folder of its own, as on a machine of
# its own.
paste_mail() {
	local pasted_name=$1 pasted_mx=$2 line who=$work/case/$1/mail/$2.by
	[[ " ${mtas[*]} " == *" $(cat "$who") "* ]] || played_by "$1" "$2" postfix
	[ "$(cat "$who")" != opensmtpd ] || smtpd_conf "$1" "$2" "$3"
	mkdir -p "/etc/exim4/$1-$2"
	while IFS= read -r line; do
		line=${line//\/etc\/exim4\//\/etc\/exim4\/$1-$2\/}
		case $line in
		'#'*) ;;
		certbot\ * | postconf\ * | systemctl\ * | install\ *) eval "$line" ;;
		*) instead "$1" "$2" "$line" ;;
		esac
	done <<<"$3"
}

# instead NAME MX LINE: a line of smtpd.conf or an option of sendmail.cf takes the place of the one there
# was; of the others the last counts.
instead() {
	local file=$work/case/$1/mail/$2.cf key=''
	case $3 in
	pki\ *) key=${3%% \"*} ;;
	'O '*) key=${3%%=*} ;;
	esac
	[ -z "$key" ] || sed -i "/^$key/d" "$file"
	configure "$1" "$2" "$3"
}

# smtpd_conf NAME MX LINES makes the host's part of smtpd.conf a file to be edited; its lines for port 25
# go where new ones are pasted.
smtpd_conf() {
	local file=$work/case/$1/mail/$2.cf now
	now=$(opensmtpd_host "$1" "$2" "$(mail_address "$1" "$2")")
	[ -e "$file" ] || echo "$now" >"$file"
	[[ $3 != *"listen on"* ]] || sed -i '/^listen on/d' "$file"
}

# certbot: "certonly" gets a certificate, and keeps it as certbot does, for root alone to read;
# "renew" puts a new one where the server has its own. The key is a new one, unless the old one is to
# be kept and is there.
certbot() {
	local verb=$1 host key='' hook=''
	host=$pasted_mx.$(domain_of "$pasted_name")
	local own=$work/case/$pasted_name/mail/$pasted_mx.pem RENEWED_LINEAGE=/etc/letsencrypt/live/$host
	while [ $# -gt 0 ]; do
		case $1 in
		-d | --cert-name) [ "$2" = "$host" ] || return 1 ;;
		--deploy-hook) hook=$2 ;;
		--reuse-key) [ ! -e "$RENEWED_LINEAGE" ] && [ "$verb" != renew ] || key=leaf ;;
		esac
		shift
	done
	if [ -z "$key" ]; then
		key=$host
		new_key "$work/tls/$key.key"
	fi
	leaf "$host" "-1 day" "+90 days" "DNS:$host" "" "" "$key"
	if [ "$verb" = renew ]; then
		cat "$work/tls/$key.key" "$work/tls/$host.pem" "$work/tls/intermediate.pem" >"$own"
	else
		mkdir -p "$RENEWED_LINEAGE"
		chmod 700 "${RENEWED_LINEAGE%/*}"
		install -m 600 "$work/tls/$key.key" "$RENEWED_LINEAGE/privkey.pem"
		cp "$work/tls/$host.pem" "$RENEWED_LINEAGE/cert.pem"
		cp "$work/tls/intermediate.pem" "$RENEWED_LINEAGE/chain.pem"
		cat "$RENEWED_LINEAGE"/{cert,chain}.pem >"$RENEWED_LINEAGE/fullchain.pem"
	fi
	[ -z "$hook" ] || eval "$hook"
}

# postconf -e SETTING is for one host, not for the whole of postfix.
postconf() { [ "$1" = -e ] && configure "$pasted_name" "$pasted_mx" "$2"; }

# All servers are started anew before the second run.
systemctl() { [ "$1" = reload ] || [ "$1" = restart ]; }
