# shellcheck shell=bash disable=SC2154
# The mail servers of run.sh. $work is the working directory.
#
#   127.x.1.N:25, 127.x.2.N:25   mx1 and mx2 of case N
#
# For each host of a case stand in $work/case/NAME/mail: MX.by, who plays it (postfix, exim,
# opensmtpd, sendmail, or a word of odd.py); MX.pem, its key and chain; MX.cf, lines of its MTA's configuration
# for it alone, which stand in place of those that every host has; MX.also, more addresses.

# furnish gives the servers what they have compiled in, in this mount namespace alone: users, folders,
# and what is unpacked in SERVERS. Nothing is written outside $work.
furnish() {
	local over=$work/over user id=64000 dir
	mkdir -p "$over"/etc/{letsencrypt,exim4,mail} "$over"/lib/{opensmtpd/empty,sendmail}
	cp /etc/passwd /etc/group "$over/etc"
	for user in postfix postdrop Debian-exim opensmtpd opensmtpq smmta smmsp; do
		id=$((id + 1))
		grep -q "^$user:" /etc/passwd || echo "$user:x:$id:$id::/nonexistent:/usr/sbin/nologin" >>"$over/etc/passwd"
		grep -q "^$user:" /etc/group || echo "$user:x:$id:" >>"$over/etc/group"
	done
	# A bare Debian has none of these: exim would know no port, and Caddy no type for .txt.
	[ -e /etc/services ] || echo "smtp 25/tcp" >"$over/etc/services"
	[ -e /etc/protocols ] || echo "tcp 6 TCP" >"$over/etc/protocols"
	[ -e /etc/mime.types ] || printf 'text/plain txt\ntext/html html\n' >"$over/etc/mime.types"
	echo "nameserver 127.0.0.53" >"$over/etc/resolv.conf"
	echo "127.0.0.1 localhost mx.$tld" >"$over/etc/hosts"
	mount -t overlay overlay -o "lowerdir=$over/etc:/etc" /etc
	mount -t overlay overlay -o "lowerdir=$over/lib:/var/lib" /var/lib
	[ -z "${SERVERS-}" ] || mount -t overlay overlay -o "lowerdir=$SERVERS/usr:/usr" /usr
	for dir in /etc/letsencrypt /etc/exim4 /etc/mail; do
		mkdir -p "$work$dir"
		mount --bind "$work$dir" "$dir"
	done
	mount -t tmpfs tmpfs /run
	mount -t tmpfs tmpfs /var/spool
}

# mail_address NAME MX
mail_address() {
	local address
	address=$(cat "$work/case/$1/address")
	echo "${address%.*.*}.${2#mx}.${address##*.}"
}

# serve NAME MX KEY CERTIFICATE... is what that host shows.
serve() {
	local name=$1 mx=$2
	shift 2
	cat "$@" >"$work/case/$name/mail/$mx.pem"
}

# played_by NAME MX WHO and configure NAME MX "SETTING = VALUE"... say who plays a host, and how.
played_by() { echo "$3" >"$work/case/$1/mail/$2.by"; }

configure() {
	local file=$work/case/$1/mail/$2.cf
	shift 2
	printf '%s\n' "$@" >>"$file"
}

# mail_leaf NAME FROM UNTIL SAN gives both hosts of a case that certificate, with the intermediate.
mail_leaf() {
	local mx
	leaf "$1-mail" "$2" "$3" "$4"
	for mx in mx1 mx2; do
		serve "$1" "$mx" "$work/tls/leaf.key" "$work/tls/$1-mail.pem" "$work/tls/intermediate.pem"
	done
}

# mail_pem NAME is the certificate that its hosts show.
mail_pem() { if [ -e "$work/tls/$1-mail.pem" ]; then echo "$work/tls/$1-mail.pem"; else echo "$work/tls/$1.pem"; fi; }

mail_names() { echo "DNS:mx1.$(domain_of "$1"),DNS:mx2.$(domain_of "$1")"; }

# mail_sound NAME has both hosts played as they should be: by the MTA that the case is about, or by
# postfix.
mail_sound() {
	local mx
	rm -f "$work/case/$1/mail"/*.cf
	sound_leaf "$1"
	for mx in mx1 mx2; do
		choose "$(played_on "$1")" postfix "${mtas[@]}" >"$work/case/$1/mail/$mx.by"
		serve "$1" "$mx" "$work/tls/leaf.key" "$work/tls/$1.pem" "$work/tls/intermediate.pem"
	done
}

# hosts_of WHO prints the hosts that it plays, one an address: case, MX, address.
hosts_of() {
	local file name mx address
	{ grep -lx "$1" "$work"/case/*/mail/*.by || true; } | while read -r file; do
		mx=${file##*/} mx=${mx%.by}
		name=${file%/mail/*} name=${name##*/}
		for address in "$(mail_address "$name" "$mx")" $(cat "${file%.by}.also" 2>/dev/null); do
			echo "$name $mx $address"
		done
	done
}

start_mail() {
	start_postfix
	start_exim
	start_opensmtpd
	start_sendmail
	start_odd
}

await_mail() {
	await_hosts master postfix
	await_hosts exim4 exim
	await_hosts smtpd opensmtpd
	await_hosts sendmail sendmail
	await_hosts odd.py helo-only
}

# await_hosts PROGRAM WHO waits until each of its hosts listens.
await_hosts() {
	local address
	for address in $(hosts_of "$2" | cut -d' ' -f3); do
		await "$1" listens "${address//[][]/}" 25
	done
}

# talk ADDRESS [COMMAND...] is an SMTP conversation, a reply and the next command by turns; what the
# server says is printed, and what it has not said in $patience seconds is not waited for.
talk() (
	address=$1
	shift
	exec 3<>"/dev/tcp/$address/25" || exit
	while :; do
		while IFS= read -r -t "${patience:-20}" line <&3 || [ -n "$line" ]; do
			printf '%s\n' "${line%$'\r'}"
			[[ $line == ???-* ]] || break
		done
		[ $# -gt 0 ] || break
		printf '%s\r\n' "$1" >&3
		shift
	done
)

start_postfix() {
	local dir=$work/postfix
	mkdir -p "$dir/queue"/{pid,public,private} "$dir/data"
	chown postfix "$dir/queue"/{public,private} "$dir/data"
	postfix_main "$dir" >"$dir/main.cf"
	postfix_master >"$dir/master.cf"
	start /usr/lib/postfix/sbin/master -c "$dir" -d
}

# Names are looked up nowhere: all that is wanted is the conversation.
postfix_main() {
	cat <<-CONF
		compatibility_level = 3.6
		queue_directory = $1/queue
		data_directory = $1/data
		maillog_file = $work/postfix.log
		maillog_file_prefixes = $work
		myhostname = mx.$tld
		mydestination =
		alias_maps =
		local_recipient_maps =
		inet_protocols = all
		smtpd_peername_lookup = no
		smtpd_tls_security_level = may
		smtpd_delay_reject = no
		postscreen_access_list =
		postscreen_cache_map =
	CONF
}

# An smtpd for each address, with settings of its own.
postfix_master() {
	local name mx address
	hosts_of postfix | while read -r name mx address; do
		echo "$address:25 inet n - n - - smtpd"
		postfix_options "$name" "$mx"
	done
	hosts_of postscreen | while read -r name mx address; do
		echo "$address:25 inet n - n - 1 postscreen"
		echo "smtpd pass - - n - - smtpd"
		postfix_options "$name" "$mx"
	done
	cat <<-CONF
		tlsmgr unix - - n 1000? 1 tlsmgr
		anvil unix - - n - 1 anvil
		postlog unix-dgram n - n - 1 postlogd
	CONF
}

postfix_options() {
	local line cf=$work/case/$1/mail/$2.cf
	echo "  -o myhostname=$2.$(domain_of "$1")"
	echo "  -o smtpd_tls_chain_files=${cf%.cf}.pem"
	[ ! -e "$cf" ] || while read -r line; do echo "  -o { $line }"; done <"$cf"
}

# An exim for each host.
start_exim() {
	local dir=$work/exim name mx address
	mkdir -p "$dir"
	chown Debian-exim "$dir"
	while read -r name mx address; do
		exim_conf "$name" "$mx" "$address" >"$dir/$address.conf"
		start exim4 -bdf -C "$dir/$address.conf"
	done < <(hosts_of exim)
}

exim_conf() {
	local pem=$work/case/$1/mail/$2.pem
	last_of_each <<-CONF
		primary_hostname = $2.$(domain_of "$1")
		spool_directory = $work/exim
		log_file_path = $work/exim/%slog
		pid_file_path =
		notifier_socket =
		keep_environment =
		local_interfaces = $3
		tls_advertise_hosts = *
		tls_certificate = $pem
		tls_privatekey = $pem
		$(cat "${pem%.pem}.cf" 2>/dev/null)
	CONF
	cat <<-CONF
		.ifdef DELAY
		acl_smtp_connect = connect
		begin acl
		connect:
		  accept delay = DELAY
		.endif
		.ifdef REFUSAL
		acl_smtp_connect = connect
		begin acl
		connect:
		  drop message = REFUSAL
		.endif
		.ifdef DEFERRAL
		acl_smtp_connect = connect
		begin acl
		connect:
		  defer message = DEFERRAL
		.endif
	CONF
}

# last_of_each keeps of settings of the same name the last: exim takes no second one.
last_of_each() { tac | awk -F ' *= *' '!seen[$1]++' | tac; }

# OpenSMTPD is one for all. It has nothing to do with a host but what MX.cf says, if there is one.
start_opensmtpd() {
	local conf=$work/opensmtpd.conf name mx address
	echo 'table everybody { 127.0.0.0/8 }' >"$conf"
	hosts_of opensmtpd | while read -r name mx address; do
		opensmtpd_host "$name" "$mx" "$address"
	done >>"$conf"
	echo 'match from any for any reject' >>"$conf"
	start smtpd -d -f "$conf"
}

# own_copy NAME MX makes a copy of its key and chain that only root may read and that is not below /tmp,
# as some want of a key, and prints its name.
own_copy() {
	[ ! -e "$work/case/$1/mail/$2.pem" ] || install -m 600 "$work/case/$1/mail/$2.pem" "/etc/mail/$1-$2.pem"
	echo "/etc/mail/$1-$2.pem"
}

opensmtpd_host() {
	local host pem mail=$work/case/$1/mail
	host=$2.$(domain_of "$1")
	pem=$(own_copy "$1" "$2")
	if [ -e "$mail/$2.cf" ]; then
		sed "/^listen on ::/d; s/^listen on 0\.0\.0\.0/listen on $3/" "$mail/$2.cf"
	else
		printf 'pki %s cert "%s"\n' "$host" "$pem"
		printf 'pki %s key "%s"\n' "$host" "$pem"
		echo "listen on $3 port 25 tls pki $host hostname $host"
	fi
}

# A sendmail for each host.
start_sendmail() {
	local dir=$work/sendmail name mx address
	mkdir -p "$dir/queue" /etc/mail/empty
	cp "$work/tls"/{root,intermediate}.pem /etc/mail
	while read -r name mx address; do
		sendmail_mc "$name" "$mx" "$address" | m4 -D_CF_DIR_=/usr/share/sendmail/cf/ /usr/share/sendmail/cf/m4/cf.m4 - >"$dir/$address.cf" 2>>"$work/sendmail.log"
		start /usr/libexec/sendmail/sendmail -bD -C "$dir/$address.cf"
	done < <(hosts_of sendmail)
}

sendmail_mc() {
	local pem
	pem=$(own_copy "$1" "$2")
	cat <<-CONF
		divert(0)dnl
		VERSIONID(\`integration')dnl
		OSTYPE(\`linux')dnl
		define(\`confDOMAIN_NAME', \`$2.$(domain_of "$1")')dnl
		define(\`QUEUE_DIR', \`$work/sendmail/queue')dnl
		define(\`STATUS_FILE', \`')dnl
		define(\`ALIAS_FILE', \`')dnl
		define(\`confPID_FILE', \`$work/sendmail/$3.pid')dnl
		define(\`confCONTROL_SOCKET_NAME', \`')dnl
		define(\`confDONT_PROBE_INTERFACES', \`True')dnl
		define(\`confTO_IDENT', \`0')dnl
		define(\`confREFUSE_LA', \`10000')dnl
		define(\`confQUEUE_LA', \`10000')dnl
		define(\`confDONT_BLAME_SENDMAIL', \`GroupReadableKeyFile,WorldWritableForwardFile,AssumeSafeChown')dnl
		define(\`confSERVER_CERT', \`$pem')dnl
		define(\`confSERVER_KEY', \`$pem')dnl
		define(\`confCACERT', \`/etc/mail/intermediate.pem')dnl
		define(\`confCACERT_PATH', \`/etc/mail/empty')dnl
		DAEMON_OPTIONS(\`Port=smtp, Addr=$3, Name=MTA')dnl
		FEATURE(\`no_default_msa')dnl
		$(cat "$work/case/$1/mail/$2.cf" 2>/dev/null)
		MAILER(\`smtp')dnl
	CONF
}

# What no MTA would do.
start_odd() {
	local words
	mapfile -t words < <("$here/odd.py" | while read -r word; do
		hosts_of "$word" | sed "s/.* /$word=/"
	done)
	start "$here/odd.py" "${words[@]}"
}
