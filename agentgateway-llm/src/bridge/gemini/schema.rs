//! Gemini's `Schema`, a part of OpenAPI 3.0, as JSON Schema.

use agentgateway_core::json::{self, JsonType, Raw};
use bytes::{BufMut, BytesMut};

use super::{
    super::codec::Refused,
    read,
    write::{self, Members},
};

/// The schema as JSON Schema, with its members in their order.
///
/// Types are written small, `nullable` is a type of its own, and counts that are strings (as 64-bit numbers are in
/// the JSON of protocol buffers) are numbers. All else stays. What goes into it was checked: it is nested
/// [`json::MAX_DEPTH`] levels deep at most.
pub(super) fn to_json_schema(raw: Raw<'_>, place: &str) -> Result<Box<str>, Refused> {
    if json::type_of(raw) != JsonType::Object {
        return Err(Refused::at(place, "must be a schema: an object"));
    }
    let mut out = BytesMut::new();
    schema(&mut out, raw);
    // It is made of strings.
    Ok(String::from_utf8_lossy(&out).into())
}

fn schema(out: &mut BytesMut, raw: Raw<'_>) {
    let mut nullable = false;
    let mut typed = false;
    let found = json::entries(raw, |name, value| match name {
        "nullable" => nullable |= json::boolean(value) == Some(true),
        "type" => typed = true,
        _ => {}
    });
    if found.is_err() {
        // Not an object: what stands where a schema should (`true`, most often).
        write::raw(out, raw.get());
        return;
    }
    write::object(out, |members| {
        // It was read once.
        let _ = json::entries(raw, |name, value| {
            member(members, name, value, nullable, typed);
        });
    });
}

fn member(members: &mut Members<'_>, name: &str, value: Raw<'_>, nullable: bool, typed: bool) {
    match name {
        "nullable" if json::boolean(value).is_some() => {}
        "type" => kind(members, value, nullable),
        "properties" | "defs" | "$defs" | "definitions" => {
            let out = members.other_name(name);
            map(out, value);
        }
        "items" | "additionalProperties" | "additional_properties" => {
            schema(members.other_name(read::spelled(name).as_ref()), value);
        }
        "anyOf" | "any_of" => list(
            members.name("anyOf"),
            value,
            schema,
            nullable && !typed,
            NULL,
        ),
        "prefixItems" | "prefix_items" => {
            list(members.name("prefixItems"), value, schema, false, "")
        }
        "enum" => {
            let copy = |out: &mut BytesMut, raw: Raw<'_>| write::raw(out, raw.get());
            list(members.other_name(name), value, copy, nullable, "null");
        }
        "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties"
        | "min_items" | "max_items" | "min_length" | "max_length" | "min_properties"
        | "max_properties" => {
            let text = json::string(value).filter(|text| text.parse::<u64>().is_ok());
            let number = text.as_deref().unwrap_or(value.get());
            members.raw(&read::spelled(name), number);
        }
        "property_ordering" => members.raw("propertyOrdering", value.get()),
        _ => members.raw(name, value.get()),
    }
}

const NULL: &str = r#"{"type":"null"}"#;

fn kind(members: &mut Members<'_>, value: Raw<'_>, nullable: bool) {
    let Some(word) = json::string(value) else {
        // A list of types is JSON Schema already.
        return members.raw("type", value.get());
    };
    if word == "TYPE_UNSPECIFIED" {
        return;
    }
    let word = word.to_ascii_lowercase();
    if nullable && word != "null" {
        members.strings("type", &[word.as_str(), "null"]);
    } else {
        members.string("type", &word);
    }
}

/// Schemas by name.
fn map(out: &mut BytesMut, value: Raw<'_>) {
    if json::type_of(value) != JsonType::Object {
        return write::raw(out, value.get());
    }
    write::object(out, |members| {
        // The names were read when the whole was.
        let _ = json::entries(value, |name, inner| schema(members.other_name(name), inner));
    });
}

/// A list, with one more element at its end if `add`.
fn list(
    out: &mut BytesMut,
    value: Raw<'_>,
    element: fn(&mut BytesMut, Raw<'_>),
    add: bool,
    more: &str,
) {
    if json::type_of(value) != JsonType::Array {
        return write::raw(out, value.get());
    }
    out.put_u8(b'[');
    let mut first = true;
    let mut has_null = false;
    // It is an array.
    let _ = json::elements(value, |inner| {
        if !std::mem::replace(&mut first, false) {
            out.put_u8(b',');
        }
        has_null |= json::is_null(inner);
        element(out, inner);
    });
    if add && !has_null {
        if !first {
            out.put_u8(b',');
        }
        out.put_slice(more.as_bytes());
    }
    out.put_u8(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapi_becomes_json_schema() {
        for (openapi, expected) in [
            ("{}", "{}"),
            (
                r#"{"type":"OBJECT","properties":{"type":{"type":"STRING","nullable":true}},"required":["type"]}"#,
                r#"{"type":"object","properties":{"type":{"type":["string","null"]}},"required":["type"]}"#,
            ),
            (
                r#"{"type":"ARRAY","items":{"type":"INTEGER","format":"int32"},"minItems":"1","max_items":3}"#,
                r#"{"type":"array","items":{"type":"integer","format":"int32"},"minItems":1,"maxItems":3}"#,
            ),
            (
                r#"{"any_of":[{"type":"NUMBER"}],"nullable":true}"#,
                r#"{"anyOf":[{"type":"number"},{"type":"null"}]}"#,
            ),
            (
                r#"{"type":"STRING","enum":["A"],"nullable":true,"default":{"type":"STRING"}}"#,
                r#"{"type":["string","null"],"enum":["A",null],"default":{"type":"STRING"}}"#,
            ),
            (
                r#"{"type":["a","b"],"nullable":false}"#,
                r#"{"type":["a","b"]}"#,
            ),
            (
                r#"{"items":true,"properties":1,"anyOf":2}"#,
                r#"{"items":true,"properties":1,"anyOf":2}"#,
            ),
        ] {
            let raw = Raw::parse(openapi.as_bytes()).unwrap();
            assert_eq!(&*to_json_schema(raw, "p").unwrap(), expected);
        }
        to_json_schema(Raw::parse(b"[]").unwrap(), "p").unwrap_err();
    }
}
