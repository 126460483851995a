use agentgateway_core::json::{self, JsonType, Raw};

/// What is done with texts of lists that hold what a person does not see and a model reads.
///
/// Hidden are: the characters of the tags block and other invisible ones, those that change the direction of
/// a text, variation selectors but those of emoji, control characters, and the sequences that steer a
/// terminal. They are looked for in each `title` and `description` of an item, at any depth of its schema,
/// and in its name.
///
/// Characters that join others are hidden too: an emoji that is made of several falls into its parts, and
/// some languages are spelled with them. So this is off until it is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Hygiene {
    strips: bool,
    max_bytes: Option<usize>,
}

impl Hygiene {
    /// Takes them out of titles and descriptions. An item whose name holds one is left out: it could not be
    /// called by another.
    #[must_use]
    pub const fn strip() -> Self {
        Self {
            strips: true,
            max_bytes: None,
        }
    }

    /// Leaves the item out of its list. It can still be called, by who knows it.
    #[must_use]
    pub const fn refuse() -> Self {
        Self {
            strips: false,
            max_bytes: None,
        }
    }

    /// The longest title or description, in bytes. A longer one is cut, or its item left out. Default: any.
    #[must_use]
    pub const fn max_description_bytes(mut self, bytes: usize) -> Self {
        self.max_bytes = Some(bytes);
        self
    }

    /// What is to be put in the place of texts of this item.
    ///
    /// # Errors
    /// Why the item is left out.
    pub(super) fn edits<'a>(
        &self,
        item: Raw<'a>,
        name: Option<&str>,
    ) -> Result<Vec<(Raw<'a>, String)>, &'static str> {
        if name.is_some_and(is_hiding) {
            return Err("hidden characters in its name");
        }
        let mut edits = Vec::new();
        self.walk(item, &mut edits)?;
        Ok(edits)
    }

    /// Nesting is bounded: the text has been checked ([`json::MAX_DEPTH`]).
    fn walk<'a>(
        &self,
        value: Raw<'a>,
        edits: &mut Vec<(Raw<'a>, String)>,
    ) -> Result<(), &'static str> {
        let mut outcome = Ok(());
        let read = match json::type_of(value) {
            JsonType::Object => json::entries(value, |key, inner| {
                if outcome.is_err() {
                    return;
                }
                let is_text = matches!(key, "title" | "description");
                outcome = if is_text && json::type_of(inner) == JsonType::String {
                    self.text(inner, edits)
                } else {
                    self.walk(inner, edits)
                };
            }),
            JsonType::Array => json::elements(value, |inner| {
                if outcome.is_ok() {
                    outcome = self.walk(inner, edits);
                }
            }),
            _ => Ok(()),
        };
        read.map_err(|_| "malformed")?;
        outcome
    }

    fn text<'a>(
        &self,
        raw: Raw<'a>,
        edits: &mut Vec<(Raw<'a>, String)>,
    ) -> Result<(), &'static str> {
        let text = json::string(raw).ok_or("malformed")?;
        let is_long = self.max_bytes.is_some_and(|most| text.len() > most);
        if !is_long && !is_hiding(&text) {
            return Ok(());
        }
        if !self.strips {
            return Err(if is_long {
                "a description that is too long"
            } else {
                "hidden characters in a description"
            });
        }
        let mut shown = shown(&text);
        if let Some(most) = self.max_bytes.filter(|most| shown.len() > *most) {
            let mut end = most;
            while !shown.is_char_boundary(end) {
                end -= 1;
            }
            shown.truncate(end);
        }
        edits.push((raw, shown));
        Ok(())
    }
}

fn is_hiding(text: &str) -> bool {
    text.chars().any(is_hidden)
}

/// What of a text can be seen.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        let is_sequence = match char {
            '\u{1b}' => chars.next_if_eq(&'[').is_some(),
            '\u{9b}' => true,
            _ => false,
        };
        if is_sequence {
            // ECMA-48, 5.4: parameters and intermediate bytes, then one that ends it.
            while chars.next_if(|char| matches!(char, ' '..='?')).is_some() {}
            chars.next_if(|char| matches!(char, '@'..='~'));
        } else if !is_hidden(char) {
            shown.push(char);
        }
    }
    shown
}

/// What is in a text and is not shown, or changes how the rest is.
///
/// # Source
/// Unicode 16, `Default_Ignorable_Code_Point` and `Bidi_Control`, without U+FE0E and U+FE0F.
const fn is_hidden(char: char) -> bool {
    matches!(char,
        '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0d}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault M21 (part): what a person does not see, in a text that a model reads.
    #[test]
    fn hidden_text_and_sequences_for_terminals_are_taken_out() {
        let tags: String = "run"
            .bytes()
            .map(|byte| char::from_u32(0xe0000 + u32::from(byte)).unwrap())
            .collect();
        for (text, expected) in [
            (format!("add{tags}s"), "adds"),
            ("a\u{200b}b\u{202e}c\u{2066}d\u{feff}".into(), "abcd"),
            ("a\u{1b}[31;1mred\u{1b}[0m".into(), "ared"),
            ("a\u{9b}2Jb\u{1b}b\u{7}".into(), "abb"),
            ("x\u{fe01}\u{e0101}".into(), "x"),
        ] {
            assert!(is_hiding(&text));
            assert_eq!(shown(&text), expected);
        }
        for text in ["two\nlines\t\r\n", "\u{26a0}\u{fe0f} naïve 漢字 עברית", ""] {
            assert!(!is_hiding(text), "{text}");
            assert_eq!(shown(text), text);
        }
    }
}
