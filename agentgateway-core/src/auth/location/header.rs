use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

pub(super) fn all<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    prefix: &str,
) -> impl Iterator<Item = Cow<'a, [u8]>> {
    let values = headers.get_all(name).iter();
    values.filter_map(move |value| behind(prefix, value).map(Cow::Borrowed))
}

fn behind<'a>(prefix: &str, value: &'a HeaderValue) -> Option<&'a [u8]> {
    let (start, rest) = value.as_bytes().split_at_checked(prefix.len())?;
    let begins = start.eq_ignore_ascii_case(prefix.as_bytes());
    begins.then(|| rest.trim_ascii())
}

pub(super) fn take(headers: &mut HeaderMap, name: &HeaderName, prefix: &str) {
    keep(headers, name, |value| {
        behind(prefix, value).is_none().then(|| value.clone())
    });
}

/// Puts other values, or none, in the place of a header's.
pub(super) fn keep(
    headers: &mut HeaderMap,
    name: &HeaderName,
    change: impl Fn(&HeaderValue) -> Option<HeaderValue>,
) {
    let kept: Vec<_> = headers.get_all(name).iter().filter_map(change).collect();
    headers.remove(name);
    for value in kept {
        headers.append(name, value);
    }
}
