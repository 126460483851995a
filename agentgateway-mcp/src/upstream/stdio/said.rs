use std::{
    ffi::OsString,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _},
    time::Instant,
};

/// The longest part of a line that is kept while it is read.
const MAX_READ_BYTES: usize = 4096;
/// The longest part of a line that is told.
const MAX_SHOWN_CHARS: usize = 1024;
/// How many lines are told within a [`WINDOW`].
const MAX_LINES: u32 = 20;
const WINDOW: Duration = Duration::from_secs(1);
/// Shorter values are no secrets, and would blot out much that is none.
const MIN_SECRET_BYTES: usize = 6;

/// What processes of one command say on standard error, as it may be told.
pub(super) struct Said {
    name: String,
    /// What is never told: the values of the environment, each line of theirs for itself, the longest first.
    secrets: Vec<String>,
}

/// What one process has said last.
#[derive(Debug, Default)]
pub(super) struct Last(Mutex<Option<String>>);

impl Last {
    pub(super) fn line(&self) -> Option<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set(&self, line: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }
}

impl Said {
    pub(super) fn new(name: String, env: &[(OsString, OsString)]) -> Self {
        let mut secrets: Vec<String> = env
            .iter()
            .flat_map(|(_, value)| {
                let value = value.to_string_lossy().into_owned();
                value
                    .lines()
                    .map(|line| line.trim().to_owned())
                    .collect::<Vec<_>>()
            })
            .filter(|line| line.len() >= MIN_SECRET_BYTES)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self { name, secrets }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Reads to the end, and tells some of it.
    pub(super) async fn read(&self, mut input: impl AsyncRead + Unpin, last: &Last) {
        let mut chunk = [0; 4096];
        let mut line = Line::default();
        let mut rate = Rate::new();
        while let Ok(count @ 1..) = input.read(&mut chunk).await {
            for piece in chunk
                .get(..count)
                .unwrap_or_default()
                .split_inclusive(|byte| *byte == b'\n')
            {
                line.add(piece);
                if piece.ends_with(b"\n") {
                    self.tell(&line.take(), &mut rate, last);
                }
            }
        }
        self.tell(&line.take(), &mut rate, last);
    }

    fn tell(&self, line: &Line, rate: &mut Rate, last: &Last) {
        if line.kept.is_empty() || !rate.allows() {
            return;
        }
        let shown = self.shown(line);
        let left_out = std::mem::take(&mut rate.left_out);
        tracing::debug!(process = self.name, left_out, "{shown}");
        last.set(shown);
    }

    /// The line without secrets and control characters.
    fn shown(&self, line: &Line) -> String {
        let mut text = String::from_utf8_lossy(&line.kept).into_owned();
        if line.is_cut {
            // Half a secret at the end would not be found.
            let longest = self.secrets.first().map_or(0, String::len);
            let mut end = text.len().saturating_sub(longest);
            while !text.is_char_boundary(end) {
                end -= 1;
            }
            text.truncate(end);
        }
        for secret in &self.secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), "[hidden]");
            }
        }
        let mut chars = text.trim_end().chars();
        let printable = |char: char| {
            if char.is_control() {
                char::REPLACEMENT_CHARACTER
            } else {
                char
            }
        };
        let mut shown: String = chars
            .by_ref()
            .take(MAX_SHOWN_CHARS)
            .map(printable)
            .collect();
        if line.is_cut || chars.next().is_some() {
            shown.push('…');
        }
        shown
    }
}

/// The beginning of a line.
#[derive(Debug, Default)]
struct Line {
    kept: Vec<u8>,
    is_cut: bool,
}

impl Line {
    fn add(&mut self, piece: &[u8]) {
        let piece = piece.strip_suffix(b"\n").unwrap_or(piece);
        let room = MAX_READ_BYTES.saturating_sub(self.kept.len());
        let (kept, rest) = piece.split_at(room.min(piece.len()));
        self.kept.extend_from_slice(kept);
        self.is_cut |= !rest.is_empty();
    }

    fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

/// How many lines may still be told.
#[derive(Debug)]
struct Rate {
    since: Instant,
    told: u32,
    left_out: u64,
}

impl Rate {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            told: 0,
            left_out: 0,
        }
    }

    fn allows(&mut self) -> bool {
        if self.since.elapsed() >= WINDOW {
            self.since = Instant::now();
            self.told = 0;
        }
        let allows = self.told < MAX_LINES;
        if allows {
            self.told += 1;
        } else {
            self.left_out = self.left_out.saturating_add(1);
        }
        allows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said() -> Said {
        let env = [
            ("TOKEN", "s3cret-token"),
            ("LANG", "C"),
            ("KEY", "first line\nsecond line\n"),
        ];
        let env: Vec<_> = env
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Said::new("x".to_owned(), &env)
    }

    fn shown(text: &[u8]) -> String {
        let mut line = Line::default();
        line.add(text);
        said().shown(&line)
    }

    #[test]
    fn tells_no_value_of_the_environment() {
        assert_eq!(shown(b"C: using s3cret-token!\n"), "C: using [hidden]!");
        assert_eq!(shown(b"second line"), "[hidden]");
    }

    #[test]
    fn half_a_secret_at_a_cut_is_not_told() {
        for over in 0..30 {
            let mut text = vec![b'x'; 200];
            let secret = b"s3cret-token".repeat(400);
            text.extend_from_slice(&secret[..MAX_READ_BYTES - 200 + over]);
            let shown = shown(&text);
            assert!(!shown.contains("s3"), "{shown}");
        }
    }

    #[test]
    fn control_characters_are_not_told() {
        assert_eq!(shown(b"\x1b[31mred\r\n"), "\u{fffd}[31mred");
        assert_eq!(shown(b"a\0b\xff"), "a\u{fffd}b\u{fffd}");
        assert_eq!(shown(&[b'x'; 5000]).chars().count(), MAX_SHOWN_CHARS + 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_read_and_some_of_it_told() {
        let flood = "line\n".repeat(10_000);
        let last = Last::default();
        said().read(flood.as_bytes(), &last).await;
        assert_eq!(last.line().as_deref(), Some("line"));
        let mut rate = Rate::new();
        assert_eq!((0..100).filter(|_| rate.allows()).count(), 20);
        tokio::time::advance(WINDOW).await;
        assert!(rate.allows());
        assert_eq!(rate.left_out, 80);
    }
}
