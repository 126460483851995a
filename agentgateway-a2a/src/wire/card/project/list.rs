use agentgateway_core::json::{self, Raw, Splice};
use bytes::Bytes;

use crate::wire::card::BadCard;

/// A value as bytes of its own text.
pub(super) fn own(text: &Bytes, value: Raw<'_>) -> Bytes {
    json::slice_of(text, value).unwrap_or_else(|| Bytes::copy_from_slice(value.get().as_bytes()))
}

/// A list in which some elements are changed; the bytes between them stay.
pub(super) fn edited(
    list: &Bytes,
    mut edit: impl FnMut(Raw<'_>) -> Result<Option<Bytes>, BadCard>,
) -> Result<Bytes, BadCard> {
    let mut splice = Some(Splice::new(list.clone()));
    let mut result = Ok(());
    json::elements(Raw::parse(list)?, |element| {
        if result.is_err() {
            return;
        }
        match edit(element) {
            Ok(Some(new)) => {
                splice = splice
                    .take()
                    .map(|splice| splice.replace_value(element, new));
            }
            Ok(None) => {}
            Err(error) => result = Err(error),
        }
    })?;
    result?;
    match splice {
        Some(splice) => Ok(splice.joined()?),
        None => Ok(list.clone()),
    }
}

/// An object or a list made anew of what is left of its parts.
pub(super) fn made_of(open: char, parts: &[String], close: char) -> Bytes {
    format!("{open}{}{close}", parts.join(",")).into()
}

pub(super) fn each_entry(
    object: Raw<'_>,
    mut each: impl FnMut(&str, Raw<'_>) -> Result<(), BadCard>,
) -> Result<(), BadCard> {
    let mut result = Ok(());
    json::entries(object, |name, value| {
        if result.is_ok() {
            result = each(name, value);
        }
    })?;
    result
}
