# shellcheck shell=bash disable=SC2154
# The web servers of run.sh. $work is the working directory.
#
#   127.x.0.N:443   the policy host of case N
#
# In $work/case/NAME stand web, who plays the policy host; chain.pem, its certificates, and key.pem;
# www, its files; site/*.conf, lines of its configuration in the server's own words; listen, more words
# for nginx's listen; alias, the label that Caddy answers to in place of mta-sts; plain, where it speaks
# HTTP on port 443; closed, where nobody plays it.

webs=(nginx apache caddy)

# web_sound NAME: the policy host as it should be.
web_sound() {
	rm -f "$work/case/$1"/{alias,closed,listen,plain,chain.pem} "$work/case/$1"/site/*
	policy "$1" enforce mx1 mx2
	certify_soundly "$1"
}

# site NAME NGINX APACHE CADDY adds lines in the words of the server that plays the case.
site() {
	local text
	case $(cat "$work/case/$1/web") in
	nginx) text=$2 ;;
	apache) text=$3 ;;
	caddy) text=$4 ;;
	esac
	printf '%s\n' "$text" >>"$work/case/$1/site/broken.conf"
}

sites_of() { grep -lx "$1" "$work"/case/*/web | while read -r file; do [ -e "${file%web}closed" ] || echo "${file%/web}"; done; }

# unless_plain DIR WORDS
unless_plain() { [ -e "$1/plain" ] || echo "$2"; }

start_web() {
	local who
	mkdir -p "$work"/{nginx,apache,caddy}
	# Debian's openssl.cnf may forbid what the case of TLS 1.1 needs.
	cat >"$work/openssl.cnf" <<-CONF
		openssl_conf = all
		[all]
		ssl_conf = ssl
		[ssl]
		system_default = old
		[old]
		MinProtocol = TLSv1
		CipherString = DEFAULT:@SECLEVEL=0
	CONF
	for who in "${webs[@]}"; do "${who}_conf" >"$work/$who/$who.conf"; done
	OPENSSL_CONF=$work/openssl.cnf start nginx -p "$work/nginx" -e "$work/nginx/error.log" -c "$work/nginx/nginx.conf"
	OPENSSL_CONF=$work/openssl.cnf start_as apache apache2 -f "$work/apache/apache.conf" -D FOREGROUND
	XDG_DATA_HOME=$work/caddy XDG_CONFIG_HOME=$work/caddy start caddy run --config "$work/caddy/caddy.conf" --adapter caddyfile
	start "$here/slow.py" 127.0.0.80 "$work/case"
}

await_web() {
	local who dir
	await slow.py listens 127.0.0.80 8081
	for who in "${webs[@]}"; do
		dir=$(sites_of "$who" | tail -n 1)
		[ -z "$dir" ] || await "$who" listens "$(cat "$dir/address")" 443
	done
}

# listens ADDRESS PORT prints a word if somebody does.
listens() { (exec 3<>"/dev/tcp/$1/$2" && echo yes); }

nginx_conf() {
	local dir
	cat <<-CONF
		daemon off;
		worker_processes 1;
		user $(id -un) $(id -gn);
		pid $work/nginx/nginx.pid;
		error_log $work/nginx/error.log;
		events { worker_connections 1024; }
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
		  server_names_hash_bucket_size 128;
	CONF
	sites_of nginx | while read -r dir; do
		cat <<-CONF
			  server {
			    listen $(cat "$dir/address"):443 $(unless_plain "$dir" ssl) $(cat "$dir/listen" 2>/dev/null);
			    ssl_certificate $dir/chain.pem;
			    ssl_certificate_key $work/tls/leaf.key;
			    root $dir/www;
			    include $dir/site/*.conf;
			  }
		CONF
	done
	echo "}"
}

# apache_base PLACE prints what a configuration of Apache begins with, in that folder.
apache_base() {
	local module
	for module in mpm_event authz_core ssl mime dir headers alias rewrite proxy proxy_http http2; do
		echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
	done
	cat <<-CONF
		ServerRoot $1
		ServerName localhost
		PidFile $1/apache.pid
		ErrorLog $1/error.log
		DefaultRuntimeDir $1
		User www-data
		Group www-data
		TypesConfig /dev/null
		<Directory />
		  Require all denied
		</Directory>
	CONF
}

apache_conf() {
	local dir address
	apache_base "$work/apache"
	echo 'AddType text/plain .txt'
	sites_of apache | while read -r dir; do
		address=$(cat "$dir/address"):443
		cat <<-CONF
			Listen $address http
			<VirtualHost $address>
			  ServerName mta-sts.$(domain_of "${dir##*/}")
			  DocumentRoot $dir/www
			  $(unless_plain "$dir" "SSLEngine on")
			  SSLProtocol -all +TLSv1.2 +TLSv1.3
			  SSLCertificateFile $dir/chain.pem
			  SSLCertificateKeyFile $work/tls/leaf.key
			  <Directory $dir/www>
			    Require all granted
			  </Directory>
			  IncludeOptional $dir/site/*.conf
			</VirtualHost>
		CONF
	done
}

# Caddy would get its certificates from Let's Encrypt; here it is told where they are.
caddy_conf() {
	local dir
	printf '{\n\tadmin off\n\tauto_https disable_redirects\n\tservers {\n\t\tprotocols h1 h2\n\t}\n}\n'
	sites_of caddy | while read -r dir; do
		cat <<-CONF
			https://$(cat "$dir/alias" 2>/dev/null || echo mta-sts).$(domain_of "${dir##*/}") {
			  bind $(cat "$dir/address")
			  tls $dir/chain.pem $work/tls/leaf.key
			  root * $dir/www
			$(cat "$dir"/site/*.conf 2>/dev/null || true)
			  file_server
			}
		CONF
	done
}
