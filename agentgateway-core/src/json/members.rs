use std::str;

use memchr::memchr;
use serde_json::value::RawValue;

use super::{JsonError, MAX_DEPTH, check_depth, range_in, string, walk};

/// The longest spelling of one byte of a name: `\u` and four digits.
const ESCAPE_BYTES: usize = 6;

/// Finds the raw values of some members of the object that this text is.
///
/// The values come in the order of `keys`; a member that is not there is `None`, one that is `null`
/// is `Some`. Other members are skipped. The text may have white space around the object, and
/// nothing else. It is checked as a whole: encoding, nesting ([`MAX_DEPTH`]) and grammar.
///
/// # Errors
///
/// [`JsonError`] when the text is not UTF-8, starts with a byte order mark, is nested too deep,
/// breaks the grammar, is not an object, or has one of `keys` twice.
pub fn members<'a, const N: usize>(
    object: &'a [u8],
    keys: [&str; N],
) -> Result<[Option<&'a RawValue>; N], JsonError> {
    select(checked(object)?, keys)
}

/// Finds the raw values of some members of an inner object, as [`members`] does.
///
/// A value that [`members`] gave has been checked; here it is only read.
///
/// # Errors
///
/// [`JsonError`] when the value is not an object, or has one of `keys` twice.
pub fn members_of<'a, const N: usize>(
    object: &'a RawValue,
    keys: [&str; N],
) -> Result<[Option<&'a RawValue>; N], JsonError> {
    select(object.get(), keys)
}

/// Visits every member of an object in order, with its name decoded.
///
/// Names may repeat: it is the caller who knows which of them decide something.
///
/// # Errors
///
/// [`JsonError`] when the value is not an object, or a name holds half a surrogate pair; members
/// before it have been visited.
pub fn entries<'a, F>(object: &'a RawValue, mut visit: F) -> Result<(), JsonError>
where
    F: FnMut(&str, &'a RawValue),
{
    let text = object.get();
    walk::object(text, |name, value| {
        let decoded = string(name).ok_or_else(|| JsonError::half_character(offset(text, name)))?;
        visit(&decoded, value);
        Ok(())
    })
}

/// Visits every element of an array in order.
///
/// # Errors
///
/// [`JsonError`] when the value is not an array.
pub fn elements<'a, F>(array: &'a RawValue, visit: F) -> Result<(), JsonError>
where
    F: FnMut(&'a RawValue),
{
    walk::array(array.get(), visit)
}

fn select<'a, const N: usize>(
    text: &'a str,
    keys: [&str; N],
) -> Result<[Option<&'a RawValue>; N], JsonError> {
    let mut found = [None; N];
    walk::object(text, |name, value| {
        let Some((key, slot)) = keys
            .iter()
            .zip(&mut found)
            .nth(position(name, &keys).unwrap_or(N))
        else {
            return Ok(());
        };
        match slot.replace(value) {
            None => Ok(()),
            Some(_) => Err(JsonError::duplicate_key(key, offset(text, name))),
        }
    })?;
    Ok(found)
}

/// Which of `keys` this name is, however it is spelled.
fn position(name: &RawValue, keys: &[&str]) -> Option<usize> {
    let inner = name.get().strip_prefix('"')?.strip_suffix('"')?;
    if memchr(b'\\', inner.as_bytes()).is_none() {
        return keys.iter().position(|key| *key == inner);
    }
    // Decoding takes memory, so only what is short enough to be one of the keys is decoded.
    let longest = keys.iter().map(|key| key.len()).max()?;
    if inner.len() > longest.saturating_mul(ESCAPE_BYTES) {
        return None;
    }
    let decoded = string(name)?;
    keys.iter().position(|key| *key == decoded)
}

fn checked(json: &[u8]) -> Result<&str, JsonError> {
    if json.starts_with(b"\xEF\xBB\xBF") {
        return Err(JsonError::byte_order_mark());
    }
    let text = str::from_utf8(json).map_err(|error| JsonError::not_utf8(error.valid_up_to()))?;
    check_depth(json, MAX_DEPTH)?;
    Ok(text)
}

fn offset(text: &str, part: &RawValue) -> usize {
    range_in(text.as_bytes(), part).map_or(0, |range| range.start)
}
