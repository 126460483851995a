use std::{cell::RefCell, net::Ipv6Addr};

use memchr::memchr;

/// The longest name, and the longest part between dots (RFC 1035, 2.3.4).
const MAX_NAME: usize = 253;
const MAX_LABEL: usize = 63;
/// The longest host that is remembered: a name and a port.
const MAX_KNOWN: usize = MAX_NAME + ":65535".len();

/// The host that was found valid last: a client seldom names another on the same connection.
#[derive(Debug, Default)]
pub(super) struct KnownHost {
    // A copy: a field's value would keep the whole head that it came with.
    last: RefCell<Box<[u8]>>,
}

impl KnownHost {
    /// Whether this is a host with an optional port; see [`is_valid`].
    pub(super) fn is_valid(&self, host: &[u8]) -> bool {
        if !host.is_empty() && **self.last.borrow() == *host {
            return true;
        }
        let valid = is_valid(host);
        if valid && host.len() <= MAX_KNOWN {
            self.last.replace(host.into());
        }
        valid
    }
}

/// Whether this is a host with an optional port, as `Host` and `:authority` name it.
///
/// Narrower than RFC 3986: names of letters, digits, `-`, `.`, `_` and `~`; IPv4; IPv6 in brackets
/// without a zone. What else is allowed there is no name that anything is reached by, and a way to
/// be read differently by the next who reads it.
fn is_valid(host: &[u8]) -> bool {
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

    #[test]
    fn what_is_known_lets_nothing_else_pass() {
        let known = KnownHost::default();
        assert!(!known.is_valid(b""));
        for _ in 0..2 {
            assert!(known.is_valid(b"a.example:80"));
            for host in ["", "a.example:80/", "u@a.example:80", "A..example:80"] {
                assert!(!known.is_valid(host.as_bytes()), "{host}");
            }
            assert!(known.is_valid(b"b.example"));
        }
        assert!(known.is_valid(format!("a:{}1", "0".repeat(MAX_KNOWN)).as_bytes()));
        assert_eq!(**known.last.borrow(), *b"b.example");
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
