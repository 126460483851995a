use std::borrow::Cow;

/// A URI with its percent-encoding decoded.
pub(super) fn decoded(uri: &str) -> Cow<'_, str> {
    if !uri.contains('%') {
        return Cow::Borrowed(uri);
    }
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let bytes = uri.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = (hex(bytes.get(at + 1)), hex(bytes.get(at + 2)));
        if let (b'%', (Some(high), Some(low))) = (byte, pair) {
            plain.push(u8::try_from(high * 16 + low).unwrap_or_default());
            at += 3;
        } else {
            plain.push(*byte);
            at += 1;
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

/// How often a URI is decoded in search of segments that climb.
const DECODINGS: usize = 3;

/// Whether a URI climbs out of where it seems to be: it has a segment `..`, plain or encoded, even twice.
pub(super) fn climbs(uri: &str) -> bool {
    let mut text = uri.to_owned();
    for _ in 0..=DECODINGS {
        let up = |segment: &str| segment == "..";
        if text.split(['/', '\\', '?', '#', ':', '+']).any(up) {
            return true;
        }
        let next = decoded(&text).into_owned();
        if next == text {
            return false;
        }
        text = next;
    }
    // What is coded yet more often has something to hide.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault M25 (part): a resource is judged by what its URI says, not by how it is spelled.
    #[test]
    fn uris_that_climb_are_found_however_they_are_written() {
        for uri in [
            "file:///a/../b",
            "file:///a/%2e%2e/b",
            "file:///a/%252E./b",
            "file:///a\\..\\b",
            "..",
            "x:%25252525252e",
        ] {
            assert!(climbs(uri), "{uri}");
        }
        for uri in ["file:///etc/passwd", "file:///a..b/...", "x://%zz/%2", "%"] {
            assert!(!climbs(uri), "{uri}");
        }
        assert_eq!(decoded("a%20b%zz%4"), "a b%zz%4");
    }
}
