//! Whether a request meets what a match asks beside its path.

use http::{HeaderValue, header::HOST};

use super::{Head, HeaderMatch, QueryMatch, RequestMatch, ValueMatch};
use crate::query;

impl RequestMatch {
    /// Whether method, headers and query are as asked; the path is not looked at.
    pub(super) fn is_met_beside_path(&self, head: &Head<'_>) -> bool {
        self.method
            .as_ref()
            .is_none_or(|method| method == head.method)
            && self.headers.iter().all(|asked| asked.is_met(head))
            && self.query.iter().all(|asked| asked.is_met(head.query))
    }

    /// The same without the entries that repeat a name, which count for nothing.
    pub(super) fn without_repeated(mut self) -> Self {
        let mut headers: Vec<HeaderMatch> = Vec::with_capacity(self.headers.len());
        for entry in self.headers {
            if headers.iter().all(|kept| kept.name != entry.name) {
                headers.push(entry);
            }
        }
        let mut query: Vec<QueryMatch> = Vec::with_capacity(self.query.len());
        for entry in self.query {
            if query.iter().all(|kept| kept.name != entry.name) {
                query.push(entry);
            }
        }
        self.headers = headers;
        self.query = query;
        self
    }
}

impl HeaderMatch {
    fn is_met(&self, head: &Head<'_>) -> bool {
        if let (true, Some(authority)) = (self.name == HOST, head.authority) {
            return self.is_met_by(authority.as_bytes(), std::iter::empty());
        }
        let mut fields = head.headers.get_all(&self.name).iter();
        let Some(first) = fields.next().map(HeaderValue::as_bytes) else {
            return false;
        };
        self.is_met_by(first, fields.map(HeaderValue::as_bytes))
    }

    fn is_met_by<'a>(&self, first: &'a [u8], more: impl Iterator<Item = &'a [u8]>) -> bool {
        match &self.value {
            ValueMatch::Exact(value) => is_joined(value.as_bytes(), first, more),
            ValueMatch::Regex(pattern) => {
                let mut more = more.peekable();
                if more.peek().is_none() {
                    return std::str::from_utf8(first).is_ok_and(|value| pattern.matches(value));
                }
                let mut joined = first.to_vec();
                for field in more {
                    joined.push(b',');
                    joined.extend_from_slice(field);
                }
                std::str::from_utf8(&joined).is_ok_and(|value| pattern.matches(value))
            }
        }
    }
}

/// Whether the value is these fields with commas between them.
fn is_joined<'a>(value: &[u8], first: &[u8], more: impl Iterator<Item = &'a [u8]>) -> bool {
    let Some(mut rest) = value.strip_prefix(first) else {
        return false;
    };
    for field in more {
        let after = rest
            .strip_prefix(b",")
            .and_then(|rest| rest.strip_prefix(field));
        let Some(after) = after else {
            return false;
        };
        rest = after;
    }
    rest.is_empty()
}

impl QueryMatch {
    fn is_met(&self, query: Option<&str>) -> bool {
        let Some(value) = query.and_then(|query| query::first(query, &self.name)) else {
            return false;
        };
        match &self.value {
            ValueMatch::Exact(expected) => query::decoded(value).eq(expected.bytes()),
            ValueMatch::Regex(pattern) => {
                let value: Vec<u8> = query::decoded(value).collect();
                std::str::from_utf8(&value).is_ok_and(|value| pattern.matches(value))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, Method, Request};

    use super::*;
    use crate::route::Pattern;

    fn exact(value: &str) -> ValueMatch {
        ValueMatch::Exact(value.to_owned())
    }

    fn regex(value: &str) -> ValueMatch {
        ValueMatch::Regex(Pattern::new(value).unwrap())
    }

    #[test]
    fn several_fields_of_a_name_count_as_one() {
        let cases: [(&[&[u8]], ValueMatch, bool); 14] = [
            (&[b"a"], exact("a"), true),
            (&[b"a"], exact("A"), false),
            (&[b"a"], exact("ab"), false),
            (&[b"ab"], exact("a"), false),
            (&[b"a", b"b"], exact("a,b"), true),
            (&[b"a", b"b"], exact("a"), false),
            (&[b"a", b"b"], exact("a,b,c"), false),
            (&[b"a", b""], exact("a,"), true),
            (&[b"a", b"b", b"c"], regex("a,.,c"), true),
            (&[b"a", b"b"], regex("a"), false),
            (&[b"a"], regex("a|b"), true),
            (&[b"\xff"], regex(".*"), false),
            (&[b""], exact(""), true),
            (&[], exact(""), false),
        ];
        for (fields, value, met) in cases {
            let name = HeaderName::from_static("x-a");
            let mut headers = HeaderMap::new();
            for field in fields {
                headers.append(&name, HeaderValue::from_bytes(field).unwrap());
            }
            let asked = HeaderMatch { name, value };
            let head = Head {
                host: "",
                authority: None,
                method: &Method::GET,
                path: "/",
                query: None,
                headers: &headers,
            };
            assert_eq!(asked.is_met(&head), met, "{fields:?} {asked:?}");
        }
    }

    #[test]
    fn a_host_is_matched_alike_in_both_versions_of_http() {
        let asked = |value| HeaderMatch { name: HOST, value };
        for (uri, field, expected) in [
            ("/", Some("a.com:81"), true),
            ("http://a.com:81/", None, true),
            ("http://user@a.com:81/", None, true),
            ("http://a.com/", None, false),
            ("/", None, false),
        ] {
            let mut request = Request::get(uri);
            if let Some(field) = field {
                request = request.header(HOST, field);
            }
            let request = request.body(()).unwrap();
            let head = Head::new(&request);
            for value in [exact("a.com:81"), regex(r"a\.com:\d+")] {
                assert_eq!(asked(value).is_met(&head), expected, "{uri} {field:?}");
            }
        }
    }

    #[test]
    fn the_first_parameter_of_a_name_counts_decoded() {
        let cases = [
            (Some("a=1"), exact("1"), true),
            (Some("a=1&a=2"), exact("2"), false),
            (Some("b=2&a=1"), exact("1"), true),
            (Some("a=x%20y+z"), exact("x y z"), true),
            (Some("%61=%c3%a9"), exact("é"), true),
            (Some("A=1"), exact("1"), false),
            (Some("a"), exact(""), true),
            (Some("a=b=c"), exact("b=c"), true),
            (Some("a=%zz%2"), exact("%zz%2"), true),
            (Some("a=12"), regex("[0-9]+"), true),
            (Some("a=1x"), regex("[0-9]+"), false),
            (Some("a=%ff"), regex(".*"), false),
            (Some(""), exact(""), false),
            (None, exact(""), false),
        ];
        for (query, value, met) in cases {
            let asked = QueryMatch {
                name: "a".to_owned(),
                value,
            };
            assert_eq!(asked.is_met(query), met, "{query:?} {asked:?}");
        }
    }
}
