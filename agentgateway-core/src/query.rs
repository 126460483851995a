//! Parameters of a query, read without a copy.
//!
//! # Source
//! WHATWG URL, "application/x-www-form-urlencoded parsing": `&` separates, `+` is a space, a `%`
//! that no two hexadecimal digits follow stands for itself.

/// The value, still encoded, of the first parameter with this decoded name; empty without a `=`.
#[cfg(feature = "route")]
pub(crate) fn first<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut parameters = query.split('&').filter(|part| !part.is_empty());
    parameters.find_map(|parameter| {
        let (key, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        decoded(key).eq(name.bytes()).then_some(value)
    })
}

/// The bytes that an encoded name or value stands for.
pub(crate) fn decoded(encoded: &str) -> impl Iterator<Item = u8> + '_ {
    let mut rest = encoded.as_bytes();
    std::iter::from_fn(move || {
        let (first, after) = rest.split_first()?;
        rest = after;
        Some(match first {
            b'+' => b' ',
            b'%' => match after {
                [high, low, after @ ..] => match (digit(*high), digit(*low)) {
                    (Some(high), Some(low)) => {
                        rest = after;
                        high << 4 | low
                    }
                    _ => b'%',
                },
                _ => b'%',
            },
            other => *other,
        })
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}
