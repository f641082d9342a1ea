package publish

import (
	"strings"

	"mtasts/internal/rule"
)

// nginx is the server block that the rules print as a fix too.
func (p *Plan) nginx() serverWays {
	return serverWays{
		name: "nginx", sheet: "nginx.conf",
		path:    "/etc/nginx/conf.d/" + p.host() + ".conf",
		before:  "certbot certonly --nginx -d " + p.host(),
		after:   "systemctl reload nginx",
		content: strings.Join(rule.NginxServer(p.host()), "\n") + "\n",
	}
}
