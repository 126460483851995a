//! Members under either of their two spellings.

use std::borrow::Cow;

use agentgateway_core::json::Raw;

use super::super::{
    codec::Refused,
    form::{Sidecar, Sidecars},
    read::{self, Object},
};
use crate::LlmDialect;

/// The object that a body is, with the names of its members in `camelCase`.
pub(super) fn body(body: &[u8]) -> Result<Object<'_>, Refused> {
    Ok(Object::of_body(body)?.renamed(camel))
}

/// The object that a value is, with the names of its members in `camelCase`.
pub(super) fn object<'a>(raw: Raw<'a>, place: &str) -> Result<Object<'a>, Refused> {
    Ok(Object::of(raw, place)?.renamed(camel))
}

/// Takes an object as [`object`] reads it.
pub(super) fn take_object<'a>(
    from: &mut Object<'a>,
    name: &'static str,
) -> Result<Option<Object<'a>>, Refused> {
    let inner = from.take_object(name)?;
    Ok(inner.map(|inner| inner.renamed(camel)))
}

/// Takes an array of strings.
pub(super) fn take_strings(
    from: &mut Object<'_>,
    name: &'static str,
) -> Result<Vec<String>, Refused> {
    let Some(elements) = from.take_array(name)? else {
        return Ok(Vec::new());
    };
    let place = from.path(name);
    let string = |raw| Ok(read::string(raw, &place)?.into_owned());
    elements.into_iter().map(string).collect()
}

/// Keeps what nobody took as sidecars, whose names begin with this prefix.
pub(super) fn keep_rest(object: Object<'_>, prefix: &str, sidecars: &mut Sidecars) {
    sidecars.extend(
        object
            .into_sidecars(LlmDialect::Gemini)
            .into_iter()
            .map(|sidecar| Sidecar {
                name: format!("{prefix}{}", sidecar.name).into(),
                ..sidecar
            }),
    );
}

/// The members that an object is given back: the sidecars of this dialect whose names begin with this prefix.
pub(super) fn own<'s>(
    sidecars: &'s [Sidecar],
    prefix: &'s str,
) -> impl Iterator<Item = (&'s str, &'s str)> {
    sidecars
        .iter()
        .filter(|sidecar| sidecar.dialect == LlmDialect::Gemini)
        .filter_map(move |sidecar| Some((sidecar.name.strip_prefix(prefix)?, &*sidecar.raw)))
        .filter(|(name, _)| !name.contains('.'))
}

/// A name in `camelCase`.
pub(super) fn spelled(name: &str) -> Cow<'_, str> {
    camel(name).map_or(Cow::Borrowed(name), Cow::Owned)
}

/// The `camelCase` of a `snake_case` name; `None` when it is none.
fn camel(name: &str) -> Option<String> {
    if !name.as_bytes().contains(&b'_') {
        return None;
    }
    let second = name.chars().next().map_or(0, char::len_utf8);
    let (head, tail) = name.split_at(second);
    if !tail.contains('_') {
        return None;
    }
    let mut camel = head.to_owned();
    let mut upper = false;
    for letter in tail.chars() {
        match letter {
            '_' => upper = true,
            _ if upper => {
                camel.push(letter.to_ascii_uppercase());
                upper = false;
            }
            _ => camel.push(letter),
        }
    }
    Some(camel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_one_name() {
        for (name, expected) in [
            ("thought_signature", Some("thoughtSignature")),
            ("thoughtSignature", None),
            ("parameters_json_schema", Some("parametersJsonSchema")),
            ("_responseJsonSchema", None),
            ("", None),
            ("é_a", Some("éA")),
        ] {
            assert_eq!(camel(name).as_deref(), expected, "{name}");
        }
    }
}
