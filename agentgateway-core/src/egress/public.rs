use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of IPv4 addresses that is not public, and what it is.
type Block = (Ipv4Addr, u32, &'static str);

pub(super) const NOT_PUBLIC_V4: [Block; 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "this host on this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private use"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared by carriers"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback"),
    // Not in the registry: Azure's host, which answers the machines on it alone.
    (Ipv4Addr::new(168, 63, 129, 16), 32, "metadata of a cloud"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private use"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relays"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private use"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
    (Ipv4Addr::BROADCAST, 32, "broadcast"),
];

/// Blocks within 2000::/3, the only part of IPv6 that is global unicast.
pub(super) const NOT_PUBLIC_V6: [(Ipv6Addr, u32, &str); 4] = [
    // Teredo, benchmarking, identifiers; its few anycast services are nobody's targets.
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        "protocol assignments",
    ),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "documentation",
    ),
    // Holds an IPv4 address, and was given up (RFC 7526).
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "6to4"),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "documentation",
    ),
];

/// Whether an address belongs to the public internet, as far as its number tells.
///
/// False for private, loopback, link-local (with the clouds' metadata services), carrier-shared,
/// unspecified, multicast, broadcast, documentation, benchmarking and reserved addresses of both
/// versions, for IPv6 outside of 2000::/3, and for 6to4 and Teredo. An IPv4 address within an
/// IPv4-mapped or a NAT64 one (64:ff9b::/96) is judged as itself. The few anycast services among the
/// protocol assignments (192.0.0.0/24, 2001::/23) are not public here.
///
/// It cannot know what a network does with public numbers: a host's own public address, or a
/// NAT64 prefix of one's own, is public.
///
/// # Source
///
/// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890), IPv6 Address Space; RFC 6052,
/// section 2.1 (64:ff9b::/96).
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match within(address) {
            Some(address) => is_public_v4(address),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC_V4
        .iter()
        .any(|(block, length, _)| (bits ^ block.to_bits()).leading_zeros() >= *length)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    bits >> 125 == 1
        && !NOT_PUBLIC_V6
            .iter()
            .any(|(block, length, _)| (bits ^ block.to_bits()).leading_zeros() >= *length)
}

/// The IPv4 address that packets to this one go to.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(
            Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)),
        ),
        _ => None,
    }
}
