use std::str::Chars;

use memchr::memchr;

use super::Raw;

/// Which of `keys` some parser takes this name for, though it is not that key: one that folds case, as
/// `encoding/json` of Go does, or that ends a text at NUL.
///
/// The name is none of `keys`. Nothing is allocated.
pub(super) fn alike<'k>(name: Raw<'_>, keys: &[&'k str]) -> Option<&'k str> {
    let inner = name.get().strip_prefix('"')?.strip_suffix('"')?;
    let is_plain = inner.is_ascii() && memchr(b'\\', inner.as_bytes()).is_none();
    let is_alike = |key: &&&str| match is_plain {
        true => inner.eq_ignore_ascii_case(key),
        false => folded(inner).eq(key.chars().map(|letter| letter.to_ascii_lowercase())),
    };
    keys.iter().find(is_alike).copied()
}

/// What a string says, in lower case, without NULs before it and up to the first one behind.
fn folded(inner: &str) -> impl Iterator<Item = char> + '_ {
    let decoded = Decoded(inner.chars());
    decoded
        .skip_while(|letter| *letter == '\0')
        .take_while(|letter| *letter != '\0')
        .map(|letter| match letter {
            // The two that have an ASCII letter as their other case.
            '\u{17F}' => 's',
            '\u{212A}' => 'k',
            letter => letter.to_ascii_lowercase(),
        })
}

/// The characters of what stands between the quotes of a string, escapes decoded. Halves of surrogate pairs
/// are U+FFFD: no key has a character beyond the first plane.
struct Decoded<'a>(Chars<'a>);

impl Iterator for Decoded<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let letter = self.0.next()?;
        if letter != '\\' {
            return Some(letter);
        }
        Some(match self.0.next()? {
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let mut unit = 0;
                for _ in 0..4 {
                    unit = unit * 16 + self.0.next()?.to_digit(16)?;
                }
                char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            itself => itself,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_for(name: &str) -> Option<&'static str> {
        let name = format!("\"{name}\"");
        alike(Raw::parse(name.as_bytes()).unwrap(), &["task/Id", "key"])
    }

    /// Fault S15 (part): a member under a name that some parsers take for another one.
    #[test]
    fn a_name_in_another_case_or_with_a_nul_is_alike() {
        for name in [
            "TASK/ID",
            "task/id",
            r"task\/ID",
            r"\u0054ask/Id",
            r"task/Id\u0000",
            r"\u0000task/Id",
            r"task/Id\u0000\ud800 and more",
            "ta\u{17F}k/Id",
            r"ta\u017fk/Id",
        ] {
            assert_eq!(taken_for(name), Some("task/Id"), "{name}");
        }
        assert_eq!(taken_for("\u{212A}ey"), Some("key"));
        for name in [
            "",
            "ke",
            "keys",
            " key",
            r"k\u0000ey",
            r"\u0000",
            r"\ud83d\ude00",
            "kéy",
            r"key\n",
            r"key\\",
        ] {
            assert_eq!(taken_for(name), None, "{name}");
        }
    }
}
