use std::fmt;

use serde::de::{Deserializer as _, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};

use super::{JsonError, JsonType};

/// Calls `each` with every name and value of the object, in order, until it fails.
///
/// The nesting of `text` must have been checked: serde_json keeps a byte per level.
pub(super) fn object<'a, F>(text: &'a str, each: F) -> Result<(), JsonError>
where
    F: FnMut(&'a RawValue, &'a RawValue) -> Result<(), JsonError>,
{
    expect_type(text, JsonType::Object)?;
    let mut failed = None;
    let mut parser = Deserializer::from_str(text);
    parser
        .deserialize_map(ObjectVisitor {
            each,
            failed: &mut failed,
        })
        .and_then(|()| parser.end())
        .map_err(|error| failed.unwrap_or_else(|| JsonError::syntax(&error)))
}

/// Calls `each` with every element of the array, in order.
///
/// The nesting of `text` must have been checked.
pub(super) fn array<'a, F>(text: &'a str, each: F) -> Result<(), JsonError>
where
    F: FnMut(&'a RawValue),
{
    expect_type(text, JsonType::Array)?;
    let mut parser = Deserializer::from_str(text);
    parser
        .deserialize_seq(ArrayVisitor { each })
        .and_then(|()| parser.end())
        .map_err(|error| JsonError::syntax(&error))
}

/// A text that starts as another type is either JSON of that type or no JSON at all.
fn expect_type(text: &str, expected: JsonType) -> Result<(), JsonError> {
    let first = text
        .trim_start_matches([' ', '\t', '\n', '\r'])
        .bytes()
        .next();
    let found = JsonType::of_first_byte(first.unwrap_or_default());
    if found == expected {
        return Ok(());
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Err(JsonError::wrong_type(expected, found)),
        Err(error) => Err(JsonError::syntax(&error)),
    }
}

struct ObjectVisitor<'f, F> {
    each: F,
    failed: &'f mut Option<JsonError>,
}

impl<'de, F> Visitor<'de> for ObjectVisitor<'_, F>
where
    F: FnMut(&'de RawValue, &'de RawValue) -> Result<(), JsonError>,
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    // Names are read raw too: decoded ones would need memory as long as themselves.
    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some((name, value)) = map.next_entry()? {
            if let Err(error) = (self.each)(name, value) {
                *self.failed = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}

struct ArrayVisitor<F> {
    each: F,
}

impl<'de, F> Visitor<'de> for ArrayVisitor<F>
where
    F: FnMut(&'de RawValue),
{
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut seq: A) -> Result<(), A::Error> {
        while let Some(element) = seq.next_element()? {
            (self.each)(element);
        }
        Ok(())
    }
}
