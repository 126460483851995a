use super::{FrameError, PRELUDE_BYTES, SUM_BYTES};

/// One whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    headers: &'a [u8],
    payload: &'a [u8],
}

/// The value of a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderValue<'a> {
    Boolean(bool),
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    /// Milliseconds since 1970.
    Timestamp(i64),
    Uuid([u8; 16]),
}

// === impl Frame ===

impl<'a> Frame<'a> {
    /// Reads the frame that these bytes are. Its lengths were checked; the headers and the last sum are checked here.
    pub(super) fn of(bytes: &'a [u8], headers_len: usize) -> Result<Self, FrameError> {
        let (summed, sum) = bytes
            .split_last_chunk::<SUM_BYTES>()
            .ok_or(FrameError::Length)?;
        if crc32fast::hash(summed) != u32::from_be_bytes(*sum) {
            return Err(FrameError::Sum);
        }
        let (headers, payload) = summed
            .get(PRELUDE_BYTES..)
            .and_then(|rest| rest.split_at_checked(headers_len))
            .ok_or(FrameError::Length)?;
        let frame = Self { headers, payload };
        frame.headers().try_for_each(|header| header.map(drop))?;
        Ok(frame)
    }

    /// What it carries.
    pub(crate) const fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// The headers, in their order.
    pub(crate) const fn headers(&self) -> Headers<'a> {
        Headers { rest: self.headers }
    }

    /// The text of a header; `None` when there is none, or it is no text.
    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        self.headers()
            .flatten()
            .find(|(known, _)| *known == name)
            .and_then(|(_, value)| match value {
                HeaderValue::Text(text) => Some(text),
                _ => None,
            })
    }
}

/// Reads headers one by one, and stops at the first that cannot be read.
#[derive(Clone, Debug)]
pub(crate) struct Headers<'a> {
    rest: &'a [u8],
}

impl<'a> Headers<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let len = u16::from_be_bytes(self.array()?);
        self.take(len.into())
    }

    fn header(&mut self) -> Option<(&'a str, HeaderValue<'a>)> {
        let [name_len] = self.array()?;
        let name = std::str::from_utf8(self.take(name_len.into())?).ok()?;
        if name.is_empty() {
            return None;
        }
        let [kind] = self.array()?;
        let value = match kind {
            0 => HeaderValue::Boolean(true),
            1 => HeaderValue::Boolean(false),
            2 => HeaderValue::Byte(i8::from_be_bytes(self.array()?)),
            3 => HeaderValue::Short(i16::from_be_bytes(self.array()?)),
            4 => HeaderValue::Integer(i32::from_be_bytes(self.array()?)),
            5 => HeaderValue::Long(i64::from_be_bytes(self.array()?)),
            6 => HeaderValue::Bytes(self.sized()?),
            7 => HeaderValue::Text(std::str::from_utf8(self.sized()?).ok()?),
            8 => HeaderValue::Timestamp(i64::from_be_bytes(self.array()?)),
            9 => HeaderValue::Uuid(self.array()?),
            _ => return None,
        };
        Some((name, value))
    }
}

impl<'a> Iterator for Headers<'a> {
    type Item = Result<(&'a str, HeaderValue<'a>), FrameError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let header = self.header();
        if header.is_none() {
            self.rest = &[];
        }
        Some(header.ok_or(FrameError::Header))
    }
}
