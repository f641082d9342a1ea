# shellcheck shell=bash disable=SC2154
# What `mtasts generate` prints, published as it is: the records go into the zone that nsd loads, the
# policy into the web root, the server's lines to nginx, Caddy and Apache. Then a check has to find
# nothing, but that the policy is not in mode enforce. Done for each mode, from nothing to enforce and
# out again.
#
try_generated() {
	local server mode name n=590
	stop_servers
	cut -d'|' -f1 "$work/cases" | while read -r name; do
		[[ $name == sound-* ]] || lay_aside "$name"
	done
	for server in nginx caddy apache; do
		make_bare "gen-$server" "$n"
		n=$((n + 1))
	done
	start_servers
	for mode in testing enforce none; do
		for server in nginx caddy apache; do publish_generated "$server" "$mode"; done
		stop_servers
		start_servers
		start_generated
		for server in nginx caddy apache; do judge_generated "$server" "$mode"; done
	done
}

generate_address() { cat "$work/case/gen-$1/address"; }

# make_bare NAME NUMBER is a sound domain of which only the MX hosts are there.
make_bare() {
	local owner
	make_sound "$1" "$2" -
	for owner in _mta-sts mta-sts _smtp._tls; do
		drop "$1" "$owner.$(domain_of "$1")." TXT
		drop "$1" "$owner.$(domain_of "$1")." A
	done
	rm -r "$work/case/$1/www"
	touch "$work/case/$1/closed" # none of those that serve the other cases
}

# generated SERVER FLAG... runs generate for that server's domain.
generated() {
	local server=$1 name=gen-$1
	shift
	timeout 120 "$mtasts" generate "$(domain_of "$name")" --server "$server" --host "$(generate_address "$server")" \
		--allow-net 127.0.0.0/8 --resolver 127.0.0.53 --ca-file "$work/tls/root.pem" --timeout 10s "$@" </dev/null
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
	mkdir -p "$dir/generated"
	sed "s|/var/www/mta-sts.$(domain_of "$1")|$dir/www|; s|listen 443|listen $(generate_address nginx):443|; /listen \[::\]/d" "$2/nginx.conf" >"$dir/generated/site.conf"
	cat >"$dir/generated/nginx.conf" <<-CONF
		daemon off;
		user $(id -un) $(id -gn);
		pid $dir/generated/nginx.pid;
		error_log $dir/generated/error.log;
		events { }
		http {
		  access_log off;
		  client_body_temp_path $dir/generated/body;
		  proxy_temp_path $dir/generated/proxy;
		  fastcgi_temp_path $dir/generated/fastcgi;
		  uwsgi_temp_path $dir/generated/uwsgi;
		  scgi_temp_path $dir/generated/scgi;
		  types { text/html html txt; }
		  include $dir/generated/site.conf;
		}
	CONF
}

# Caddy would get its certificate from Let's Encrypt; here it is told where one is.
configure_caddy() {
	local dir=$work/case/$1 live
	live=/etc/letsencrypt/live/mta-sts.$(domain_of "$1")
	mkdir -p "$dir/generated"
	{
		printf '{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind %s\n}\n' "$(generate_address caddy)"
		sed "s|/var/www/mta-sts.$(domain_of "$1")|$dir/www|; 1a\\	tls $live/fullchain.pem $live/privkey.pem" "$2/Caddyfile"
	} >"$dir/generated/Caddyfile"
}

configure_apache() {
	local dir=$work/case/$1
	mkdir -p "$dir/generated"
	{
		apache_base "$dir/generated"
		echo 'AddType text/html .txt'
		echo "Listen $(generate_address apache):443"
		sed "s|/var/www/mta-sts.$(domain_of "$1")|$dir/www|" "$2/apache.conf"
	} >"$dir/generated/apache.conf"
}

start_generated() {
	local server dir
	for server in nginx caddy apache; do
		dir=$work/case/gen-$server/generated
		case $server in
		nginx) start_as gen-nginx nginx -p "$dir" -e "$dir/error.log" -c "$dir/nginx.conf" ;;
		caddy) XDG_DATA_HOME=$dir XDG_CONFIG_HOME=$dir start_as gen-caddy caddy run --config "$dir/Caddyfile" --adapter caddyfile ;;
		apache) start_as gen-apache apache2 -f "$dir/apache.conf" -D FOREGROUND ;;
		esac
		await "gen-$server" get "gen-$server"
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
	got=$(seen "$work/runs/$name/$2")
	[ "$got" != "$want" ] || verdict=ok
	[ "$(elsewhere_status "$name")" = 404 ] || verdict=FAIL got="$got, / answers $(elsewhere_status "$name")"
	row "$verdict" "$want" "generate-$2-$1" "$got" - -
	tally "generate --mode $2" "$1" "$verdict"
	sed 's/^/    stderr: /' "$work/runs/$name/$2.err"
}

elsewhere_status() {
	local host
	host=mta-sts.$(domain_of "$1")
	curl -sS --max-time 5 --cacert "$work/tls/root.pem" --resolve "$host:443:$(cat "$work/case/$1/address")" \
		-o /dev/null -w '%{http_code}' "https://$host/other.txt"
}
