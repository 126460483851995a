use std::net::Ipv6Addr;

use memchr::memchr;

/// The longest name, and the longest part between dots (RFC 1035, 2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;

/// Whether this is a host with an optional port, as `Host` and `:authority` name it.
///
/// Narrower than RFC 3986: names of letters, digits, `-`, `.`, `_` and `~`; IPv4; IPv6 in brackets
/// without a zone. What else is allowed there is no name that anything is reached by, and a way to
/// be read differently by the next who reads it.
pub(super) fn is_valid(host: &[u8]) -> bool {
    if let Some(rest) = host.strip_prefix(b"[") {
        let Some(end) = rest.iter().position(|byte| *byte == b']') else {
            return false;
        };
        let (address, rest) = rest.split_at(end);
        return is_ipv6(address) && is_port(rest.get(1..).unwrap_or_default());
    }
    let end = memchr(b':', host);
    let (name, port) = host.split_at(end.unwrap_or(host.len()));
    is_name(name) && is_port(port)
}

fn is_name(name: &[u8]) -> bool {
    let whole = name.strip_suffix(b".").unwrap_or(name);
    // How long the part is that ends here; 0 behind a dot.
    let mut label = 0;
    for byte in whole {
        label = match byte {
            b'.' if label == 0 => return false,
            b'.' => 0,
            b'-' | b'_' | b'~' => label + 1,
            byte if byte.is_ascii_alphanumeric() => label + 1,
            _ => return false,
        };
        if label > MAX_LABEL {
            return false;
        }
    }
    label > 0 && whole.len() <= MAX_NAME
}

fn is_ipv6(address: &[u8]) -> bool {
    std::str::from_utf8(address).is_ok_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

/// Nothing, or a colon with or without a port (RFC 3986, 3.2.3).
fn is_port(rest: &[u8]) -> bool {
    let Some((b':', port)) = rest.split_first() else {
        return rest.is_empty();
    };
    let number = port.iter().try_fold(0_u16, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.try_into().ok()?)
    });
    number.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_and_addresses() {
        for host in [
            "a",
            "a.b.",
            "a-b_c~d.e:80",
            "x:",
            "1.2.3.4:65535",
            "[::1]",
            "[::1]:80",
            "x:00080",
        ] {
            assert!(is_valid(host.as_bytes()), "{host}");
        }
    }

    /// Fault H15: a host that is malformed in any way is refused, and nothing is built of it.
    #[test]
    fn refuses_what_can_be_read_in_two_ways() {
        let label = "a".repeat(64);
        for host in [
            "",
            ":80",
            ".",
            "a..b",
            "a:99999",
            "a:-1",
            "a:+1",
            "a:8x",
            "u@a",
            "a\\b",
            "a/b",
            "a b",
            "a,b",
            "a?b",
            "a#b",
            "a%41",
            "a:1:2",
            "[::1",
            "[::1]x",
            "[fe80::1%25eth0]",
            "[1.2.3.4]",
            "a\u{e4}",
            &label,
        ] {
            assert!(!is_valid(host.as_bytes()), "{host}");
        }
        assert!(!is_valid(&b"a.".repeat(200)));
    }
}
