//go:build !windows

package platform

// ResolvConf is the resolv.conf(5) of this system. On macOS it names the resolvers of the network that is
// preferred, and knows nothing of those that are meant for some domains only, as a VPN brings them.
const ResolvConf = "/etc/resolv.conf"

// Nameservers is for systems that have no such file.
func Nameservers() ([]string, error) { return nil, nil }
