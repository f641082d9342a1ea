package platform

import (
	"crypto/x509"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// bundled is the module that has Mozilla's roots.
const bundled = "golang.org/x/crypto/x509roots/fallback"

// mozilla are the roots of Mozilla, as they were when this program was built.
//
// Senders of mail run on Linux as a rule, and judge by these. What Windows and macOS verify with answers
// another question, and does harm here: it fetches what a server left out from wherever the certificate
// says, so a stranger's server would name the URLs that this machine asks for, and a missing intermediate,
// which senders do not forgive, would go unseen; Windows loads most of its roots when they are first asked
// for, so its store cannot be read in advance; and Apple refuses what others take, such as certificates
// of more than 825 days. An authority of one's own is not known to senders either: it is named by --ca-file.
func mozilla() *x509.CertPool {
	pool := x509.NewCertPool()
	for root := range bundle.Roots() {
		c, err := x509.ParseCertificate(root.Certificate)
		switch {
		case err != nil: // one that this version of Go cannot read
		case root.Constraint == nil:
			pool.AddCert(c)
		default:
			pool.AddCertWithConstraint(c, root.Constraint)
		}
	}
	return pool
}

// mozillaName tells of which day they are, where that is known: "mozilla 2026-10-30".
func mozillaName() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "mozilla"
	}
	for _, m := range info.Deps {
		if m.Path == bundled {
			return "mozilla" + dayOf(m.Version)
		}
	}
	return "mozilla"
}

// dayOf is the day in a version that is named after a commit, with a space before it.
func dayOf(version string) string {
	parts := strings.Split(version, "-")
	if len(parts) != 3 {
		return ""
	}
	t, err := time.Parse("20060102150405", parts[1])
	if err != nil {
		return ""
	}
	return t.Format(" 2006-01-02")
}
