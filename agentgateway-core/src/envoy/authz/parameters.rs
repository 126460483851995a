use http::{
    Uri,
    uri::{InvalidUri, PathAndQuery},
};

use crate::query::decoded;

/// Changes of the parameters of a query: set, then remove.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ParameterEdit {
    pub(super) set: Vec<(String, String)>,
    pub(super) remove: Vec<String>,
}

impl ParameterEdit {
    /// The target with the changes made; `None` where there are none to make.
    ///
    /// Names are compared as they are decoded, so that no spelling of one evades. What is not
    /// touched stays byte for byte.
    ///
    /// # Errors
    /// The target would be too long.
    pub(super) fn apply(&self, uri: &Uri) -> Result<Option<Uri>, InvalidUri> {
        if self.set.is_empty() && self.remove.is_empty() {
            return Ok(None);
        }
        let mut pieces: Vec<String> = Vec::new();
        let old = uri.query().unwrap_or_default().split('&');
        for piece in old.filter(|piece| !piece.is_empty()) {
            let name = piece.split('=').next().unwrap_or_default();
            if !self.touches(name) {
                pieces.push(piece.to_owned());
            }
        }
        for (at, (name, value)) in self.set.iter().enumerate() {
            let again = self.set.iter().skip(at + 1).any(|(later, _)| later == name);
            if !again && !self.remove.contains(name) {
                pieces.push(format!("{}={}", encoded(name, true), encoded(value, false)));
            }
        }
        let target = match pieces.is_empty() {
            true => uri.path().to_owned(),
            false => format!("{}?{}", uri.path(), pieces.join("&")),
        };
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(target)?);
        // INVARIANT: the other parts were those of a URI.
        Ok(Uri::from_parts(parts).ok())
    }

    /// Whether a parameter of this name, still encoded, is set or removed.
    fn touches(&self, name: &str) -> bool {
        let is = |other: &str| decoded(name).eq(other.bytes());
        self.set.iter().any(|(set, _)| is(set)) || self.remove.iter().any(|gone| is(gone))
    }
}

/// As it may stand in a query. What is encoded already stays so.
fn encoded(text: &str, is_name: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        let plain = match byte {
            b'%' => bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)),
            b'&' | b'#' | b'"' | b'<' | b'>' | b'`' | b'{' | b'}' | b'|' | b'\\' | b'^' => false,
            b'=' => !is_name,
            other => other.is_ascii_graphic(),
        };
        if plain {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn edited(uri: &str, set: &[(&str, &str)], remove: &[&str]) -> String {
        let own = |text: &&str| (*text).to_owned();
        let edit = ParameterEdit {
            set: set.iter().map(|(n, v)| (own(n), own(v))).collect(),
            remove: remove.iter().map(own).collect(),
        };
        let uri: Uri = uri.parse().unwrap();
        edit.apply(&uri).unwrap().unwrap_or(uri).to_string()
    }

    #[test]
    fn sets_and_removes_by_the_decoded_name() {
        for (uri, set, remove, expected) in [
            ("/a?x=1&y=%20&z", &[][..], &[][..], "/a?x=1&y=%20&z"),
            ("/a?x=1&y=%20&&z", &[("x", "2")], &[], "/a?y=%20&z&x=2"),
            ("/a?x=1&x=2&%78=3", &[], &["x"], "/a"),
            ("/a", &[("x", "a b&c=d#e")], &[], "/a?x=a%20b%26c=d%23e"),
            ("/a", &[("x", "%41%4")], &[], "/a?x=%41%254"),
            ("/a?a+b=1", &[("a b", "2")], &[], "/a?a%20b=2"),
            ("/a", &[("a=b&c", "é")], &[], "/a?a%3Db%26c=%C3%A9"),
            (
                "/a",
                &[("x", "1"), ("x", "2"), ("y", "3")],
                &["y"],
                "/a?x=2",
            ),
            ("http://h:1/a?x=1", &[], &["x"], "http://h:1/a"),
        ] {
            assert_eq!(edited(uri, set, remove), expected, "{uri}");
        }
    }

    #[test]
    fn a_target_that_is_too_long_is_none() {
        let edit = ParameterEdit {
            set: vec![("x".into(), "y".repeat(70_000))],
            remove: Vec::new(),
        };
        assert!(edit.apply(&Uri::from_static("/")).is_err());
    }

    proptest! {
        /// Whatever a service writes, the target stays one, and no other parameter comes of it.
        #[test]
        fn any_text_is_one_parameter(name in ".{1,20}", value in ".{0,20}") {
            let edit = ParameterEdit {
                set: vec![(name, value)],
                remove: Vec::new(),
            };
            let uri = edit.apply(&Uri::from_static("/a?kept=1")).unwrap().unwrap();
            let pieces: Vec<_> = uri.query().unwrap().split('&').collect();
            prop_assert_eq!((uri.path(), pieces.len()), ("/a", 2));
        }
    }
}
