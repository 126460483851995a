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

/// A URI as rules are asked about it: decoded, its scheme in lower case, and a file of this machine with
/// three slashes, however it was written.
pub(super) fn judged(uri: &str) -> Cow<'_, str> {
    let plain = decoded(uri);
    let Some((scheme, rest)) = parts(&plain) else {
        return plain;
    };
    let lower = scheme.to_ascii_lowercase();
    let rest = match file_path(&lower, rest) {
        Some(path) => Cow::Owned(format!("//{path}")),
        None => Cow::Borrowed(rest),
    };
    let clean = format!("{lower}:{rest}");
    if clean == *plain {
        plain
    } else {
        Cow::Owned(clean)
    }
}

/// How often a URI is decoded in search of what is hidden in it.
const DECODINGS: usize = 3;

/// Whether a URI climbs out of where it seems to be: it has a segment `..`, plain or encoded, even twice.
#[cfg(any(test, feature = "federation"))]
pub(crate) fn climbs(uri: &str) -> bool {
    any_reading(uri, |text| segments(text).any(|segment| segment == ".."))
}

/// Whether readers of a URI may differ in what it names: it climbs, or it has what parsers of URLs leave out
/// or read otherwise, so that no pattern can speak of it.
///
/// # Source
/// WHATWG URL Standard, 4.4 URL parsing: tabs, line ends and edges; dots; backslashes and slashes of special
/// schemes.
pub(super) fn is_ambiguous(uri: &str) -> bool {
    // An encoded space is a space of the name.
    uri.trim() != uri
        || any_reading(uri, |text| {
            text.bytes().any(|byte| byte.is_ascii_control())
                || segments(text).any(|segment| matches!(segment, "." | ".."))
                || parts(text).is_some_and(|(scheme, rest)| is_mended(scheme, rest))
        })
}

/// Whether this is so of a URI as it is, or decoded.
fn any_reading(uri: &str, mut is_so: impl FnMut(&str) -> bool) -> bool {
    let mut text = Cow::Borrowed(uri);
    for _ in 0..=DECODINGS {
        if is_so(&text) {
            return true;
        }
        let next = decoded(&text);
        if next == text {
            return false;
        }
        text = Cow::Owned(next.into_owned());
    }
    // What is coded yet more often has something to hide.
    true
}

fn segments(uri: &str) -> impl Iterator<Item = &str> {
    uri.split(['/', '\\', '?', '#', ':', '+'])
}

/// The scheme, and what is behind its colon.
fn parts(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(is_of_scheme);
    is_scheme.then_some((scheme, rest))
}

/// Whether parsers of URLs mend what is behind the scheme: they count slashes as they like.
fn is_mended(scheme: &str, rest: &str) -> bool {
    let is = |special: &&str| scheme.eq_ignore_ascii_case(special);
    let until_query = rest.split(['?', '#']).next().unwrap_or_default();
    if is(&"file") {
        let path = file_path("file", until_query).unwrap_or_else(|| {
            let host = until_query.strip_prefix("//");
            host.unwrap_or(until_query)
        });
        return !rest.starts_with('/') || path.contains("//") || until_query.contains('\\');
    }
    let has_host = until_query.starts_with("//") && !until_query.starts_with("///");
    ["http", "https", "ws", "wss", "ftp"].iter().any(is)
        && (!has_host || until_query.contains('\\'))
}

/// The path, and what follows it, of a file of this machine: with no host, or `localhost`.
fn file_path<'a>(scheme: &str, rest: &'a str) -> Option<&'a str> {
    const LOCALHOST: &str = "localhost";
    if scheme != "file" {
        return None;
    }
    let Some(with_host) = rest.strip_prefix("//") else {
        return Some(rest).filter(|rest| rest.starts_with('/'));
    };
    let (host, path) = with_host.split_at_checked(with_host.find('/')?)?;
    (host.is_empty() || host.eq_ignore_ascii_case(LOCALHOST)).then_some(path)
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
            "file:///a/.%2e/b",
            "file:///a/%252E./b",
            "file:///a%2f..%2fb",
            "file:///a\\..\\b",
            "file:..",
            "..",
            "x:%25252525252e",
        ] {
            assert!(climbs(uri) && is_ambiguous(uri), "{uri}");
        }
        for uri in ["file:///etc/passwd", "file:///a..b/...", "x://%zz/%2", "%"] {
            assert!(!climbs(uri) && !is_ambiguous(uri), "{uri}");
        }
        assert_eq!(decoded("a%20b%zz%4"), "a b%zz%4");
    }

    /// Fault M25: a URI that a parser of URLs reads as another one.
    #[test]
    fn uris_that_parsers_mend_are_ambiguous() {
        for uri in [
            "file:///da\tta/x",
            "fi\nle:///data/x",
            "file:///data/x\r",
            "file:///da%09ta/x",
            "file:///da%2509ta/x",
            "file:///data/x%00.txt",
            "file:///data\u{7F}/x",
            " file:///data/x",
            "file:///data/x ",
            "file:///./data/x",
            "file:///data/%2E/x",
            "file:///data/.",
            "file:data/x",
            "file:////data/x",
            "file://localhost//data/x",
            "file:///data//x",
            "file:///%2Fdata/x",
            "file:\\\\\\data\\x",
            "file:%2F%2F/x",
            "FILE:x",
            "http:/host/x",
            "https:host/x",
            "https:///host/x",
            "http:\\\\host/x",
            "http://host\\x",
        ] {
            assert!(is_ambiguous(uri), "{uri:?}");
        }
        for uri in [
            "file:/data/x",
            "file://localhost/data/x",
            "file://server/share/x",
            "file:///",
            "file:///C:/a%20b.txt",
            "file:///data/x%20",
            "file:///data/.hidden/x.?q=a//b",
            "https://host/a//b?q=c\\d#/e",
            "ui://app/x",
            "memo:x",
            "x:/y//z",
            "note",
            "",
            "urn:a:b",
        ] {
            assert!(!is_ambiguous(uri), "{uri:?}");
        }
    }

    /// Fault M25: one resource has one URI before the rules, however its scheme and its host are written.
    #[test]
    fn rules_see_one_spelling_of_a_file() {
        for (uri, expected) in [
            ("FILE:///etc/x", "file:///etc/x"),
            ("file:/etc/x", "file:///etc/x"),
            ("File://LocalHost/etc/x", "file:///etc/x"),
            ("file://%6cocalhost/etc/x", "file:///etc/x"),
            ("file:///etc/%78", "file:///etc/x"),
            ("file:///etc/x", "file:///etc/x"),
            ("file://server/X", "file://server/X"),
            ("file://localhost", "file://localhost"),
            ("Git+SSH://Host/X", "git+ssh://Host/X"),
            ("ui:/X", "ui:/X"),
            ("9X:y", "9X:y"),
            ("no scheme: X", "no scheme: X"),
            ("X", "X"),
        ] {
            assert_eq!(judged(uri), expected, "{uri}");
        }
        assert!(matches!(judged("file:///etc/x"), Cow::Borrowed(_)));
    }
}
