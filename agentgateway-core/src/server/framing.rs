//! Follows where messages of HTTP/1 begin and end, as their bytes arrive.
//!
//! hyper parses; this watches. It is there for what hyper does not tell: that a head named both a
//! length and a coding, that a line ended in a bare LF, that a further head has begun. What it
//! finds is tied to the number of the head, so that it holds for pipelined requests, too. Where it
//! cannot follow (hyper refuses such a message), it says nothing more.
//!
//! The cost is a search for the line ends of heads and trailers and a look at each chunk's size.
//! Bytes of bodies are counted, not looked at.

use memchr::{memchr, memchr_iter};

use super::{
    line::{KEPT, SplitLine},
    refusal::Refusal,
};

/// What follows a chunk's data.
const CRLF: u64 = 2;

#[derive(Debug, Default)]
pub(super) struct Framing {
    state: State,
    heads: usize,
    head: Head,
    split: SplitLine,
}

#[derive(Debug, Default)]
enum State {
    /// Before the first byte of a head.
    #[default]
    Between,
    Head,
    Length(u64),
    ChunkSize {
        size: u64,
        digits: bool,
    },
    ChunkData(u64),
    Trailers,
    /// Not followed any more.
    Lost,
}

#[derive(Debug, Default)]
struct Head {
    request_line: bool,
    length: Option<u64>,
    chunked: bool,
}

impl Framing {
    /// Whether a head has begun and not ended.
    pub(super) const fn in_head(&self) -> bool {
        matches!(self.state, State::Head)
    }

    /// Whether the last message has ended and no other has begun.
    pub(super) const fn at_rest(&self) -> bool {
        matches!(self.state, State::Between)
    }

    /// The number of the last head that has begun; the first is 1.
    pub(super) const fn heads(&self) -> usize {
        self.heads
    }

    #[cfg(test)]
    pub(super) const fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost)
    }

    /// Takes what was read.
    ///
    /// # Errors
    ///
    /// A refusal belongs to the head with the number [`heads`](Self::heads). It comes once.
    pub(super) fn follow(&mut self, mut bytes: &[u8]) -> Result<(), Refusal> {
        while !bytes.is_empty() {
            match self.state {
                State::Lost => return Ok(()),
                State::Between => self.begin(&mut bytes),
                State::Head => {
                    let lines = self.head_lines(&mut bytes);
                    lines.inspect_err(|_| self.state = State::Lost)?;
                }
                State::Length(left) => {
                    self.state = match skip(left, &mut bytes) {
                        0 => State::Between,
                        left => State::Length(left),
                    };
                }
                State::ChunkSize { size, digits } => self.chunk_size(&mut bytes, size, digits),
                State::ChunkData(left) => {
                    self.state = match skip(left, &mut bytes) {
                        0 => CHUNK,
                        left => State::ChunkData(left),
                    };
                }
                State::Trailers => self.trailer(&mut bytes),
            }
        }
        Ok(())
    }

    /// Empty lines before a request are passed over, as hyper does.
    fn begin(&mut self, bytes: &mut &[u8]) {
        let empty = bytes.iter().take_while(|byte| is_line_end(**byte)).count();
        *bytes = bytes.get(empty..).unwrap_or_default();
        if !bytes.is_empty() {
            self.state = State::Head;
            self.heads += 1;
            self.head = Head::default();
        }
    }

    /// Takes lines up to the end of the head, or of what was read.
    fn head_lines(&mut self, bytes: &mut &[u8]) -> Result<(), Refusal> {
        let all = *bytes;
        let mut from = 0;
        for end in memchr_iter(b'\n', all) {
            let line = all.get(from..end).unwrap_or_default();
            from = end + 1;
            if self.split.is_empty() {
                self.field(line.strip_suffix(b"\r").ok_or(Refusal::BareLineFeed)?)?;
            } else {
                self.split.keep(line);
                let split = std::mem::take(&mut self.split);
                self.field(split.line().ok_or(Refusal::BareLineFeed)?)?;
            }
            if !self.in_head() {
                *bytes = all.get(from..).unwrap_or_default();
                return Ok(());
            }
        }
        self.split.keep(all.get(from..).unwrap_or_default());
        *bytes = &[];
        Ok(())
    }

    /// A line without its end; what is longer than any field of interest may be cut.
    fn field(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(first) = line.first() else {
            self.state = self.body();
            return Ok(());
        };
        if !self.head.request_line {
            self.head.request_line = true;
            return Ok(());
        }
        match first {
            b' ' | b'\t' => Err(Refusal::FoldedLine),
            b'c' | b'C' => self.length(line),
            b't' | b'T' => self.coding(line),
            _ => Ok(()),
        }
    }

    fn length(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(value) = value_of(line, b"content-length")? else {
            return Ok(());
        };
        if self.head.chunked {
            return Err(Refusal::TwoFramings);
        }
        // hyper refuses what is no number, and two that differ.
        match number(value) {
            Some(length) => self.head.length = Some(length),
            None => self.state = State::Lost,
        }
        Ok(())
    }

    fn coding(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(value) = value_of(line, b"transfer-encoding")? else {
            return Ok(());
        };
        if self.head.length.is_some() {
            return Err(Refusal::TwoFramings);
        }
        if self.head.chunked {
            return Err(Refusal::TwoCodings);
        }
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::UnknownCoding);
        }
        self.head.chunked = true;
        Ok(())
    }

    const fn body(&self) -> State {
        match self.head {
            Head { chunked: true, .. } => CHUNK,
            Head {
                length: Some(length @ 1..),
                ..
            } => State::Length(length),
            Head { .. } => State::Between,
        }
    }

    fn chunk_size(&mut self, bytes: &mut &[u8], mut size: u64, mut digits: bool) {
        while let Some((byte, rest)) = bytes.split_first() {
            *bytes = rest;
            match char::from(*byte).to_digit(16) {
                Some(digit) if digits => {
                    // hyper refuses a size that does not fit.
                    size = size.saturating_mul(16).saturating_add(digit.into());
                }
                _ if *byte == b'\n' => {
                    self.state = if size == 0 {
                        State::Trailers
                    } else {
                        State::ChunkData(size.saturating_add(CRLF))
                    };
                    return;
                }
                _ => digits = false,
            }
        }
        self.state = State::ChunkSize { size, digits };
    }

    fn trailer(&mut self, bytes: &mut &[u8]) {
        let Some(end) = memchr(b'\n', bytes) else {
            self.split.keep(bytes);
            *bytes = &[];
            return;
        };
        let (line, rest) = bytes.split_at(end);
        *bytes = rest.get(1..).unwrap_or_default();
        self.split.keep(line);
        let split = std::mem::take(&mut self.split);
        match split.line() {
            Some([]) => self.state = State::Between,
            Some(_) => {}
            // To hyper it is a byte like others: the trailer goes on.
            None => self.split.keep(b"\n"),
        }
    }
}

const CHUNK: State = State::ChunkSize {
    size: 0,
    digits: true,
};

/// Passes over what belongs to a body; says how much of it is still to come.
fn skip(left: u64, bytes: &mut &[u8]) -> u64 {
    let here = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
    *bytes = bytes.get(here..).unwrap_or_default();
    left - here as u64
}

const fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// The value of the field with this name. One that came in pieces would have been cut if it were
/// long, and read as another one: no long one is taken, in pieces or not.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Result<Option<&'a [u8]>, Refusal> {
    let Some((found, [b':', value @ ..])) = line.split_at_checked(name.len()) else {
        return Ok(None);
    };
    if !found.eq_ignore_ascii_case(name) {
        return Ok(None);
    }
    if line.len() >= KEPT {
        return Err(Refusal::LongFraming);
    }
    Ok(Some(value.trim_ascii()))
}

/// `None` when it is no number, or too large for one.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}
