# shellcheck shell=bash disable=SC2154
# What run.sh prints: a line for each case as it is judged, and a table of what was tried on which server
# at the end. $work is the working directory.

# row VERDICT WANT NAME GOT KIND AFTER prints one line and counts it.
row() {
	count "$1"
	print_row "$@"
}

count() { if [ "$1" = ok ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi; }

print_row() {
	local verdict=$1 want=$2
	shift 2
	printf '%-26s | %-64s | %-7s | %-15s | %s\n' "$@" "$verdict"
	[ "$want" = "$2" ] || echo "    expected: $want"
}

# tally FORM SERVER VERDICT keeps what the table is made of.
tally() { printf '%s\t%s\t%s\n' "$1" "$2" "$3" >>"$tallied"; }

# table prints who was tried how, as far as each can be broken that way.
table() {
	printf '\nwhat was tried on which server (a dot: not on this one)\n'
	table_of resolvers "${resolvers[@]}"
	table_of "authoritative servers" "${authorities[@]}"
	table_of "web servers" "${webs[@]}"
	table_of MTAs "${mtas[@]}"
	table_of "no server in particular" -
}

# table_of TITLE SERVER... prints the forms that any of them has played.
table_of() {
	local title=$1
	shift
	echo
	awk -F '\t' -v title="$title" -v servers="$*" '
		BEGIN { n = split(servers, server, " "); for (i = 1; i <= n; i++) mine[server[i]] = 1 }
		!($2 in mine) { next }
		!($1 in seen) { seen[$1] = 1; form[++forms] = $1 }
		{
			key = $1 SUBSEP $2
			if (result[key] != "FAIL") result[key] = $3
			tried[$2]++; good[$2] += $3 == "ok"
		}
		END {
			printf "%-28s", title
			for (i = 1; i <= n; i++) printf " %-10s", server[i]
			print ""
			for (f = 1; f <= forms; f++) {
				printf "  %-26s", form[f]
				for (i = 1; i <= n; i++) {
					key = form[f] SUBSEP server[i]
					printf " %-10s", (key in result) ? result[key] : "."
				}
				print ""
			}
			printf "  %-26s", "as expected"
			for (i = 1; i <= n; i++) printf " %-10s", good[server[i]] + 0 "/" tried[server[i]] + 0
			print ""
		}' "$work/tally"
}

# versions prints those of all servers, as they tell them.
versions() {
	echo
	{
		echo "unbound $(unbound -V | sed -n 's/^Version //p')"
		named -V | head -n 1
		nsd -v 2>&1 | head -n 1
		knotd --version
		nginx -v 2>&1
		apache2 -v | head -n 1
		echo "Caddy $(caddy version)"
		echo "Postfix $(command postconf -c "$work/postfix" -h mail_version)"
		exim4 -C /dev/null -bV 2>/dev/null | head -n 1
		smtpd -h 2>&1 | head -n 1
		/usr/libexec/sendmail/sendmail -d0.1 -bp </dev/null 2>&1 | sed -n 's/^Version/Sendmail/p'
	} 2>&1 | sed 's/^/  /' || true
}
