use std::borrow::Cow;

use http::{Uri, uri::PathAndQuery};

use crate::query::decoded;

pub(super) fn all<'a>(query: &'a str, name: &str) -> impl Iterator<Item = Cow<'a, [u8]>> {
    query.split('&').filter_map(move |parameter| {
        let value = named(parameter, name)?;
        let plain = !value.contains(['%', '+']);
        Some(if plain {
            Cow::Borrowed(value.as_bytes())
        } else {
            Cow::Owned(decoded(value).collect())
        })
    })
}

/// The value of a parameter, still encoded, if it has this name.
fn named<'a>(parameter: &'a str, name: &str) -> Option<&'a str> {
    let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    decoded(key).eq(name.bytes()).then_some(value)
}

pub(super) fn take(uri: &mut Uri, name: &str) {
    let mut target = uri.path().to_owned();
    let mut separator = '?';
    let query = uri.query().unwrap_or_default();
    for parameter in query.split('&').filter(|part| named(part, name).is_none()) {
        target.push(separator);
        target.push_str(parameter);
        separator = '&';
    }
    let mut parts = std::mem::take(uri).into_parts();
    // INVARIANT: parts of a valid target make a valid one; were they not, the secret is gone too.
    parts.path_and_query = PathAndQuery::try_from(target)
        .ok()
        .or_else(|| Some(PathAndQuery::from_static("/")));
    *uri = Uri::from_parts(parts).unwrap_or_default();
}
