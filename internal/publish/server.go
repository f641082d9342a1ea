package publish

// Server is a web server that a plan has a configuration for.
type Server string

// The servers.
const (
	Nginx    Server = "nginx"
	Caddy    Server = "caddy"
	Apache   Server = "apache"
	NoServer Server = "none" // no configuration is wanted
)

// Servers are all of them.
func Servers() []Server { return []Server{Nginx, Caddy, Apache, NoServer} }

// serverWays are what the steps have to know of a server.
type serverWays struct {
	name    string // as people know it
	sheet   string // the name of the file in a directory of its own
	path    string // where it belongs
	before  string // what to do before; empty: nothing
	after   string // what makes it known
	content string
}

func (p *Plan) ways() serverWays {
	switch p.Server {
	case Nginx:
		return p.nginx()
	case Caddy:
		return p.caddy()
	case Apache:
		return p.apache()
	default:
		return serverWays{}
	}
}

// ServerSheet is the web server's configuration: mta-sts.DOMAIN over HTTPS, the policy as text/plain
// without a redirect, and nothing else (RFC 8461 §3.2, §3.3). There is none for NoServer.
func (p *Plan) ServerSheet() (s Sheet, ok bool) {
	w := p.ways()
	return Sheet{Name: w.sheet, Text: w.content, Comment: "#"}, w.content != ""
}
