package cli

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"mtasts/internal/collect"
	"mtasts/internal/fact"
)

// What the user says about the MX hosts reaches the network; what they do not say has its default.
func TestMailFlags(t *testing.T) {
	cases := []struct {
		name, hostname string
		args           []string
		want           collect.Network
	}{
		{"defaults", "server1", nil, collect.Network{SMTPTimeout: 30 * time.Second}},
		{"a machine with a name", "Probe.example.org", nil, collect.Network{SMTPTimeout: 30 * time.Second, EHLOName: "probe.example.org"}},
		{"auto", "", []string{"--smtp", "auto"}, collect.Network{SMTPTimeout: 30 * time.Second}},
		{"off", "", []string{"--smtp=off"}, collect.Network{SMTPTimeout: 30 * time.Second, SMTP: fact.SMTPOff}},
		{
			"all", "probe.example.org",
			[]string{"--smtp", "require", "--smtp-timeout", "5s", "--ehlo-name", "[192.0.2.1]", "--trust-ad"},
			collect.Network{SMTP: fact.SMTPRequire, SMTPTimeout: 5 * time.Second, EHLOName: "[192.0.2.1]", TrustAD: true},
		},
	}
	for _, c := range cases {
		var o networkOptions
		fs := pflag.NewFlagSet(c.name, pflag.ContinueOnError)
		o.add(fs)
		if err := fs.Parse(c.args); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		got, err := o.apply(t.Context(), System{Hostname: c.hostname})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		c.want.Timeout = collect.DefaultTimeout
		if diff := gocmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// Every flag of the network is refused beside --facts.
func TestNetworkFlagsAreAll(t *testing.T) {
	var o networkOptions
	fs := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.add(fs)
	declared := []string{}
	fs.SortFlags = false
	fs.VisitAll(func(f *pflag.Flag) { declared = append(declared, f.Name) })
	if diff := gocmp.Diff(declared, networkFlags()); diff != "" {
		t.Errorf("networkFlags (-declared +listed):\n%s", diff)
	}
}
