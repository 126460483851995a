use http::{HeaderMap, HeaderName, HeaderValue};

use crate::upstream::is_of_the_hop;

/// Changes of header fields, made in this order: set, add, remove.
///
/// Of several entries of one list for the same name the first counts. An entry for a field that says
/// where the message ends, or that belongs to one connection ([`is_of_the_hop`]), changes nothing:
/// the next message would be read from the wrong byte on.
///
/// # Source
/// Gateway API v1, `HTTPHeaderFilter`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderEdit {
    /// Fields that replace all of their name.
    pub set: Vec<(HeaderName, HeaderValue)>,
    /// Fields that are appended.
    pub add: Vec<(HeaderName, HeaderValue)>,
    /// Fields that are taken away.
    pub remove: Vec<HeaderName>,
}

impl HeaderEdit {
    /// Makes the changes.
    pub fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in first_of_each(&self.set) {
            headers.insert(name, value.clone());
        }
        for (name, value) in first_of_each(&self.add) {
            headers.append(name, value.clone());
        }
        for name in self.remove.iter().filter(|name| !is_of_the_hop(name)) {
            headers.remove(name);
        }
    }
}

type Field = (HeaderName, HeaderValue);

fn first_of_each(fields: &[Field]) -> impl Iterator<Item = &Field> {
    let repeated = |at: usize, name: &HeaderName| fields.iter().take(at).any(|(n, _)| n == name);
    let numbered = fields.iter().enumerate();
    let free = numbered.filter(|(_, (name, _))| !is_of_the_hop(name));
    free.filter_map(move |(at, field)| (!repeated(at, &field.0)).then_some(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &'static str, value: &'static str) -> Field {
        let value = HeaderValue::from_static(value);
        (HeaderName::from_static(name), value)
    }

    #[test]
    fn leaves_alone_what_frames_a_message_or_belongs_to_a_connection() {
        for name in [
            "content-length",
            "transfer-encoding",
            "trailer",
            "te",
            "connection",
            "keep-alive",
            "proxy-connection",
            "upgrade",
            "http2-settings",
            "expect",
        ] {
            let edits = [
                HeaderEdit {
                    set: vec![field(name, "1")],
                    ..HeaderEdit::default()
                },
                HeaderEdit {
                    add: vec![field(name, "1")],
                    ..HeaderEdit::default()
                },
                HeaderEdit {
                    remove: vec![HeaderName::from_static(name)],
                    ..HeaderEdit::default()
                },
            ];
            for edit in edits {
                let mut headers: HeaderMap = [field(name, "own")].into_iter().collect();
                edit.apply(&mut headers);
                let values: Vec<_> = headers.get_all(name).iter().collect();
                assert_eq!(values, ["own"], "{edit:?}");
            }
        }
    }

    #[test]
    fn sets_adds_and_removes() {
        let edit = HeaderEdit {
            set: vec![
                field("x-set", "new"),
                field("x-set", "ignored"),
                field("x-new", "1"),
            ],
            add: vec![
                field("x-add", "b"),
                field("x-add", "ignored"),
                field("x-gone", "1"),
            ],
            remove: vec![
                HeaderName::from_static("x-gone"),
                HeaderName::from_static("x-none"),
            ],
        };
        let sent = [
            ("x-set", "1"),
            ("x-set", "2"),
            ("x-add", "a"),
            ("x-gone", "0"),
            ("x-kept", "k"),
        ];
        let mut headers: HeaderMap = sent
            .map(|(name, value)| field(name, value))
            .into_iter()
            .collect();
        headers.append("x-set", HeaderValue::from_static("2"));
        edit.apply(&mut headers);
        let got = |name| -> Vec<_> {
            headers
                .get_all(name)
                .iter()
                .map(HeaderValue::as_bytes)
                .collect()
        };
        assert_eq!(got("x-set"), [b"new"]);
        assert_eq!(got("x-new"), [b"1"]);
        assert_eq!(got("x-add"), [b"a", b"b"]);
        assert_eq!(got("x-kept"), [b"k"]);
        assert!(got("x-gone").is_empty());
    }
}
