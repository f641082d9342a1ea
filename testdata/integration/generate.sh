# shellcheck shell=bash disable=SC2154
# What `mtasts generate` prints, published as it is: the records go into the zone that nsd loads, the
# policy into the web root, the server's lines to nginx, Caddy and Apache. Then a check has to find
# nothing, but that the policy is not in mode enforce. Done for each mode, from nothing to enforce and
# out again.
#
#   127.0.1.241, .242, .243   the policy hosts: nginx, Caddy, Apache

try_generated() {
	local server mode
	stop_servers
	for server in nginx caddy apache; do make_bare "gen-$server" "$(generate_address "$server")"; done
	start_servers
	for mode in testing enforce none; do
		for server in nginx caddy apache; do publish_generated "$server" "$mode"; done
		stop_servers
		start_servers
		start_generated
		for server in nginx caddy apache; do judge_generated "$server" "$mode"; done
	done
}

generate_address() {
	case $1 in
	nginx) echo 127.0.1.241 ;;
	caddy) echo 127.0.1.242 ;;
	apache) echo 127.0.1.243 ;;
	esac
}

# make_bare NAME ADDRESS is a sound domain of which only the MX hosts are there.
make_bare() {
	local owner
	make_sound "$1" "$2"
	for owner in _mta-sts mta-sts _smtp._tls; do
		drop "$1" "$owner.$(domain_of "$1")." TXT
		drop "$1" "$owner.$(domain_of "$1")." A
	done
	rm -r "$work/case/$1/www"
	touch "$work/case/$1/closed" # none of the nginx that serves the other cases
}

# generated SERVER FLAG... runs generate for that server's domain.
generated() {
	local server=$1 name=gen-$1
	shift
	timeout 60 "$mtasts" generate "$(domain_of "$name")" --server "$server" --host "$(generate_address "$server")" \
		--allow-net 127.0.0.0/8 --resolver 127.0.0.53 --ca-file "$work/tls/root.pem" --timeout 5s "$@" </dev/null
}

# publish_generated SERVER MODE does what the files say: records, policy, server.
publish_generated() {
	local name=gen-$1 dir=$work/case/gen-$1 out=$work/case/gen-$1/out
	rm -rf "$out"
	generated "$1" --mode "$2" --out "$out" >"$dir/generate.out" 2>&1 || {
		echo "integration: generate for $name in mode $2 fails:" >&2
		cat "$dir/generate.out" >&2
		failed=$((failed + 1))
		return
	}
	while read -r owner _ _ type _; do
		drop "$name" "$owner" "$type"
	done < <(grep -v '^;' "$out/$(domain_of "$name").zone")
	cat "$out/$(domain_of "$name").zone" >>"$dir/zone"
	mkdir -p "$dir/www"
	cp -r "$out/.well-known" "$dir/www"
	letsencrypt "$name"
	configure_"$1" "$name" "$out"
}

# letsencrypt NAME puts a case's certificate where certbot would have put it.
letsencrypt() {
	local live
	live=/etc/letsencrypt/live/mta-sts.$(domain_of "$1")
	mkdir -p "$live"
	cp "$work/case/$1/chain.pem" "$live/fullchain.pem"
	install -m 600 "$work/tls/leaf.key" "$live/privkey.pem"
}

# The lines stand as they are printed, but for the web root and the address: on this machine there are
# several servers, so that none can have the port at all addresses.
configure_nginx() {
	local dir=$work/case/$1
	mkdir -p "$dir/web"
	sed "s|/var/www/mta-sts.$(domain_of "$1")|$dir/www|; s|listen 443|listen $(generate_address nginx):443|; /listen \[::\]/d" "$2/nginx.conf" >"$dir/web/site.conf"
	cat >"$dir/web/nginx.conf" <<-CONF
		daemon off;
		user $(id -un) $(id -gn);
		pid $dir/web/nginx.pid;
		error_log $dir/web/error.log;
		events { }
		http {
		  access_log off;
		  client_body_temp_path $dir/web/body;
		  proxy_temp_path $dir/web/proxy;
		  fastcgi_temp_path $dir/web/fastcgi;
		  uwsgi_temp_path $dir/web/uwsgi;
		  scgi_temp_path $dir/web/scgi;
		  types { text/html html txt; }
		  include $dir/web/site.conf;
		}
	CONF
}

# Caddy would get its certificate from Let's Encrypt; here it is told where one is.
configure_caddy() {
	local dir=$work/case/$1 live
	live=/etc/letsencrypt/live/mta-sts.$(domain_of "$1")
	mkdir -p "$dir/web"
	{
		printf '{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind %s\n}\n' "$(generate_address caddy)"
		sed "s|/var/www/mta-sts.$(domain_of "$1")|$dir/www|; 1a\\	tls $live/fullchain.pem $live/privkey.pem" "$2/Caddyfile"
	} >"$dir/web/Caddyfile"
}

configure_apache() {
	local dir=$work/case/$1 modules=/usr/lib/apache2/modules module
	mkdir -p "$dir/web"
	{
		for module in mpm_event authz_core ssl mime; do
			echo "LoadModule ${module}_module $modules/mod_$module.so"
		done
		cat <<-CONF
			ServerRoot $dir/web
			ServerName localhost
			PidFile $dir/web/apache.pid
			ErrorLog $dir/web/error.log
			User www-data
			Group www-data
			TypesConfig /dev/null
			AddType text/html .txt
			Listen $(generate_address apache):443
			<Directory />
			  Require all denied
			</Directory>
		CONF
		sed "s|/var/www/mta-sts.$(domain_of "$1")|$dir/www|" "$2/apache.conf"
	} >"$dir/web/apache.conf"
}

start_generated() {
	local server dir
	for server in nginx caddy apache; do
		dir=$work/case/gen-$server/web
		case $server in
		nginx) start nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf" ;;
		caddy) XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir start caddy run --config "$dir/Caddyfile" --adapter caddyfile ;;
		apache) start apache2 -f "$dir/apache.conf" -D FOREGROUND ;;
		esac
		await "$server" get "gen-$server"
	done
}

# judge_generated SERVER MODE: nothing is found but what the mode means, and the server does not answer
# for anything else.
judge_generated() {
	local name=gen-$1 want verdict=FAIL got
	case $2 in
	testing) want="policy-enforced/testing warn, exit 0" ;;
	enforce) want="nothing, exit 0" ;;
	none) want="policy-enforced/none warn, exit 0" ;;
	esac
	ask "$name" "$2" --ca-file "$work/tls/root.pem" --resolver 127.0.0.53
	got=$(seen "$work/case/$name/$2")
	[ "$got" != "$want" ] || verdict=ok
	[ "$(elsewhere_status "$name")" = 404 ] || verdict=FAIL got="$got, / answers $(elsewhere_status "$name")"
	row "$verdict" "$want" "generate ($1)" "$got" "$2" -
	sed 's/^/    stderr: /' "$work/case/$name/$2.err"
}

elsewhere_status() {
	local host
	host=mta-sts.$(domain_of "$1")
	curl -sS --max-time 5 --cacert "$work/tls/root.pem" --resolve "$host:443:$(cat "$work/case/$1/address")" \
		-o /dev/null -w '%{http_code}' "https://$host/other.txt"
}
