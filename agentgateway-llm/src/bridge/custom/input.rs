use agentgateway_core::json::Raw;
use memchr::memchr2;

/// The most that is held of what stands before the text, in bytes: more of it is white space, and no model's.
const MAX_HELD_BYTES: usize = 1024;
/// The most that is held from the closing quote on, in bytes.
const MAX_BEHIND_BYTES: usize = 16 * 1024;

/// Takes the text out of `{"input":"…"}`, which comes in pieces. Members that a model adds behind it are left out. What
/// is written otherwise is the text as it is, from where it is otherwise.
#[derive(Debug, Default)]
pub(super) struct Input {
    state: State,
    /// What cannot be told yet: the beginning of the object, half an escape, or all from the closing quote on.
    held: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Before,
    Within,
    /// From the closing quote on.
    Behind,
    /// It is something else.
    Other,
}

// === impl Input ===

impl Input {
    /// The text of arguments that came whole.
    pub(super) fn whole(arguments: &str) -> String {
        let mut input = Self::default();
        let mut text = String::with_capacity(arguments.len());
        input.push(arguments, &mut text);
        text.push_str(&input.finish());
        text
    }

    /// Takes a piece, and writes what of the text is complete with it.
    pub(super) fn push(&mut self, piece: &str, out: &mut String) {
        match self.state {
            State::Before | State::Within => self.read(piece, out),
            State::Behind => self.held.push_str(piece),
            State::Other => return out.push_str(piece),
        }
        let most = match self.state {
            State::Behind => MAX_BEHIND_BYTES,
            _ => MAX_HELD_BYTES,
        };
        if self.held.len() > most {
            self.state = State::Other;
        }
        if self.state == State::Other {
            out.push_str(&std::mem::take(&mut self.held));
        }
    }

    /// What is left to tell at the end.
    pub(super) fn finish(self) -> String {
        match self.state {
            State::Behind if is_closing(&self.held) => String::new(),
            _ => self.held,
        }
    }

    fn read(&mut self, piece: &str, out: &mut String) {
        let mut all = std::mem::take(&mut self.held);
        all.push_str(piece);
        let mut rest = all.as_str();
        if self.state == State::Before {
            match opening(rest) {
                Read::Whole((), length) if length <= MAX_HELD_BYTES => {
                    self.state = State::Within;
                    rest = rest.get(length..).unwrap_or_default();
                }
                Read::Partial => {}
                Read::Whole(..) | Read::Not => self.state = State::Other,
            }
        }
        if self.state == State::Within {
            rest = self.within(rest, out);
        }
        rest.clone_into(&mut self.held);
    }

    /// Writes the text up to its closing quote, or to half an escape; answers what is left.
    fn within<'t>(&mut self, mut rest: &'t str, out: &mut String) -> &'t str {
        while let Some(at) = memchr2(b'"', b'\\', rest.as_bytes()) {
            let (plain, found) = rest.split_at_checked(at).unwrap_or((rest, ""));
            out.push_str(plain);
            if found.starts_with('"') {
                self.state = State::Behind;
                return found;
            }
            let length = match escape(found.as_bytes()) {
                Read::Whole(letter, length) => {
                    out.push(letter);
                    length
                }
                Read::Partial => return found,
                Read::Not => {
                    out.push('\\');
                    1
                }
            };
            rest = found.get(length..).unwrap_or_default();
        }
        out.push_str(rest);
        ""
    }
}

/// What stands at the beginning of a text: with its length, or half of it, or something else.
enum Read<T> {
    Whole(T, usize),
    Partial,
    Not,
}

const fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\n' | '\r')
}

/// The object up to the beginning of its text.
fn opening(text: &str) -> Read<()> {
    let mut rest = text;
    for token in ["{", "\"input\"", ":", "\""] {
        rest = rest.trim_start_matches(is_space);
        match rest.strip_prefix(token) {
            Some(behind) => rest = behind,
            None if token.starts_with(rest) => return Read::Partial,
            None => return Read::Not,
        }
    }
    Read::Whole((), text.len() - rest.len())
}

/// Whether this, from the closing quote on, is the end of the object, or has been cut off before it.
fn is_closing(text: &str) -> bool {
    let behind = text.strip_prefix('"');
    let is_cut = behind.is_some_and(|behind| behind.trim_matches(is_space).is_empty());
    is_cut || Raw::parse(format!(r#"{{"input":"{text}"#).as_bytes()).is_ok()
}

/// The letter that an escape stands for.
fn escape(rest: &[u8]) -> Read<char> {
    let letter = match rest.get(1) {
        None => return Read::Partial,
        Some(b'u') => return unicode(rest),
        Some(letter @ (b'"' | b'\\' | b'/')) => char::from(*letter),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(_) => return Read::Not,
    };
    Read::Whole(letter, 2)
}

/// The letter of `\uXXXX`, or of two of them; half a pair alone is none.
fn unicode(rest: &[u8]) -> Read<char> {
    let first = match unit(rest) {
        Read::Whole(unit, _) => unit,
        Read::Partial => return Read::Partial,
        Read::Not => return Read::Not,
    };
    if let Some(letter) = char::from_u32(first) {
        return Read::Whole(letter, 6);
    }
    match unit(rest.get(6..).unwrap_or_default()) {
        Read::Whole(second @ 0xDC00..0xE000, _) if first < 0xDC00 => {
            let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
            char::from_u32(code).map_or(Read::Not, |letter| Read::Whole(letter, 12))
        }
        Read::Partial if first < 0xDC00 => Read::Partial,
        _ => Read::Not,
    }
}

/// A unit of UTF-16, from its backslash on.
fn unit(rest: &[u8]) -> Read<u32> {
    let mut unit = 0;
    for at in 0..6 {
        let Some(byte) = rest.get(at) else {
            return Read::Partial;
        };
        match (at, byte) {
            (0, b'\\') | (1, b'u') => {}
            (2.., byte) => match char::from(*byte).to_digit(16) {
                Some(digit) => unit = unit * 16 + digit,
                None => return Read::Not,
            },
            _ => return Read::Not,
        }
    }
    Read::Whole(unit, 6)
}

#[cfg(test)]
mod tests {
    use agentgateway_core::json::quote;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_comes_back_and_anything_else_is_the_same_in_pieces(
            text in any::<String>(),
            other in r#"[ {}":\\inputudDcC0-9a😀]{0,40}"#,
            size in 1..9_usize,
        ) {
            let arguments = format!(r#"{{"input":{}}}"#, quote(&text));
            prop_assert_eq!(in_pieces(&arguments, size), text);
            for arguments in [other.clone(), format!(r#"{{"input":"{other}"#)] {
                prop_assert_eq!(in_pieces(&arguments, size), Input::whole(&arguments));
            }
        }
    }

    fn in_pieces(arguments: &str, size: usize) -> String {
        let mut input = Input::default();
        let mut text = String::new();
        let letters: Vec<char> = arguments.chars().collect();
        for piece in letters.chunks(size) {
            input.push(&piece.iter().collect::<String>(), &mut text);
        }
        text + &input.finish()
    }

    #[test]
    fn the_text_is_the_same_wherever_its_pieces_are_cut() {
        let patch = "*** Begin Patch\n+\t\"a\\b\"\r\u{8}\u{c}/ é 😀 \u{1}\n*** End";
        for (arguments, text) in [
            (format!(r#"{{"input":{}}}"#, quote(patch)), patch),
            (" {\n\"input\" :\t\"x\" }\n".to_owned(), "x"),
            (r#"{"input":""}"#.to_owned(), ""),
            (
                r#"{"input":"\u00e9\ud83d\ude00\/\u0041"}"#.to_owned(),
                "é😀/A",
            ),
            (r#"{"input":"\uD83D\uDE00"}"#.to_owned(), "😀"),
            // What a model adds is no part of the text.
            (r#"{"input":"x","y":1}"#.to_owned(), "x"),
            (r#"{"input":"x" , "input": "}"} "#.to_owned(), "x"),
            // Cut off by the provider.
            (r#"{"input":"half"#.to_owned(), "half"),
            (r#"{"input":"half""#.to_owned(), "half"),
            (String::new(), ""),
        ] {
            assert_eq!(Input::whole(&arguments), text, "{arguments}");
            for size in 1..=7 {
                assert_eq!(in_pieces(&arguments, size), text, "{arguments} by {size}");
            }
        }
    }

    #[test]
    fn what_is_written_otherwise_is_the_text_as_it_is() {
        let spaces = " ".repeat(MAX_HELD_BYTES + 1);
        let words = "x".repeat(MAX_BEHIND_BYTES);
        let (added, text) = (
            format!(r#"{{"input":"x","y":"{words}"}}"#),
            format!(r#"x","y":"{words}"}}"#),
        );
        for (arguments, text) in [
            ("{}", "{}"),
            ("plain", "plain"),
            (r#""plain""#, r#""plain""#),
            (r#"{"inputs":"x"}"#, r#"{"inputs":"x"}"#),
            (r#"{"input":5}"#, r#"{"input":5}"#),
            (r#"{"other":1,"input":"x"}"#, r#"{"other":1,"input":"x"}"#),
            (r#"{"input""#, r#"{"input""#),
            (r#"{"input":"x","y":1"#, r#"x","y":1"#),
            (r#"{"input":"say "hi", "you""}"#, r#"say "hi", "you""}"#),
            (r#"{"input":"x"}}"#, r#"x"}}"#),
            (r#"{"input":"x""}"#, r#"x""}"#),
            (r#"{"input":"a\qb"}"#, r"a\qb"),
            (r#"{"input":"\ud83d!\ude00\u12g4"}"#, r"\ud83d!\ude00\u12g4"),
            (r#"{"input":"\ud83d\ud83d\ude00"}"#, r"\ud83d😀"),
            (r#"{"input":"\ud83"#, r"\ud83"),
            ("{\"input\":\"a\nb\"}", "a\nb"),
            (&spaces, &spaces),
            (&added, &text),
        ] {
            assert_eq!(Input::whole(arguments), text, "{arguments}");
            for size in 1..=7 {
                assert_eq!(in_pieces(arguments, size), text, "{arguments} by {size}");
            }
        }
    }
}
