package rule

import (
	"slices"
	"sync"
)

// Catalogue is every rule, in the order in which findings of one status are told. A rule stands in
// the file of its name, with its check behind it.
func Catalogue() []Rule { return slices.Clone(catalogue()) }

// catalogue is the same, written once: nobody changes it.
var catalogue = sync.OnceValue(func() []Rule {
	return []Rule{
		// group record
		domainExists(), stsRecord(), stsRecordSyntax(),
		// group host
		hostAddress(), hostPublic(), hostReachable(), hostTLS(), hostCertificate(), hostCertificateExpiry(),
		policyFetch(), fetchTime(), policyConsistent(), contentType(),
		// group policy
		policySyntax(), policyVersion(), policyMode(), policyEnforced(), policyMaxAge(), policyMaxAgeLength(),
		policyMX(), policyDuplicate(), policyMXUnused(), policySenders(),
		// group mx
		mxRecords(), mxHost(), mxAddress(), mxPublic(), mxCovered(),
		// group smtp
		smtpReachable(), startTLS(), smtpTLS(), smtpCertificate(), smtpCertificateExpiry(), daneRule(), delivery(),
		// group tlsrpt
		reportsRecord(), reportsSyntax(), reportsDestination(),
		// group change
		policyIDChanged(), mxMoved(),
	}
})
