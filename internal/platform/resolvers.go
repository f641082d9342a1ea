package platform

import (
	"cmp"
	"net/netip"
	"slices"
)

// maxNameservers is how many a C library takes.
const maxNameservers = 3

// adapter is a way into a network, as far as resolvers go.
type adapter struct {
	gateway bool   // leads out of its own network
	metric  uint32 // the lowest is preferred
	servers []netip.Addr
}

// nameservers are the servers of adapters in the order in which they are worth asking: those of networks
// that lead somewhere come first, since a virtual machine's own network leads nowhere and knows little.
func nameservers(adapters []adapter) []string {
	slices.SortStableFunc(adapters, func(a, b adapter) int {
		if a.gateway != b.gateway {
			return cmp.Compare(rank(a), rank(b))
		}
		return cmp.Compare(a.metric, b.metric)
	})
	var list []string
	for _, a := range adapters {
		for _, s := range a.servers {
			if text := s.String(); usable(s) && len(list) < maxNameservers && !slices.Contains(list, text) {
				list = append(list, text)
			}
		}
	}
	return list
}

func rank(a adapter) int {
	if a.gateway {
		return 0
	}
	return 1
}

// usable tells a server from nothing, and from the site-local addresses that Windows fills in where a
// network names no server (RFC 3879 has done away with those).
func usable(a netip.Addr) bool {
	siteLocal := netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfe, 0xc0}), 10)
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && !siteLocal.Contains(a.WithZone(""))
}
