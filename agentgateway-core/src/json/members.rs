use std::borrow::Cow;

use super::{JsonError, Raw, alike::alike, range_in, scan::Name, walk};

/// The longest spelling of one byte of a name: `\u` and four digits.
const ESCAPE_BYTES: usize = 6;

/// Finds the raw values of some members of the object that this text is.
///
/// The values come in the order of `keys`; a member that is not there is `None`, one that is `null`
/// is `Some`. Other members are skipped. The text may have white space around the object, and
/// nothing else. It is checked as a whole: encoding, nesting ([`MAX_DEPTH`](super::MAX_DEPTH)) and grammar.
///
/// # Errors
///
/// [`JsonError`] when the text is not UTF-8, starts with a byte order mark, is nested too deep,
/// breaks the grammar, is not an object, or has one of `keys` twice.
pub fn members<'a, const N: usize>(
    object: &'a [u8],
    keys: [&str; N],
) -> Result<[Option<Raw<'a>>; N], JsonError> {
    let text = walk::decoded(object)?;
    let mut found = [None; N];
    walk::object(text, |name, value| {
        choose(text, &keys, &mut found, (name, value)).map(drop)
    })?;
    Ok(found)
}

/// Finds the raw values of some members of an inner object, as [`members`] does.
///
/// A value that [`members`] gave has been checked; here it is only read.
///
/// # Errors
///
/// [`JsonError`] when the value is not an object, or has one of `keys` twice.
pub fn members_of<'a, const N: usize>(
    object: Raw<'a>,
    keys: [&str; N],
) -> Result<[Option<Raw<'a>>; N], JsonError> {
    let mut found = [None; N];
    walk::object_of(object, |name, value| {
        choose(object.get(), &keys, &mut found, (name, value)).map(drop)
    })?;
    Ok(found)
}

/// As [`members`], and refuses names that some parsers take for one of `keys`: the same in another case
/// (`"Method"`), or with NULs at its ends.
///
/// For messages that somebody behind reads again: what was judged here must be what is used there.
///
/// # Errors
///
/// Those of [`members`], and [`JsonErrorKind::DuplicateKey`](super::JsonErrorKind::DuplicateKey) for such a
/// name, also where the key itself is not there.
pub fn sole_members<'a, const N: usize>(
    object: &'a [u8],
    keys: [&str; N],
) -> Result<[Option<Raw<'a>>; N], JsonError> {
    let text = walk::decoded(object)?;
    let mut found = [None; N];
    walk::object(text, |name, value| {
        choose_sole(text, &keys, &mut found, (name, value))
    })?;
    Ok(found)
}

/// As [`members_of`], and refuses what [`sole_members`] does.
///
/// # Errors
///
/// Those of [`members_of`] and [`sole_members`].
pub fn sole_members_of<'a, const N: usize>(
    object: Raw<'a>,
    keys: [&str; N],
) -> Result<[Option<Raw<'a>>; N], JsonError> {
    let mut found = [None; N];
    walk::object_of(object, |name, value| {
        choose_sole(object.get(), &keys, &mut found, (name, value))
    })?;
    Ok(found)
}

/// As [`sole_members_of`] for the first keys and as [`members_of`] for the others, in one reading.
///
/// # Errors
///
/// Those of [`members_of`] for all keys, and for the first ones those of [`sole_members`].
pub fn sole_members_and_others<'a, const N: usize, const M: usize>(
    object: Raw<'a>,
    keys: [&str; N],
    others: [&str; M],
) -> Result<([Option<Raw<'a>>; N], [Option<Raw<'a>>; M]), JsonError> {
    let (mut found, mut beside) = ([None; N], [None; M]);
    walk::object_of(object, |name, value| {
        let (text, member) = (object.get(), (name, value));
        if choose(text, &keys, &mut found, member)? || choose(text, &others, &mut beside, member)? {
            return Ok(());
        }
        refuse_alike(text, &keys, name)
    })?;
    Ok((found, beside))
}

/// Visits every member of an object in order, with its name decoded.
///
/// Names may repeat: it is the caller who knows which of them decide something.
///
/// # Errors
///
/// [`JsonError`] when the value is not an object, or a name holds half a surrogate pair; members
/// before it have been visited.
pub fn entries<'a, F>(object: Raw<'a>, mut visit: F) -> Result<(), JsonError>
where
    F: FnMut(&str, Raw<'a>),
{
    named_entries(object, |name, value| visit(&name, value))
}

/// As [`entries`], with names that outlive the visit: borrowed from the text unless they have escapes.
///
/// # Errors
///
/// Those of [`entries`].
pub fn named_entries<'a, F>(object: Raw<'a>, visit: F) -> Result<(), JsonError>
where
    F: FnMut(Cow<'a, str>, Raw<'a>),
{
    walk::object_of(object, decoding(object.get(), visit))
}

/// As [`named_entries`], of a text that nobody has checked: it is checked while it is visited, as [`members`] does.
///
/// # Errors
///
/// Those of [`Raw::parse`] and of [`entries`]; members before what is wrong have been visited.
pub fn named_entries_in<'a, F>(object: &'a [u8], visit: F) -> Result<(), JsonError>
where
    F: FnMut(Cow<'a, str>, Raw<'a>),
{
    let text = walk::decoded(object)?;
    walk::object(text, decoding(text, visit))
}

/// Visits members with their names decoded.
fn decoding<'a>(
    text: &'a str,
    mut visit: impl FnMut(Cow<'a, str>, Raw<'a>),
) -> impl FnMut(Name<'a>, Raw<'a>) -> Result<(), JsonError> {
    move |name, value| {
        let decoded = name
            .decoded()
            .ok_or_else(|| JsonError::half_character(offset(text, name.raw)))?;
        visit(decoded, value);
        Ok(())
    }
}

/// Visits every element of an array in order.
///
/// # Errors
///
/// [`JsonError`] when the value is not an array.
pub fn elements<'a, F>(array: Raw<'a>, visit: F) -> Result<(), JsonError>
where
    F: FnMut(Raw<'a>),
{
    walk::array_of(array, visit)
}

/// Keeps the value of a member that is one of `keys`, and says whether it is one.
fn choose<'a>(
    text: &str,
    keys: &[&str],
    found: &mut [Option<Raw<'a>>],
    (name, value): (Name<'a>, Raw<'a>),
) -> Result<bool, JsonError> {
    let mut slots = keys.iter().zip(found);
    let Some((key, slot)) = position(name, keys).and_then(|place| slots.nth(place)) else {
        return Ok(false);
    };
    match slot.replace(value) {
        None => Ok(true),
        Some(_) => Err(JsonError::duplicate_key(key, offset(text, name.raw))),
    }
}

/// As [`choose`], and refuses a name that is like one of `keys`.
fn choose_sole<'a>(
    text: &str,
    keys: &[&str],
    found: &mut [Option<Raw<'a>>],
    (name, value): (Name<'a>, Raw<'a>),
) -> Result<(), JsonError> {
    if choose(text, keys, found, (name, value))? {
        return Ok(());
    }
    refuse_alike(text, keys, name)
}

fn refuse_alike(text: &str, keys: &[&str], name: Name<'_>) -> Result<(), JsonError> {
    match alike(name.raw, keys) {
        None => Ok(()),
        Some(key) => Err(JsonError::alike_key(key, offset(text, name.raw))),
    }
}

/// Which of `keys` this name is, however it is spelled.
pub(super) fn position(name: Name<'_>, keys: &[&str]) -> Option<usize> {
    if let Some(plain) = name.plain() {
        return keys.iter().position(|key| *key == plain);
    }
    // Decoding takes memory, so only what is short enough to be one of the keys is decoded.
    let longest = keys.iter().map(|key| key.len()).max()?;
    if name.raw.get().len() > longest.saturating_mul(ESCAPE_BYTES) + 2 {
        return None;
    }
    let decoded = name.decoded()?;
    keys.iter().position(|key| *key == decoded)
}

fn offset(text: &str, part: Raw<'_>) -> usize {
    range_in(text.as_bytes(), part).map_or(0, |range| range.start)
}
