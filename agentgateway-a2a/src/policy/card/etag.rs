use std::hash::{DefaultHasher, Hasher};

use http::HeaderValue;

/// A strong tag of these bytes: the same for the same bytes, also in another process of the same build.
///
/// It tells a card from its next version, and is no defence against somebody who makes two cards of one tag:
/// both would be the agent's own.
pub(crate) fn etag(body: &[u8]) -> Option<HeaderValue> {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(seed);
        hasher.write(body);
        hasher.finish()
    };
    HeaderValue::try_from(format!("\"{:016x}{:016x}\"", half(0), half(1))).ok()
}

/// Whether one of the values of `If-None-Match` names this tag, which holds no comma.
///
/// # Source
/// RFC 9110, 13.1.2: the comparison is the weak one.
pub(crate) fn is_named<'a>(
    tag: &HeaderValue,
    values: impl IntoIterator<Item = &'a HeaderValue>,
) -> bool {
    let Ok(tag) = tag.to_str() else { return false };
    let texts = values.into_iter().filter_map(|value| value.to_str().ok());
    texts
        .flat_map(|text| text.split(','))
        .map(str::trim)
        .any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_bytes_and_is_found_among_others() {
        let tag = etag(b"card").unwrap();
        assert_eq!(etag(b"card").unwrap(), tag);
        assert_ne!(etag(b"cart").unwrap(), tag);
        let text = tag.to_str().unwrap();
        assert_eq!(text.len(), 34);
        for (value, expected) in [
            (text.to_owned(), true),
            (format!("W/{text}"), true),
            (format!("\"a,b\", {text}"), true),
            ("*".to_owned(), true),
            ("\"a\"".to_owned(), false),
            (text.trim_matches('"').to_owned(), false),
            (String::new(), false),
        ] {
            let value = HeaderValue::try_from(value).unwrap();
            assert_eq!(is_named(&tag, [&value]), expected, "{value:?}");
        }
    }
}
