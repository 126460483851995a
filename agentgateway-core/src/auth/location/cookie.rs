use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, header::COOKIE};

use super::header::keep;

pub(super) fn all<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = Cow<'a, [u8]>> {
    let values = headers.get_all(COOKIE).iter();
    values.flat_map(move |value| {
        let pairs = value.as_bytes().split(|byte| *byte == b';');
        pairs.filter_map(move |pair| cookie(pair, name).map(Cow::Borrowed))
    })
}

/// The value of a pair, without the quotes that it may have (RFC 6265, 4.1.1), if it has this name.
fn cookie<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let at = pair.iter().position(|byte| *byte == b'=')?;
    let (key, value) = pair.split_at_checked(at)?;
    if key.trim_ascii() != name.as_bytes() {
        return None;
    }
    let value = value.strip_prefix(b"=")?.trim_ascii();
    let bare = value
        .strip_prefix(b"\"")
        .and_then(|value| value.strip_suffix(b"\""));
    Some(bare.unwrap_or(value))
}

pub(super) fn take(headers: &mut HeaderMap, name: &str) {
    keep(headers, &COOKIE, |value| {
        let pairs = value.as_bytes().split(|byte| *byte == b';');
        if !pairs.clone().any(|pair| cookie(pair, name).is_some()) {
            return Some(value.clone());
        }
        let kept: Vec<_> = pairs
            .filter(|pair| cookie(pair, name).is_none())
            .map(<[u8]>::trim_ascii)
            .filter(|pair| !pair.is_empty())
            .collect();
        let value = HeaderValue::from_bytes(&kept.join(&b"; "[..])).ok()?;
        (!value.is_empty()).then_some(value)
    });
}
