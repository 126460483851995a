//! The grammar of JSON: finds where values end, and builds nothing.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::{MAX_DEPTH, Raw, depth::after_string, scalar};

/// Reads a text from left to right. `None` says that the text breaks the grammar, or that it is
/// nested deeper than [`MAX_DEPTH`].
///
/// # Source
/// RFC 8259, sections 2 to 7.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    care: Care,
}

/// The name of a member, as it is written.
#[derive(Clone, Copy)]
pub(super) struct Name<'a> {
    /// With its quotes.
    pub(super) raw: Raw<'a>,
    /// It has no escapes.
    is_plain: bool,
}

/// How values are passed over.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Care {
    /// Each byte is checked.
    Check,
    /// They were checked before.
    Skip,
}

// === impl Name ===

impl<'a> Name<'a> {
    /// What stands between its quotes, where that is what it says.
    pub(super) fn plain(self) -> Option<&'a str> {
        let text = self.raw.get();
        text.get(1..text.len().checked_sub(1)?)
            .filter(|_| self.is_plain)
    }

    /// What it says; `None` where it holds half a surrogate pair.
    pub(super) fn decoded(self) -> Option<Cow<'a, str>> {
        match self.plain() {
            Some(plain) => Some(Cow::Borrowed(plain)),
            None => scalar::string(self.raw),
        }
    }
}

// === impl Scanner ===

impl<'a> Scanner<'a> {
    /// Of a text that nobody has checked.
    pub(super) const fn checking(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            care: Care::Check,
        }
    }

    /// Of a value that was checked.
    pub(super) const fn skipping(value: Raw<'a>) -> Self {
        Self {
            text: value.get(),
            at: 0,
            care: Care::Skip,
        }
    }

    /// The one value that the text is.
    pub(super) fn only_value(mut self) -> Option<Raw<'a>> {
        self.space();
        let value = self.value(0)?;
        self.end().then_some(value)
    }

    /// Passes over white space, and then over this byte if it is the next one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The name of a member; behind it, the colon.
    pub(super) fn name(&mut self) -> Option<Name<'a>> {
        self.space();
        let start = self.at;
        (self.next()? == b'"').then_some(())?;
        let is_plain = match self.care {
            Care::Check => self.string()?,
            Care::Skip => self.skip_string()?,
        };
        let raw = self.since(start)?;
        self.eat(b':').then_some(Name { raw, is_plain })
    }

    /// A value within `outer` objects and arrays.
    pub(super) fn value(&mut self, outer: usize) -> Option<Raw<'a>> {
        self.space();
        let start = self.at;
        if self.care == Care::Skip {
            self.skip()?;
        } else {
            self.check(outer)?;
        }
        self.since(start)
    }

    /// Whether only white space is left.
    pub(super) fn end(mut self) -> bool {
        self.space();
        self.at == self.text.len()
    }

    fn since(&self, start: usize) -> Option<Raw<'a>> {
        self.text.get(start..self.at).map(Raw::of_checked)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// The rest of a string that was checked. Answers whether it has no escapes.
    fn skip_string(&mut self) -> Option<bool> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.at..)?;
        let found = mark(rest)?;
        let is_plain = rest.get(found) == Some(&b'"');
        self.at = match is_plain {
            true => self.at + found + 1,
            false => after_string(bytes, self.at),
        };
        Some(is_plain)
    }

    /// Passes over a value that was checked.
    fn skip(&mut self) -> Option<()> {
        let bytes = self.text.as_bytes();
        let mut depth = 0_usize;
        loop {
            match self.next()? {
                b'"' => self.at = after_string(bytes, self.at),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ if depth == 0 => self.skip_word(),
                _ => continue,
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn skip_word(&mut self) {
        let more = |byte| !matches!(byte, b',' | b']' | b'}' | b' ' | b'\n' | b'\t' | b'\r');
        while self.peek().is_some_and(more) {
            self.at += 1;
        }
    }

    /// Passes over a value, and checks it.
    fn check(&mut self, outer: usize) -> Option<()> {
        // One bit for each level that is open, the innermost lowest: 1 is an object.
        let (mut levels, mut depth) = (0_u128, outer);
        loop {
            self.space();
            match self.next()? {
                opening @ (b'{' | b'[') => {
                    depth += 1;
                    (depth <= MAX_DEPTH).then_some(())?;
                    let object = opening == b'{';
                    levels = levels << 1 | u128::from(object);
                    // The bracket that closes has the next code but one.
                    if !self.eat(opening + 2) {
                        if object {
                            self.name()?;
                        }
                        continue;
                    }
                    levels >>= 1;
                    depth -= 1;
                }
                b'"' => drop(self.string()?),
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                b'-' => {
                    let digit = self.next()?;
                    self.number(digit)?;
                }
                digit => self.number(digit)?,
            }
            loop {
                if depth == outer {
                    return Some(());
                }
                self.space();
                let object = levels & 1 == 1;
                match self.next()? {
                    b',' if object => {
                        self.name()?;
                        break;
                    }
                    b',' => break,
                    b'}' if object => {}
                    b']' if !object => {}
                    _ => return None,
                }
                levels >>= 1;
                depth -= 1;
            }
        }
    }

    /// The rest of a string, behind its opening quote. Answers whether it has no escapes.
    fn string(&mut self) -> Option<bool> {
        let mut is_plain = true;
        loop {
            let rest = self.text.as_bytes().get(self.at..)?;
            let found = special(rest)?;
            self.at += found + 1;
            match rest.get(found)? {
                b'"' => return Some(is_plain),
                b'\\' => {
                    is_plain = false;
                    self.escape()?;
                }
                _ => return None,
            }
        }
    }

    /// Behind a backslash. Halves of surrogate pairs pass.
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                let end = self.at + 4;
                let digits = self.text.as_bytes().get(self.at..end)?;
                self.at = end;
                digits.iter().all(u8::is_ascii_hexdigit).then_some(())
            }
            _ => None,
        }
    }

    /// The rest of a number, behind its first digit.
    fn number(&mut self, digit: u8) -> Option<()> {
        match digit {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            _ => return None,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Some(())
    }

    fn some_digits(&mut self) -> Option<()> {
        self.next()?.is_ascii_digit().then_some(())?;
        self.digits();
        Some(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn word(&mut self, rest: &[u8]) -> Option<()> {
        let behind = self.text.as_bytes().get(self.at..)?;
        self.at += rest.len();
        behind.starts_with(rest).then_some(())
    }
}

/// The first byte that does not stand for itself in a string: a quote, a backslash, or a control
/// character, which must not be there.
///
/// Most strings are short, and a search for one byte among many costs much to begin with: the first
/// bytes are looked at eight by eight.
fn special(text: &[u8]) -> Option<usize> {
    let mut near = 0;
    while near < NEAR_BYTES {
        let Some(word) = text.get(near..)?.first_chunk() else {
            let rest = text.get(near..)?.iter();
            return Some(near + rest.copied().position(is_special)?);
        };
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(near + found.trailing_zeros() as usize / 8);
        }
        near += word.len();
    }
    let far = text.get(near..)?;
    let end = memchr2(b'"', b'\\', far)?;
    let plain = far.get(..end)?;
    // Without an early exit, so that many bytes are compared at once.
    let controls = plain.iter().fold(false, |any, byte| any | (*byte < b' '));
    let found = if controls {
        plain.iter().copied().position(is_special)?
    } else {
        end
    };
    Some(near + found)
}

/// The first quote or backslash. As [`special`], of a string that nobody checks.
pub(super) fn mark(text: &[u8]) -> Option<usize> {
    let mut near = 0;
    while near < NEAR_BYTES {
        let Some(word) = text.get(near..)?.first_chunk() else {
            let mut rest = text.get(near..)?.iter();
            return Some(near + rest.position(|byte| matches!(byte, b'"' | b'\\'))?);
        };
        let found = marks(u64::from_le_bytes(*word)) & HIGHEST;
        if found != 0 {
            return Some(near + found.trailing_zeros() as usize / 8);
        }
        near += word.len();
    }
    Some(near + memchr2(b'"', b'\\', text.get(near..)?)?)
}

/// Whether what stands between the quotes of a string has escapes.
pub(super) fn has_escapes(mut inner: &[u8]) -> bool {
    if inner.len() > NEAR_BYTES {
        return memchr(b'\\', inner).is_some();
    }
    while let Some((word, rest)) = inner.split_first_chunk() {
        if marks(u64::from_le_bytes(*word)) & HIGHEST != 0 {
            return true;
        }
        inner = rest;
    }
    inner.contains(&b'\\')
}

/// How many bytes come before the first special one: all, where there is none.
///
/// For text that is to be written, and has no quote at its end.
pub(super) fn plain_len(text: &[u8]) -> usize {
    let mut plain = 0;
    // Without an early exit within a block, so that many bytes are compared at once.
    for block in text.chunks(NEAR_BYTES) {
        let is_plain = match block.first_chunk::<NEAR_BYTES>() {
            // In bytes, as the compiler does not compare three conditions at once in booleans.
            Some(block) => block.iter().fold(0, |any, byte| any | specials_in(*byte)) == 0,
            None => is_plain(block),
        };
        if !is_plain {
            let found = block.iter().copied().position(is_special);
            return plain + found.unwrap_or(block.len());
        }
        plain += block.len();
    }
    plain
}

/// Of a short text, eight bytes at a time.
fn is_plain(mut text: &[u8]) -> bool {
    while let Some((word, rest)) = text.split_first_chunk() {
        if specials(u64::from_le_bytes(*word)) != 0 {
            return false;
        }
        text = rest;
    }
    !text.iter().copied().any(is_special)
}

const NEAR_BYTES: usize = 32;

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | ..b' ')
}

/// As [`is_special`], without a branch: 0 where it is none.
const fn specials_in(byte: u8) -> u8 {
    (byte == b'"') as u8 | (byte == b'\\') as u8 | (byte < b' ') as u8
}

/// The highest bit of each byte.
const HIGHEST: u64 = ONES << 7;
const ONES: u64 = u64::MAX / 255;

/// The highest bit of each special byte, up to the first; what stands above it may be wrong.
const fn specials(word: u64) -> u64 {
    (marks(word) | below(word, b' ')) & HIGHEST
}

/// The same of quotes and backslashes alone; what the other bits are says nothing.
const fn marks(word: u64) -> u64 {
    let quotes = below(word ^ (ONES * b'"' as u64), 1);
    let backslashes = below(word ^ (ONES * b'\\' as u64), 1);
    quotes | backslashes
}

const fn below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(ONES * limit as u64) & !word
}
