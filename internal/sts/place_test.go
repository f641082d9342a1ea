package sts

import "testing"

func TestPolicyURL(t *testing.T) {
	const want = "https://mta-sts.example.com/.well-known/mta-sts.txt"
	if got := PolicyURL("example.com"); got != want {
		t.Errorf("PolicyURL = %q, want %q", got, want)
	}
	if got := PolicyHost("example.com"); got != "mta-sts.example.com" {
		t.Errorf("PolicyHost = %q", got)
	}
}
