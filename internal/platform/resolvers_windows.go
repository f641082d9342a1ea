package platform

import (
	"errors"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// ResolvConf is empty: Windows has no such file.
const ResolvConf = ""

// Nameservers are the DNS servers of the networks that this machine is in, the best first.
func Nameservers() ([]string, error) {
	first, err := adapters()
	if err != nil {
		return nil, os.NewSyscallError("GetAdaptersAddresses", err)
	}
	var list []adapter
	for a := first; a != nil; a = a.Next {
		if a.OperStatus == windows.IfOperStatusUp && a.IfType != windows.IF_TYPE_SOFTWARE_LOOPBACK {
			list = append(list, adapterOf(a))
		}
	}
	return nameservers(list), nil
}

// adapters asks until the answer fits, since there may be more of them by the next time.
func adapters() (*windows.IpAdapterAddresses, error) {
	const tries = 4
	size := uint32(16 << 10)
	err := error(windows.ERROR_BUFFER_OVERFLOW)
	for range tries {
		room := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&room[0])) //nolint:gosec // as the call wants it
		err = windows.GetAdaptersAddresses(windows.AF_UNSPEC, skipAll|windows.GAA_FLAG_INCLUDE_GATEWAYS, 0, first, &size)
		switch {
		case err == nil && size > 0:
			return first, nil
		case err == nil, errors.Is(err, windows.ERROR_NO_DATA):
			return nil, nil
		case !errors.Is(err, windows.ERROR_BUFFER_OVERFLOW):
			return nil, err
		}
	}
	return nil, err
}

// skipAll leaves out what is not asked for.
const skipAll = windows.GAA_FLAG_SKIP_UNICAST | windows.GAA_FLAG_SKIP_ANYCAST | windows.GAA_FLAG_SKIP_MULTICAST |
	windows.GAA_FLAG_SKIP_FRIENDLY_NAME

func adapterOf(a *windows.IpAdapterAddresses) adapter {
	it := adapter{gateway: a.FirstGatewayAddress != nil, metric: metric(a)}
	for s := a.FirstDnsServerAddress; s != nil; s = s.Next {
		it.servers = append(it.servers, addrOf(s.Address))
	}
	return it
}

// addrOf is an address with its zone, where it has one; none where it is of another family.
func addrOf(a windows.SocketAddress) netip.Addr {
	if a.Sockaddr == nil {
		return netip.Addr{}
	}
	sa, err := a.Sockaddr.Sockaddr()
	if err != nil {
		return netip.Addr{}
	}
	switch sa := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr)
	case *syscall.SockaddrInet6:
		addr := netip.AddrFrom16(sa.Addr)
		if sa.ZoneId == 0 {
			return addr
		}
		return addr.WithZone(strconv.FormatUint(uint64(sa.ZoneId), 10))
	}
	return netip.Addr{}
}

// metric is the better one of the families that are in use: 0 stands for one that is not.
func metric(a *windows.IpAdapterAddresses) uint32 {
	if a.Ipv4Metric == 0 || a.Ipv6Metric == 0 {
		return max(a.Ipv4Metric, a.Ipv6Metric)
	}
	return min(a.Ipv4Metric, a.Ipv6Metric)
}
