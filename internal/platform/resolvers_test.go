package platform

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func servers(list ...string) (all []netip.Addr) {
	for _, s := range list {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

// TestNameservers holds which servers of which networks are asked, of machines as they are.
func TestNameservers(t *testing.T) {
	home := adapter{gateway: true, metric: 35, servers: servers("192.168.1.1", "fe80::1%12")}
	dock := adapter{gateway: true, metric: 25, servers: servers("192.168.1.1", "192.168.1.2")}
	virtual := adapter{metric: 15, servers: servers("fec0:0:0:ffff::1", "fec0:0:0:ffff::2%1", "fec0:0:0:ffff::3%1")}
	tunnel := adapter{metric: 5, servers: servers("10.64.0.1")}
	for _, c := range []struct {
		name     string
		adapters []adapter
		want     []string
	}{
		{"no network", nil, nil},
		{"one, with a router that is known by its link alone", []adapter{home}, []string{"192.168.1.1", "fe80::1%12"}},
		{"wired before wireless, and each once", []adapter{home, dock}, []string{"192.168.1.1", "192.168.1.2", "fe80::1%12"}},
		{"placeholders are no servers", []adapter{virtual}, nil},
		{"a network that leads nowhere comes last", []adapter{virtual, tunnel, home}, []string{"192.168.1.1", "fe80::1%12", "10.64.0.1"}},
		{"a tunnel alone", []adapter{virtual, tunnel}, []string{"10.64.0.1"}},
		{"nonsense", []adapter{{servers: append(servers("0.0.0.0", "::", "ff02::1"), netip.Addr{})}}, nil},
		{"no more than three", []adapter{{servers: servers("192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4")}}, []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}},
	} {
		if diff := cmp.Diff(c.want, nameservers(c.adapters)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestSystem asks this machine. What it says depends on that; on each it has one way to tell.
func TestSystem(t *testing.T) {
	list, err := Nameservers()
	if err != nil || ResolvConf != "" && len(list) > 0 || len(list) > maxNameservers {
		t.Errorf("%q, %q, %v", ResolvConf, list, err)
	}
	for _, s := range list {
		if _, err := netip.ParseAddr(s); err != nil {
			t.Error(err)
		}
	}
}
