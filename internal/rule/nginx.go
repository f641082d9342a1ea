package rule

import "mtasts/internal/sts"

// NginxServer is a whole, correct server block of nginx for a policy host.
func NginxServer(host string) []string {
	return []string{
		"server {",
		"    listen 443 ssl;",
		"    listen [::]:443 ssl;",
		"    server_name " + host + ";",
		"    ssl_certificate     /etc/letsencrypt/live/" + host + "/fullchain.pem;",
		"    ssl_certificate_key /etc/letsencrypt/live/" + host + "/privkey.pem;",
		"    ssl_protocols TLSv1.2 TLSv1.3;",
		"    location = " + sts.PolicyPath + " {",
		"        root /var/www/" + host + ";",
		"        types { }",
		"        default_type text/plain;",
		"    }",
		"}",
	}
}
