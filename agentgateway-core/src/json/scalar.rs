use std::{borrow::Cow, fmt};

use bytes::{BufMut, BytesMut};

use super::{
    Raw,
    scan::{has_escapes, plain_len},
};

/// The type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "RFC 8259 knows these six")]
pub enum JsonType {
    /// `{…}`
    Object,
    /// `[…]`
    Array,
    /// `"…"`
    String,
    /// A number, in any spelling.
    Number,
    /// `true` or `false`
    Boolean,
    /// `null`
    Null,
}

impl JsonType {
    /// The type of the value that starts with this byte; a digit or a minus is all that is left
    /// for a number.
    pub(super) const fn of_first_byte(byte: u8) -> Self {
        match byte {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b't' | b'f' => Self::Boolean,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Boolean => "a boolean",
            Self::Null => "null",
        })
    }
}

/// The type of a value, by its first byte.
#[must_use]
pub fn type_of(raw: Raw<'_>) -> JsonType {
    JsonType::of_first_byte(raw.get().bytes().next().unwrap_or_default())
}

/// Whether the value is `null`.
#[must_use]
pub fn is_null(raw: Raw<'_>) -> bool {
    raw.get() == "null"
}

/// The characters of a string; `None` when the value is not a string, or holds half a surrogate
/// pair, which no `str` can hold.
///
/// Borrowed unless the string has escapes.
#[must_use]
pub fn string(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    let inner = raw.get().strip_prefix('"')?.strip_suffix('"')?;
    if !has_escapes(inner.as_bytes()) {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw.get()).ok().map(Cow::Owned)
}

/// The boolean; `None` when the value is not one.
#[must_use]
pub fn boolean(raw: Raw<'_>) -> Option<bool> {
    match raw.get() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// The number, when it is written as a whole number from 0 to 2⁶⁴ − 1.
///
/// `1.0`, `1e3` and `-0` are none: no number is read through a float.
#[must_use]
pub fn unsigned(raw: Raw<'_>) -> Option<u64> {
    raw.get().parse().ok()
}

/// The text as a JSON string, with its quotes and with the escapes that it needs.
#[must_use]
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "see the invariant"
)]
pub fn quote(text: &str) -> String {
    // INVARIANT: serde_json fails on maps without string keys and on failing writers; a `str`
    // written to a `String` has neither.
    serde_json::to_string(text).expect("a str is always JSON")
}

/// Writes the text as a JSON string behind what is there, as [`quote`] does, without memory of its own.
pub fn quote_into(out: &mut BytesMut, text: &str) {
    let text = text.as_bytes();
    let plain = plain_len(text);
    out.reserve(text.len() + 2);
    out.put_u8(b'"');
    if plain == text.len() {
        out.put_slice(text);
    } else {
        escaped(out, text, plain);
    }
    out.put_u8(b'"');
}

/// Writes a text whose first special byte stands behind these many plain ones.
fn escaped(out: &mut BytesMut, mut rest: &[u8], mut plain: usize) {
    while let Some((before, marked)) = rest.split_at_checked(plain) {
        out.put_slice(before);
        let Some((special, behind)) = marked.split_first() else {
            break;
        };
        escape(out, *special);
        rest = behind;
        plain = plain_len(rest);
    }
}

/// # Source
/// RFC 8259, section 7. The short spelling where there is one.
fn escape(out: &mut BytesMut, special: u8) {
    let letter = match special {
        b'"' | b'\\' => special,
        0x08 => b'b',
        0x0C => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        other => {
            let digit = |value: u8| char::from_digit(value.into(), 16).map_or(b'0', |c| c as u8);
            out.put_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                digit(other >> 4),
                digit(other & 15),
            ]);
            return;
        }
    };
    out.put_slice(&[b'\\', letter]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_as_serde_does() {
        let all: String = (0..=0x7F)
            .map(char::from)
            .chain("é😀\u{2028}".chars())
            .collect();
        let plain = "plain and long, ".repeat(9);
        for length in 0..plain.len() {
            for special in all.chars() {
                for at in [0, length / 2, length] {
                    let mut text = plain[..length].to_owned();
                    text.insert(at, special);
                    let mut out = BytesMut::from(&b"x"[..]);
                    quote_into(&mut out, &text);
                    assert_eq!(out[1..], *quote(&text).as_bytes(), "{text:?}");
                }
            }
        }
        let mut out = BytesMut::new();
        quote_into(&mut out, &all);
        quote_into(&mut out, "");
        assert_eq!(out, *(quote(&all) + "\"\"").as_bytes());
    }

    fn raw(json: &str) -> Raw<'_> {
        Raw::parse(json.as_bytes()).unwrap()
    }

    #[test]
    fn strings_are_borrowed_when_they_can_be() {
        assert!(matches!(
            string(raw(r#""plain""#)),
            Some(Cow::Borrowed("plain"))
        ));
        assert!(matches!(string(raw(r#""""#)), Some(Cow::Borrowed(""))));
        assert_eq!(string(raw(r#""a\u006f\n\"""#)).as_deref(), Some("ao\n\""));
        assert_eq!(string(raw(r#""\ud83d\ude00""#)).as_deref(), Some("😀"));
        assert_eq!(string(raw(r#""\u0000""#)).as_deref(), Some("\0"));
    }

    /// Fault S17: half a surrogate pair, control characters: no string, and no fault.
    #[test]
    fn half_characters_and_other_types_are_no_strings() {
        for json in [r#""\ud800""#, r#""\udc00x""#, "1", "null", "[\"a\"]", "{}"] {
            assert_eq!(string(raw(json)), None, "{json}");
        }
    }

    #[test]
    fn whole_numbers_alone_are_unsigned() {
        assert_eq!(unsigned(raw("0")), Some(0));
        assert_eq!(
            unsigned(raw("9007199254740993")),
            Some(9_007_199_254_740_993)
        );
        assert_eq!(unsigned(raw("18446744073709551615")), Some(u64::MAX));
        for json in [
            "18446744073709551616",
            "-0",
            "-1",
            "1.0",
            "1e3",
            "1e400",
            "\"1\"",
        ] {
            assert_eq!(unsigned(raw(json)), None, "{json}");
        }
    }

    #[test]
    fn tells_types_apart() {
        for (json, found) in [
            ("{}", JsonType::Object),
            ("[]", JsonType::Array),
            ("\"\"", JsonType::String),
            ("-0", JsonType::Number),
            ("7", JsonType::Number),
            ("true", JsonType::Boolean),
            ("false", JsonType::Boolean),
            ("null", JsonType::Null),
        ] {
            assert_eq!(type_of(raw(json)), found);
            assert_eq!(is_null(raw(json)), json == "null");
        }
        assert_eq!(boolean(raw("true")), Some(true));
        assert_eq!(boolean(raw("false")), Some(false));
        assert_eq!(boolean(raw("\"true\"")), None);
    }

    #[test]
    fn quotes_what_needs_it() {
        assert_eq!(quote("a\"b\\\n\0é"), r#""a\"b\\\n\u0000é""#);
    }
}
