package publish

import "mtasts/internal/sts"

// apache is a virtual host. A Redirect of the server at large, outside of any virtual host, would reach
// the policy too: that is why the steps have the file looked at before the record is published.
func (p *Plan) apache() serverWays {
	live := "/etc/letsencrypt/live/" + p.host()
	return serverWays{
		name: "Apache", sheet: "apache.conf",
		path:   "/etc/apache2/sites-available/" + p.host() + ".conf",
		before: "certbot certonly --apache -d " + p.host(),
		after:  "a2enmod ssl && a2ensite " + p.host() + " && systemctl reload apache2",
		content: `<VirtualHost *:443>
    ServerName ` + p.host() + `
    DocumentRoot ` + p.root() + `
    SSLEngine on
    SSLCertificateFile ` + live + `/fullchain.pem
    SSLCertificateKeyFile ` + live + `/privkey.pem
    SSLProtocol -all +TLSv1.2 +TLSv1.3
    <Directory ` + p.root() + `>
        AllowOverride None
        Require all granted
    </Directory>
    <Location "` + sts.PolicyPath + `">
        ForceType text/plain
    </Location>
</VirtualHost>
`,
	}
}
