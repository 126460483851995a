use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{ProxyVersion, tlv};

const V1: &[u8] = b"PROXY ";
const V2: &[u8; 12] = b"\r\n\r\n\0\r\nQUIT\n";
/// Signature, version and command, family and protocol, length.
const V2_HEAD: usize = 16;
/// The shortest line: `PROXY UNKNOWN` and its end.
const MIN_V1: usize = 15;
/// The longest line, with its end (section 2.1).
const MAX_V1: usize = 107;
/// The longest header of version 2 that is read. Senders keep below 536 bytes, or send certificates.
const MAX_V2: usize = 4096;

/// How many bytes tell a header from anything else, at most.
pub(in crate::server) const SIGNATURE: usize = V2.len();

/// What the beginning of a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// At least so many bytes more belong to it.
    More(usize),
    /// A whole header, and the client that it names.
    Whole(ProxyVersion, Option<SocketAddr>),
    /// No header. It was told by its last byte: no more than [`SIGNATURE`] have been read.
    Foreign,
}

/// It begins like a header and is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Looks at all bytes that have come so far, of which no more were read than were asked for.
pub(super) fn scan(bytes: &[u8]) -> Result<Scan, Malformed> {
    let begins = |signature: &[u8]| {
        let common = bytes.len().min(signature.len());
        bytes.get(..common) == signature.get(..common)
    };
    if begins(V2) {
        return scan_v2(bytes);
    }
    if begins(V1) {
        return scan_v1(bytes);
    }
    Ok(Scan::Foreign)
}

// === version 1 ===

fn scan_v1(bytes: &[u8]) -> Result<Scan, Malformed> {
    let shared = |length: usize| Scan::More(length.saturating_sub(bytes.len()));
    if bytes.len() < V1.len() {
        // Until the word is whole it may be another protocol's, whose bytes are given back.
        return Ok(shared(V1.len()));
    }
    if bytes.len() < MIN_V1 {
        return Ok(shared(MIN_V1));
    }
    match bytes {
        [line @ .., b'\r', b'\n'] => {
            let source = line_source(line).ok_or(Malformed)?;
            Ok(Scan::Whole(ProxyVersion::V1, source))
        }
        _ if bytes.len() >= MAX_V1 => Err(Malformed),
        _ if bytes.contains(&b'\n') => Err(Malformed),
        [.., b'\r'] => Ok(Scan::More(1)),
        _ => Ok(Scan::More(2.min(MAX_V1 - bytes.len()))),
    }
}

/// The client of a line; `None` for a malformed one.
fn line_source(line: &[u8]) -> Option<Option<SocketAddr>> {
    let line = std::str::from_utf8(line.strip_prefix(V1)?).ok()?;
    let mut words = line.split(' ');
    let family = words.next()?;
    if family == "UNKNOWN" {
        return Some(None);
    }
    let (source, target) = (words.next()?, words.next()?);
    let parse: fn(&str) -> Option<IpAddr> = match family {
        "TCP4" => |text| text.parse::<Ipv4Addr>().ok().map(IpAddr::V4),
        "TCP6" => |text| text.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        _ => return None,
    };
    let source = SocketAddr::new(parse(source)?, port(words.next()?)?);
    parse(target)?;
    port(words.next()?)?;
    words.next().is_none().then_some(Some(source))
}

/// Decimal digits without a zero before them.
fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text == "0" || !text.starts_with('0');
    (digits && plain).then(|| text.parse().ok())?
}

// === version 2 ===

fn scan_v2(bytes: &[u8]) -> Result<Scan, Malformed> {
    let shared = |length: usize| Scan::More(length.saturating_sub(bytes.len()));
    if bytes.len() < SIGNATURE {
        return Ok(shared(SIGNATURE));
    }
    let Some((head, rest)) = bytes.split_first_chunk::<V2_HEAD>() else {
        return Ok(shared(V2_HEAD));
    };
    let [.., command, family, high, low] = *head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if V2_HEAD + length > MAX_V2 || !matches!(command, 0x20 | 0x21) {
        return Err(Malformed);
    }
    if rest.len() < length {
        return Ok(shared(V2_HEAD + length));
    }
    let source = match command {
        // LOCAL, such as a health check of the load balancer's own: its block is passed over unread.
        0x20 => None,
        _ => block_source(family, rest)?,
    };
    Ok(Scan::Whole(ProxyVersion::V2, source))
}

/// The client of a block of addresses, behind which there may be more.
fn block_source(family: u8, block: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    let source = |address: Option<IpAddr>, port: Option<&[u8; 2]>| {
        let port = u16::from_be_bytes(*port?);
        Some(SocketAddr::new(address?, port))
    };
    let (length, source) = match family {
        0x00 => (0, None),
        0x11 | 0x12 => {
            let address = block.first_chunk::<4>().copied().map(IpAddr::from);
            let port = block.get(8..).and_then(<[u8]>::first_chunk);
            (12, source(address, port))
        }
        0x21 | 0x22 => {
            let address = block.first_chunk::<16>().copied().map(IpAddr::from);
            let port = block.get(32..).and_then(<[u8]>::first_chunk);
            (36, source(address, port))
        }
        0x31 | 0x32 => (216, None),
        _ => return Err(Malformed),
    };
    let behind = block.get(length..).ok_or(Malformed)?;
    // What is behind an unspecified family has no form that could be known.
    if family != 0x00 && !tlv::are_well_formed(behind) {
        return Err(Malformed);
    }
    // A datagram has not opened this connection.
    Ok(source.filter(|_| matches!(family, 0x11 | 0x21)))
}
