//! JSON Schemas in which objects have no properties but those that are named.

use std::borrow::Cow;

use agentgateway_core::json::{self, JsonType, Raw};
use bytes::BytesMut;

use super::json as write;

/// The schema with `"additionalProperties":false` in each object that names its properties and says nothing of others.
///
/// Anthropic's models are held to a schema only where all of its objects say so; other dialects take it for granted, or
/// leave it open. One that is closed stays as it was written. What cannot be read stays as it is: the provider says what is wrong with it.
///
/// # Source
/// Anthropic documentation, Structured outputs, JSON Schema limitations.
pub(in crate::bridge) fn closed(schema: &str) -> Cow<'_, str> {
    // Checked as a whole, its depth too.
    let Ok(raw) = Raw::parse(schema.as_bytes()) else {
        return Cow::Borrowed(schema);
    };
    let mut out = BytesMut::with_capacity(schema.len() + 64);
    let mut closed = false;
    close(&mut out, raw, &mut closed);
    match String::from_utf8(out.into()) {
        Ok(text) if closed => Cow::Owned(text),
        _ => Cow::Borrowed(schema),
    }
}

/// Writes a schema; `closed` is set where one in it was closed.
fn close(out: &mut BytesMut, raw: Raw<'_>, closed: &mut bool) {
    let mut is_open = true;
    let mut has_properties = false;
    let found = json::entries(raw, |name, _| match name {
        "additionalProperties" => is_open = false,
        "properties" => has_properties = true,
        _ => {}
    });
    if found.is_err() {
        // No object, such as `true`.
        return write::raw(out, raw.get());
    }
    write::object(out, |members| {
        // It was read once.
        let _ = json::entries(raw, |name, value| {
            let place = members.other_name(name);
            match name {
                "properties" | "$defs" | "definitions" => map(place, value, closed),
                "items" => close(place, value, closed),
                "anyOf" | "allOf" | "oneOf" | "prefixItems" => list(place, value, closed),
                _ => write::raw(place, value.get()),
            }
        });
        if is_open && has_properties {
            *closed = true;
            members.boolean("additionalProperties", false);
        }
    });
}

/// Schemas by name.
fn map(out: &mut BytesMut, value: Raw<'_>, closed: &mut bool) {
    if json::type_of(value) != JsonType::Object {
        return write::raw(out, value.get());
    }
    write::object(out, |members| {
        // The names were read when the whole was.
        let _ = json::entries(value, |name, inner| {
            close(members.other_name(name), inner, closed);
        });
    });
}

fn list(out: &mut BytesMut, value: Raw<'_>, closed: &mut bool) {
    if json::type_of(value) != JsonType::Array {
        return write::raw(out, value.get());
    }
    write::array(out, |all| {
        // It is an array.
        let _ = json::elements(value, |inner| close(all.next(), inner, closed));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_that_name_their_properties_have_no_others() {
        for (schema, expected) in [
            (
                r#"{"type":"object","properties":{"a":{"properties":{}},"properties":{"type":"string"}}}"#,
                r#"{"type":"object","properties":{"a":{"properties":{},"additionalProperties":false},"properties":{"type":"string"}},"additionalProperties":false}"#,
            ),
            (
                r##"{"$defs":{"n":{"properties":{"x":true}}},"anyOf":[{"$ref":"#/$defs/n"},{"items":{"properties":{}}}]}"##,
                r##"{"$defs":{"n":{"properties":{"x":true},"additionalProperties":false}},"anyOf":[{"$ref":"#/$defs/n"},{"items":{"properties":{},"additionalProperties":false}}]}"##,
            ),
            // What an object of any members would become is not what was asked for.
            (r#"{"type":"object"}"#, r#"{"type":"object"}"#),
            (
                r#"{"properties":{},"additionalProperties":{"type":"string"}}"#,
                r#"{"properties":{},"additionalProperties":{"type":"string"}}"#,
            ),
            (
                r#"{"enum":[{"properties":{}}],"anyOf":1,"properties":2,"items":[1]}"#,
                r#"{"enum":[{"properties":{}}],"anyOf":1,"properties":2,"items":[1],"additionalProperties":false}"#,
            ),
            (
                "{ \"properties\": {}, \"additionalProperties\": false }",
                "{ \"properties\": {}, \"additionalProperties\": false }",
            ),
            ("true", "true"),
            ("{", "{"),
        ] {
            assert_eq!(closed(schema), expected);
        }
    }
}
