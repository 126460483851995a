use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::{
    Guard, is_public,
    public::{NOT_PUBLIC_V4, NOT_PUBLIC_V6},
};
use crate::{ErrorKind, forwarded::Networks};

fn public(text: &str) -> bool {
    is_public(text.parse().unwrap())
}

#[test]
fn tells_the_public_from_the_others() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "168.63.129.15",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700::1111",
        "2a00::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ] {
        assert!(public(address), "{address}");
    }
    for address in [
        "0.0.0.0",
        "0.1.2.3",
        "10.255.255.255",
        "100.100.100.200",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.169.254",
        "169.254.170.2",
        "172.31.255.255",
        "192.0.0.192",
        "192.88.99.1",
        "192.168.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::8.8.8.8",
        "::ffff:0:8.8.8.8",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",
        "2001:2::1",
        "2001:10::1",
        "2001:1ff:ffff::",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!public(address), "{address}");
    }
}

proptest! {
    #[test]
    fn no_address_of_a_block_is_public(at: prop::sample::Index, host: u128) {
        let (block, length, name) = at.get(&NOT_PUBLIC_V4);
        let inside = block.to_bits() | (u128_low(host) & mask(32 - length));
        prop_assert!(!is_public(Ipv4Addr::from_bits(inside).into()), "{}", name);
        let (block, length, name) = at.get(&NOT_PUBLIC_V6);
        let inside = block.to_bits() | (host & (u128::MAX >> length));
        prop_assert!(!is_public(Ipv6Addr::from_bits(inside).into()), "{}", name);
    }

    #[test]
    fn agrees_with_what_the_standard_library_knows(bits: u32, wide: u128) {
        let address = Ipv4Addr::from_bits(bits);
        if address.is_private() || address.is_loopback() || address.is_link_local()
            || address.is_multicast() || address.is_unspecified() || address.is_broadcast()
            || address.is_documentation()
        {
            prop_assert!(!is_public(address.into()));
        }
        let address = Ipv6Addr::from_bits(wide);
        if address.is_unique_local() || address.is_unicast_link_local() || address.is_multicast() {
            prop_assert!(!is_public(address.into()));
        }
    }

    /// Fault H55: an IPv4 address that hides in an IPv6 one is judged as what it is.
    #[test]
    fn an_address_within_another_is_judged_as_itself(at: prop::sample::Index, host: u32, any: bool) {
        let (block, length, _) = at.get(&NOT_PUBLIC_V4);
        let bits = if any { host } else { block.to_bits() | (host & mask(32 - length)) };
        let plain = IpAddr::from(Ipv4Addr::from_bits(bits));
        for prefix in [0xffff_u128 << 32, 0x64_ff9b << 96] {
            let hidden = Ipv6Addr::from_bits(prefix | u128::from(bits));
            prop_assert_eq!(is_public(hidden.into()), is_public(plain));
        }
    }
}

fn mask(bits: u32) -> u32 {
    u32::MAX.checked_shr(32 - bits).unwrap_or(0)
}

fn u128_low(value: u128) -> u32 {
    u32::try_from(value & u128::from(u32::MAX)).unwrap()
}

fn refused(guard: &Guard, url: &str) -> ErrorKind {
    let error = guard.check(url).expect_err(url);
    assert!(
        !error.message().contains("secret"),
        "{url}: {}",
        error.message()
    );
    error.kind()
}

#[test]
fn takes_public_urls() {
    let guard = Guard::new();
    for url in [
        "https://hooks.example.com",
        "https://hooks.example.com./a?b=c",
        "https://HOOKS.example.com:443/",
        "https://hooks.example.com:8443/",
        "https://8.8.8.8/",
        "https://[2001:4860:4860::8888]:4430/x",
        "https://0xfeed.example/",
        "https://1.example/",
    ] {
        assert!(guard.check(url).is_ok(), "{url}");
    }
    assert!(guard.check("http://hooks.example.com/").is_err());
    let guard = guard.allow_http().allow_port(25);
    for url in [
        "http://hooks.example.com/",
        "http://hooks.example.com:80/",
        "https://hooks.example.com:25/",
    ] {
        assert!(guard.check(url).is_ok(), "{url}");
    }
}

/// Fault H55: no spelling of an address passes for the name of a host.
#[test]
fn refuses_addresses_in_disguise() {
    let guard = Guard::new();
    for url in [
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0X7F000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://127.0.0.1.:8443/secret",
        "https://127.0.0.01/",
        "https://host.0x/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://[v1.x]/",
        "https://./",
    ] {
        assert!(guard.check(url).is_err(), "{url}");
    }
    for url in [
        "https://127.0.0.1/secret",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]:8443/",
    ] {
        assert_eq!(refused(&guard, url), ErrorKind::Forbidden, "{url}");
    }
}

#[test]
fn refuses_what_is_no_plain_url() {
    let guard = Guard::new();
    let long = format!("https://h/{}", "a".repeat(2048));
    for url in [
        "",
        "hooks.example.com",
        "/path",
        "https://user:secret@hooks.example.com/",
        "https://hooks.example.com/#secret",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com/a b",
        "https:///secret",
        &long,
    ] {
        assert_eq!(refused(&guard, url), ErrorKind::InvalidRequest, "{url}");
    }
    for url in [
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://hooks.example.com:22/secret",
        "https://hooks.example.com:80/",
    ] {
        assert!(guard.check(url).is_err(), "{url}");
    }
}

#[test]
fn names_and_networks_are_allowed_by_name() {
    let networks: Networks = ["10.1.0.0/16".parse().unwrap()].into_iter().collect();
    let guard = Guard::new()
        .allow_host("*.Example.com")
        .allow_host("10.1.2.3")
        .allow_networks(networks);
    for url in [
        "https://a.example.com/",
        "https://a.b.example.com./",
        "https://10.1.2.3/",
    ] {
        assert!(guard.check(url).is_ok(), "{url}");
    }
    for url in [
        "https://example.com/",
        "https://notexample.com/",
        "https://example.com.evil.test/",
        "https://10.1.2.4/",
        "https://10.2.0.1/",
    ] {
        assert_eq!(refused(&guard, url), ErrorKind::Forbidden, "{url}");
    }
    assert!(guard.allows("::ffff:10.1.9.9".parse().unwrap()));
    assert!(!guard.allows("10.2.0.1".parse().unwrap()));
}
