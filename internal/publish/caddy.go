package publish

import "mtasts/internal/sts"

// caddy gets and renews the certificate by itself. Its redirect to HTTPS is on port 80, where no sender
// asks for a policy.
func (p *Plan) caddy() serverWays {
	return serverWays{
		name: "Caddy", sheet: "Caddyfile",
		path:  "/etc/caddy/Caddyfile",
		after: "systemctl reload caddy",
		content: p.host() + ` {
	root * ` + p.root() + `
	handle ` + sts.PolicyPath + ` {
		header Content-Type text/plain
		file_server
	}
	handle {
		respond 404
	}
}
`,
	}
}
