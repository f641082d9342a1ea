package publish_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mtasts/internal/publish"
	"mtasts/internal/sts"
)

// What is named by a wildcard is what the providers themselves name so; all else is named as it is.
func TestPatterns(t *testing.T) {
	tests := []struct {
		name            string
		hosts           []string
		patterns, known []string
	}{
		{"one's own", []string{"mx1.example.com", "mx2.example.com"}, []string{"mx1.example.com", "mx2.example.com"}, nil},
		{"case and final dot", []string{"MX1.Example.com.", "mx1.example.com"}, []string{"mx1.example.com"}, nil},
		{"Google", []string{"smtp.google.com"}, []string{"smtp.google.com"}, []string{"Google Workspace"}},
		{
			"Google's five",
			[]string{"aspmx.l.google.com", "alt1.aspmx.l.google.com", "alt2.aspmx.l.google.com", "alt3.aspmx.l.google.com", "alt4.aspmx.l.google.com"},
			[]string{"aspmx.l.google.com", "*.aspmx.l.google.com"},
			[]string{"Google Workspace"},
		},
		{"Google's old ones", []string{"aspmx.l.google.com", "aspmx2.googlemail.com"}, []string{"aspmx.l.google.com", "aspmx2.googlemail.com"}, []string{"Google Workspace"}},
		{"Microsoft", []string{"example-com.mail.protection.outlook.com"}, []string{"*.mail.protection.outlook.com"}, []string{"Microsoft 365"}},
		{"Microsoft with DNSSEC", []string{"example-com.h-v1.mx.microsoft"}, []string{"*.h-v1.mx.microsoft"}, []string{"Microsoft 365"}},
		{"Microsoft, another zone", []string{"example-com.o-v2.mx.microsoft"}, []string{"*.o-v2.mx.microsoft"}, []string{"Microsoft 365"}},
		{"Microsoft, of a form that nobody knows", []string{"a.b.h-v1.mx.microsoft", "x.mx.microsoft"}, []string{"a.b.h-v1.mx.microsoft", "x.mx.microsoft"}, []string{"Microsoft 365"}},
		{"deeper below outlook.com", []string{"a.b.mail.protection.outlook.com"}, []string{"a.b.mail.protection.outlook.com"}, []string{"Microsoft 365"}},
		{"Cloudflare", []string{"route1.mx.cloudflare.net", "route2.mx.cloudflare.net"}, []string{"*.mx.cloudflare.net"}, []string{"Cloudflare Email Routing"}},
		{"Fastmail", []string{"in1-smtp.messagingengine.com", "in2-smtp.messagingengine.com"}, []string{"in1-smtp.messagingengine.com", "in2-smtp.messagingengine.com"}, []string{"Fastmail"}},
		{"Proton", []string{"mail.protonmail.ch", "mailsec.protonmail.ch"}, []string{"mail.protonmail.ch", "mailsec.protonmail.ch"}, []string{"Proton Mail"}},
		{"Zoho", []string{"mx.zoho.eu", "mx2.zoho.eu", "mx3.zoho.eu"}, []string{"mx.zoho.eu", "mx2.zoho.eu", "mx3.zoho.eu"}, []string{"Zoho Mail"}},
		{"Migadu", []string{"aspmx1.migadu.com", "aspmx2.migadu.com"}, []string{"aspmx1.migadu.com", "aspmx2.migadu.com"}, []string{"Migadu"}},
		{"Apple", []string{"mx01.mail.icloud.com", "mx02.mail.icloud.com"}, []string{"mx01.mail.icloud.com", "mx02.mail.icloud.com"}, []string{"iCloud Mail"}},
		{"no wildcard by guess", []string{"mx0a-00112233.pphosted.com", "mx0b-00112233.pphosted.com"}, []string{"mx0a-00112233.pphosted.com", "mx0b-00112233.pphosted.com"}, []string{"Proofpoint"}},
		{"two of them", []string{"mx.example.com", "example-com.mail.protection.outlook.com"}, []string{"mx.example.com", "*.mail.protection.outlook.com"}, []string{"Microsoft 365"}},
		{"a name that only looks so", []string{"mx.cloudflare.net.example.com", "evilmx.microsoft"}, []string{"mx.cloudflare.net.example.com", "evilmx.microsoft"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			patterns, known := publish.Patterns(tt.hosts)
			if diff := cmp.Diff(tt.patterns, patterns); diff != "" {
				t.Errorf("patterns (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.known, known); diff != "" {
				t.Errorf("providers (-want +got):\n%s", diff)
			}
			for _, host := range tt.hosts {
				policy := sts.Policy{}
				for _, p := range patterns {
					policy.MX = append(policy.MX, sts.Pattern{Text: p})
				}
				if _, ok := policy.Find(host); !ok {
					t.Errorf("no pattern of %q matches %s", patterns, host)
				}
			}
		})
	}
}
