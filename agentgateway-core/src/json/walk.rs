use std::str;

use serde::de::IgnoredAny;

use super::{
    JsonError, JsonType, MAX_DEPTH, Raw, check_depth,
    scan::{Name, Scanner},
};

/// The text of these bytes.
pub(super) fn decoded(json: &[u8]) -> Result<&str, JsonError> {
    if json.starts_with(b"\xEF\xBB\xBF") {
        return Err(JsonError::byte_order_mark());
    }
    str::from_utf8(json).map_err(|error| JsonError::not_utf8(error.valid_up_to()))
}

/// Calls `each` with every name and value of the object that an unchecked text is, in order, until
/// it fails. Names are given as they are written: decoded ones would need memory as long as themselves.
pub(super) fn object<'a, F>(text: &'a str, each: F) -> Result<(), JsonError>
where
    F: FnMut(Name<'a>, Raw<'a>) -> Result<(), JsonError>,
{
    match members(Scanner::checking(text), each) {
        Ok(Some(())) => Ok(()),
        Ok(None) => Err(explain(text, Some(JsonType::Object))),
        // That a text is too deep comes before all else that is wrong with it.
        Err(error) => check_depth(text.as_bytes(), MAX_DEPTH).and(Err(error)),
    }
}

/// As [`object`], of a value that was checked.
pub(super) fn object_of<'a, F>(value: Raw<'a>, each: F) -> Result<(), JsonError>
where
    F: FnMut(Name<'a>, Raw<'a>) -> Result<(), JsonError>,
{
    members(Scanner::skipping(value), each)?
        .ok_or_else(|| explain(value.get(), Some(JsonType::Object)))
}

/// Calls `each` with every element of the array that a checked value is, in order.
pub(super) fn array_of<'a, F>(value: Raw<'a>, each: F) -> Result<(), JsonError>
where
    F: FnMut(Raw<'a>),
{
    elements(Scanner::skipping(value), each)
        .ok_or_else(|| explain(value.get(), Some(JsonType::Array)))
}

/// Says what is wrong with a text that is not JSON of the expected type.
#[cold]
pub(super) fn explain(text: &str, expected: Option<JsonType>) -> JsonError {
    if let Err(error) = check_depth(text.as_bytes(), MAX_DEPTH) {
        return error;
    }
    if let Err(error) = serde_json::from_str::<IgnoredAny>(text) {
        return JsonError::syntax(&error);
    }
    let found = text.trim_ascii_start().bytes().next().unwrap_or_default();
    let found = JsonType::of_first_byte(found);
    JsonError::wrong_type(expected.unwrap_or(found), found)
}

fn members<'a, F>(mut scanner: Scanner<'a>, mut each: F) -> Result<Option<()>, JsonError>
where
    F: FnMut(Name<'a>, Raw<'a>) -> Result<(), JsonError>,
{
    let mut more = scanner.eat(b'{').then(|| !scanner.eat(b'}'));
    while more == Some(true) {
        let Some((name, value)) = scanner
            .name()
            .and_then(|name| Some((name, scanner.value(1)?)))
        else {
            return Ok(None);
        };
        each(name, value)?;
        more = if scanner.eat(b',') {
            Some(true)
        } else {
            scanner.eat(b'}').then_some(false)
        };
    }
    Ok(more.filter(|_| scanner.end()).map(drop))
}

fn elements<'a>(mut scanner: Scanner<'a>, mut each: impl FnMut(Raw<'a>)) -> Option<()> {
    let mut more = scanner.eat(b'[').then(|| !scanner.eat(b']'))?;
    while more {
        each(scanner.value(1)?);
        more = scanner.eat(b',');
        if !more && !scanner.eat(b']') {
            return None;
        }
    }
    scanner.end().then_some(())
}
