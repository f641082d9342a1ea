package rule

import (
	"slices"
	"strings"
	"sync"

	"mtasts/internal/fact"
)

// software is a mail server's program, told by its own words, and how it is set up.
type software struct {
	name string
	mark string // in the greeting or the reply to EHLO, in lower case
	// Lines of configuration and commands; {name} stands for the MX host.
	certificate []string // gets a certificate, and has the server use it for STARTTLS
	renewal     []string // of a certificate that certbot got
	chain       []string // the intermediates are sent too
	versions    []string // TLS 1.2 and later
}

// lets is the folder where certbot keeps a host's certificate.
const lets = "/etc/letsencrypt/live/{name}/"

// certbot gets a certificate without a web server; port 80 has to be free for the moment.
const (
	certbot = "certbot certonly --standalone -d {name}"
	renew   = "certbot renew --cert-name {name}"
)

// mailServers are the programs that say who they are. The first is the example where one does not.
var mailServers = sync.OnceValue(func() []software {
	return []software{postfix(), exim(), openSMTPD(), sendmail(), exchange()}
})

func postfix() software {
	keys := []string{
		"postconf -e 'smtpd_tls_security_level = may'",
		"postconf -e 'smtpd_tls_chain_files = " + lets + "privkey.pem, " + lets + "fullchain.pem'",
		"systemctl reload postfix",
	}
	return software{
		name: "Postfix", mark: "postfix", renewal: []string{renew, "systemctl reload postfix"}, chain: keys[1:],
		// Before 3.6 Postfix does not know >=TLSv1.2, and then refuses STARTTLS.
		versions:    []string{"postconf -e 'smtpd_tls_protocols = !SSLv2, !SSLv3, !TLSv1, !TLSv1.1'", "systemctl reload postfix"},
		certificate: append([]string{certbot + " --deploy-hook 'systemctl reload postfix'"}, keys...),
	}
}

// Exim reads its key as a user of its own, which may not read what certbot keeps: it gets copies, where
// Debian's configuration has them.
func exim() software {
	const restart = "systemctl restart exim4"
	const chain = "install -g Debian-exim -m 640 " + lets + "fullchain.pem /etc/exim4/exim.crt"
	keys := []string{
		"# in the main section of Exim's configuration (on Debian, in exim4.conf.localmacros instead: MAIN_TLS_ENABLE = yes):",
		"tls_advertise_hosts = *",
		"tls_certificate = /etc/exim4/exim.crt",
		"tls_privatekey = /etc/exim4/exim.key",
		restart,
	}
	return software{
		name: "Exim", mark: "exim", renewal: []string{renew}, chain: []string{chain, keys[0], keys[2], restart},
		versions: []string{
			"# in the main section of Exim's configuration:",
			".ifdef _HAVE_GNUTLS",
			"tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2",
			".else",
			"openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1",
			".endif",
			restart,
		},
		certificate: append([]string{
			"# Exim may not read what certbot keeps, so it gets copies; its user is Debian-exim on Debian:",
			certbot + " --deploy-hook '" + chain + " && install -g Debian-exim -m 640 " + lets + "privkey.pem /etc/exim4/exim.key'",
		}, keys...),
	}
}

func openSMTPD() software {
	const restart = "systemctl restart opensmtpd"
	keys := []string{
		"# in smtpd.conf, in place of its lines for port 25:",
		`pki {name} cert "` + lets + `fullchain.pem"`,
		`pki {name} key "` + lets + `privkey.pem"`,
		"listen on 0.0.0.0 tls pki {name}",
		"listen on :: tls pki {name}",
		restart,
	}
	return software{
		name: "OpenSMTPD", mark: "opensmtpd", renewal: []string{renew, restart}, chain: []string{"# in smtpd.conf:", keys[1], restart},
		versions: []string{
			"# OpenSMTPD speaks TLS 1.2 and later by itself, unless it or its TLS library is old:",
			"apt-get install --only-upgrade opensmtpd",
		},
		certificate: append([]string{certbot + " --deploy-hook '" + restart + "'"}, keys...),
	}
}

func sendmail() software {
	keys := []string{
		"dnl in sendmail.mc:",
		"define(`confSERVER_CERT', `" + lets + "cert.pem')dnl",
		"define(`confSERVER_KEY', `" + lets + "privkey.pem')dnl",
		"define(`confCACERT', `" + lets + "chain.pem')dnl",
	}
	return software{
		name: "Sendmail", mark: "sendmail", renewal: []string{renew, "systemctl restart sendmail"}, chain: []string{keys[0], keys[1], keys[3]},
		versions: []string{
			"dnl in sendmail.mc:",
			"LOCAL_CONFIG",
			"O ServerSSLOptions=+SSL_OP_NO_SSLv2 +SSL_OP_NO_SSLv3 +SSL_OP_NO_TLSv1 +SSL_OP_NO_TLSv1_1",
		},
		certificate: append([]string{certbot}, keys...),
	}
}

func exchange() software {
	const protocols = `'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server'`
	enable := []string{
		"# with the certificate for {name} and its intermediates imported:",
		"Get-ExchangeCertificate -DomainName {name} | Where-Object { $_.NotAfter -gt (Get-Date) } | Enable-ExchangeCertificate -Services SMTP",
		"Restart-Service MSExchangeFrontEndTransport",
	}
	return software{
		name: "Exchange", mark: "microsoft esmtp mail service", certificate: enable, renewal: enable, chain: enable,
		versions: []string{
			"New-Item -Force " + protocols,
			"New-ItemProperty -Force -Path " + protocols + " -Name Enabled -Value 1 -PropertyType DWord",
			"New-ItemProperty -Force -Path " + protocols + " -Name DisabledByDefault -Value 0 -PropertyType DWord",
			"Restart-Computer",
		},
	}
}

// softwareOf tells the program that some of the sessions show; false where it does not say.
func softwareOf(sessions []*session) (software, bool) {
	all := mailServers()
	for _, s := range sessions {
		for _, r := range []*fact.Reply{s.probe.Greeting, s.probe.EHLO} {
			i := slices.IndexFunc(all, func(one software) bool { return says(r, one.mark) })
			if i >= 0 {
				return all[i], true
			}
		}
	}
	return all[0], false
}

func says(r *fact.Reply, mark string) bool {
	return r != nil && slices.ContainsFunc(r.Lines, func(line fact.Text) bool {
		return strings.Contains(strings.ToLower(string(line)), mark)
	})
}

// mend adds to a hit what its fix says: for whom it is, and the lines for the server's program. {for}
// and {lines} stand for both in the text.
func (g strand) mend(h Hit, lines func(software) []string) Hit {
	h.Mail = true
	h.Vars["for"], h.Vars["lines"] = g.peer.addressee(), "."
	program, told := softwareOf(g.sessions)
	switch {
	case lines == nil, g.peer.foreign && !told, !isHostName(g.peer.Name): // a name for pasting has to be one
		return h
	case told:
		h.Vars["lines"] = "; for " + program.name + ":"
	default:
		h.Vars["lines"] = "; for " + program.name + ", as an example:"
	}
	for _, line := range lines(program) {
		h.Lines = append(h.Lines, strings.ReplaceAll(line, "{name}", g.peer.Name))
	}
	return h
}

// addressee tells the administrator of the domain that the host is somebody else's.
func (p *peer) addressee() string {
	if !p.foreign {
		return ""
	}
	return p.Name + " is another organisation's, so this is for whoever runs it: ask them, or leave the host out of the MX records and of the policy. "
}
