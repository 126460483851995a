use memchr::{memchr2, memmem::Finder};

/// A member's name with its quotes, to be searched for in many texts.
#[derive(Debug)]
pub(crate) struct Name(Finder<'static>);

impl Name {
    /// `quoted` is the name with its quotes.
    pub(crate) fn new(quoted: &'static str) -> Self {
        Self(Finder::new(quoted))
    }

    /// Whether the JSON text has a member of this name, anywhere, whose value is not `null`.
    ///
    /// Inside a string a quote is escaped, so text that a model wrote is never taken for a name. A
    /// name that is itself spelled with escapes is not found: no provider writes one.
    pub(crate) fn is_told(&self, text: &[u8]) -> bool {
        self.0
            .find_iter(text)
            .any(|at| value_at(text, at + self.0.needle().len()).is_some_and(|v| v != b'n'))
    }

    /// Whether the JSON text has a member of this name, anywhere, that holds something: it is neither `null` nor empty.
    pub(crate) fn is_filled(&self, text: &[u8]) -> bool {
        self.0.find_iter(text).any(|at| {
            let value = behind(text, at + self.0.needle().len());
            match value.and_then(<[u8]>::split_first) {
                None | Some((b'n', _)) => false,
                Some((b'"', rest)) => !rest.starts_with(b"\""),
                Some((b'[' | b'{', rest)) => {
                    !matches!(rest.trim_ascii_start().first(), Some(b']' | b'}'))
                }
                Some(_) => true,
            }
        })
    }

    /// How many bytes the strings have that members of this name have, as they are written.
    pub(crate) fn text_bytes(&self, text: &[u8]) -> usize {
        self.0
            .find_iter(text)
            .filter_map(|at| string_at(text, at + self.0.needle().len()))
            .map(<[u8]>::len)
            .sum()
    }

    /// The largest whole number that a member of this name has.
    pub(crate) fn largest(&self, text: &[u8]) -> Option<u64> {
        self.0
            .find_iter(text)
            .filter_map(|at| number_at(text, at + self.0.needle().len()))
            .max()
    }
}

/// Behind a name: white space, a colon, white space, and the value from its first byte on.
fn behind(text: &[u8], name_end: usize) -> Option<&[u8]> {
    let rest = text.get(name_end..)?.trim_ascii_start();
    Some(rest.strip_prefix(b":")?.trim_ascii_start())
}

fn value_at(text: &[u8], name_end: usize) -> Option<u8> {
    behind(text, name_end)?.first().copied()
}

/// What stands between the quotes, where the value is a string that ends.
fn string_at(text: &[u8], name_end: usize) -> Option<&[u8]> {
    let value = behind(text, name_end)?.strip_prefix(b"\"")?;
    let mut at = 0;
    loop {
        at += memchr2(b'"', b'\\', value.get(at..)?)?;
        if value.get(at) == Some(&b'"') {
            return value.get(..at);
        }
        // The byte behind a backslash is no end.
        at += 2;
    }
}

fn number_at(text: &[u8], name_end: usize) -> Option<u64> {
    let value = behind(text, name_end)?;
    let digits = value
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    std::str::from_utf8(value.get(..digits)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_and_not_what_a_model_wrote() {
        let usage = Name::new("\"usage\"");
        assert!(usage.is_told(br#"{"usage":{"a":1}}"#));
        assert!(usage.is_told(b"{\"usage\" :\n {}}"));
        assert!(usage.is_told(br#"{"usage":null,"x":{"usage":1}}"#));
        for text in [
            &br#"{"usage":null}"#[..],
            br#"{"content":"\"usage\":1"}"#,
            br#"{"x":"usage"}"#,
            br#"{"usage""#,
            br#"{"usage":"#,
            b"",
        ] {
            assert!(!usage.is_told(text), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn knows_what_holds_nothing() {
        let text = Name::new("\"text\"");
        for text_of in [
            &br#"{"text":"a"}"#[..],
            br#"{"text":"","x":{"text" : [ 1]}}"#,
            br#"{"text":{"a":1}}"#,
            br#"{"text":0}"#,
        ] {
            assert!(text.is_filled(text_of), "{}", text_of.escape_ascii());
        }
        for empty in [
            &br#"{"text":""}"#[..],
            br#"{"text":null,"x":{"text":[ ]}}"#,
            br#"{"text":{ }}"#,
            br#"{"content":"\"text\":1"}"#,
            br#"{"text":"#,
            b"",
        ] {
            assert!(!text.is_filled(empty), "{}", empty.escape_ascii());
        }
    }

    #[test]
    fn measures_what_a_model_wrote() {
        let text = Name::new("\"text\"");
        assert_eq!(text.text_bytes(br#"{"type":"text","text":"Hello"}"#), 5);
        assert_eq!(
            text.text_bytes(br#"{"text" : "a\"b\\","x":{"text":"c"}}"#),
            7
        );
        for odd in [
            &br#"{"text":null,"text":7,"text":["a"]}"#[..],
            br#"{"text":"no end"#,
            br#"{"text":"no end\"#,
            br#"{"text":""}"#,
            br#"{"content":"\"text\":\"no\""}"#,
        ] {
            assert_eq!(text.text_bytes(odd), 0, "{}", odd.escape_ascii());
        }
    }

    /// Fault S16: numbers of any size and spelling: kept as they were written.
    #[test]
    fn reads_the_largest_number() {
        let number = Name::new("\"n\"");
        assert_eq!(
            number.largest(br#"{"n":3,"x":{"n": 12},"n":"99"}"#),
            Some(12)
        );
        assert_eq!(number.largest(br#"{"n":99999999999999999999}"#), None);
        assert_eq!(number.largest(br#"{"n":-1}"#), None);
    }
}
