use std::ops::Range;

use agentgateway_core::json::{self, JsonError, JsonType, Raw, Splice};
use bytes::Bytes;

const EMPTY: Bytes = Bytes::from_static(b"{}");

/// The member of an object text; `None` where there is none, or the text is no object.
pub(crate) fn member(object: &Bytes, key: &str) -> Option<Bytes> {
    let [value] = json::members(object, [key]).ok()?;
    json::slice_of(object, value?)
}

/// The member, when it is a string.
pub(crate) fn text(object: &Bytes, key: &str) -> Option<String> {
    let [value] = json::members(object, [key]).ok()?;
    json::string(value?).map(Into::into)
}

/// Changes the object that a member is, and no other byte; one that is missing is empty, and is put there
/// where the change makes something of it.
///
/// A member that is no object is left as it is: it is the peer's to judge.
///
/// # Errors
/// The text is no object, or has the member twice; or that of the change.
pub(crate) fn within(
    object: &Bytes,
    key: &str,
    change: impl FnOnce(Bytes) -> Result<Bytes, JsonError>,
) -> Result<Bytes, JsonError> {
    let [value] = json::members(object, [key])?;
    let whole = match value {
        Some(value) if json::type_of(value) == JsonType::Object => {
            json::slice_of(object, value).unwrap_or(EMPTY)
        }
        // Null is as nothing.
        Some(value) if !json::is_null(value) => return Ok(object.clone()),
        Some(_) | None => EMPTY,
    };
    let changed = change(whole.clone())?;
    if changed == whole {
        return Ok(object.clone());
    }
    let Some(value) = value else {
        return json::with_members(object, &[(key, Some(changed))]);
    };
    let splice = Splice::new(object.clone()).replace_value(value, changed);
    // INVARIANT: the value is a part of this text.
    Ok(splice
        .finish()
        .map_or_else(|_| object.clone(), json::Pieces::into_bytes))
}

/// An object of those of these members that are there. Their names need no escapes.
pub(crate) fn object_of(members: &[(&str, Option<Bytes>)]) -> Bytes {
    let there = || {
        let all = members.iter();
        all.filter_map(|(key, value)| Some((*key, value.as_ref()?)))
    };
    let bytes: usize = there()
        .map(|(key, value)| key.len() + value.len() + r#""":,"#.len())
        .sum();
    let mut text = Vec::with_capacity(bytes + 2);
    text.push(b'{');
    for (key, value) in there() {
        if text.len() > 1 {
            text.push(b',');
        }
        text.push(b'"');
        text.extend_from_slice(key.as_bytes());
        text.extend_from_slice(b"\":");
        text.extend_from_slice(value);
    }
    text.push(b'}');
    text.into()
}

/// The member of which this is the value, with its name and one comma, so that it can be left out alone; `None` where the
/// name is written in a way of its own.
pub(crate) fn whole_member(body: &Bytes, key: &str, value: Raw<'_>) -> Option<Range<usize>> {
    let value = json::range_in(body, value)?;
    let before = body.get(..value.start)?.trim_ascii_end();
    let before = before.strip_suffix(b":")?.trim_ascii_end();
    let before = before.strip_suffix(b"\"")?.strip_suffix(key.as_bytes())?;
    let before = before.strip_suffix(b"\"")?.trim_ascii_end();
    if let Some(before) = before.strip_suffix(b",") {
        return Some(before.len()..value.end);
    }
    let behind = body.get(value.end..)?;
    let rest = behind.trim_ascii_start();
    let comma = behind.len() - rest.len() + usize::from(rest.starts_with(b","));
    let is_first = before.ends_with(b"{");
    is_first.then(|| before.len()..value.end + comma)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_the_inner_object_alone() {
        let add = |object: Bytes| json::with_members(&object, &[("x", Some("1".into()))]);
        for (object, expected) in [
            (r#"{ "a" : { "b":1.0 } }"#, r#"{ "a" : { "x":1,"b":1.0 } }"#),
            (r#"{"b":2}"#, r#"{"a":{"x":1},"b":2}"#),
            (r#"{"a":[]}"#, r#"{"a":[]}"#),
            ("{}", r#"{"a":{"x":1}}"#),
        ] {
            let changed = within(&Bytes::from_static(object.as_bytes()), "a", add).unwrap();
            assert_eq!(changed, expected.as_bytes(), "{object}");
        }
        let object = Bytes::from_static(b"{\"b\":1}");
        assert_eq!(within(&object, "a", Ok).unwrap(), object);
        assert!(within(&Bytes::from_static(b"[]"), "a", Ok).is_err());
    }
}
