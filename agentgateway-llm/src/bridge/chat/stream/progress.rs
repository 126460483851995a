//! How far a call's arguments have come.

/// Follows a JSON object that comes in pieces, without keeping any.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Progress {
    depth: u32,
    in_string: bool,
    escaped: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Nothing,
    Within,
    Complete,
    /// It does not begin as an object does: it ends with the choice.
    NoObject,
}

// === impl Progress ===

impl Progress {
    pub(super) fn is_complete(self) -> bool {
        self.state == State::Complete
    }

    pub(super) fn take(&mut self, piece: &str) {
        for byte in piece.bytes() {
            match self.state {
                State::Within => self.within(byte),
                State::Nothing => match byte {
                    b' ' | b'\t' | b'\r' | b'\n' => {}
                    b'{' => (self.state, self.depth) = (State::Within, 1),
                    _ => self.state = State::NoObject,
                },
                State::Complete | State::NoObject => return,
            }
        }
    }

    const fn within(&mut self, byte: u8) {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.depth = self.depth.saturating_add(1),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.state = State::Complete;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_complete_with_its_last_brace_however_it_is_cut() {
        let text = r#" {"a":"}\"}\\","b":[{}]}"#;
        for cut in 0..=text.len() {
            let mut progress = Progress::default();
            let (head, tail) = text.split_at(cut);
            progress.take(head);
            assert_eq!(progress.is_complete(), cut == text.len(), "{cut}");
            progress.take(tail);
            assert!(progress.is_complete(), "{cut}");
        }
    }

    #[test]
    fn what_is_no_object_is_never_complete() {
        for text in ["", " ", "1", "\"{}\"", "x{}", "[{}]", "{"] {
            let mut progress = Progress::default();
            progress.take(text);
            assert!(!progress.is_complete(), "{text}");
        }
    }
}
