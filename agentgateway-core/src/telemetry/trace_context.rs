use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// The longest `tracestate` and `baggage` that are taken over, in bytes.
const MAX_STATE_BYTES: usize = 8192;

/// A remote span, as it travels between processes.
///
/// # Source
/// W3C Trace Context level 1, section 3.2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: u128,
    span_id: u64,
    flags: u8,
    state: Option<Box<str>>,
    baggage: Option<Box<str>>,
}

impl TraceContext {
    /// A span by its ids. `None` where an id is zero, which the specification forbids.
    #[must_use]
    pub const fn new(trace_id: u128, span_id: u64, sampled: bool) -> Option<Self> {
        if trace_id == 0 || span_id == 0 {
            return None;
        }
        Some(Self {
            trace_id,
            span_id,
            flags: sampled as u8,
            state: None,
            baggage: None,
        })
    }

    /// Reads a `traceparent`. Later versions than 00 are read as far as 00 goes.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut fields = traceparent.trim().split('-');
        let version = hex(fields.next()?, 2)?;
        let trace_id = hex(fields.next()?, 32)?;
        let span_id = u64::try_from(hex(fields.next()?, 16)?).ok()?;
        let flags = u8::try_from(hex(fields.next()?, 2)?).ok()?;
        let surplus = fields.next().is_some();
        if version == 0xff || (version == 0 && surplus) {
            return None;
        }
        let context = Self::new(trace_id, span_id, false)?;
        Some(Self { flags, ..context })
    }

    /// Reads the headers of a request.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let parent = parents.next()?.to_str().ok()?;
        // Two parents are none.
        if parents.next().is_some() {
            return None;
        }
        Some(
            Self::parse(parent)?
                .with_state(list(headers, &TRACESTATE).as_deref())
                .with_baggage(list(headers, &BAGGAGE).as_deref()),
        )
    }

    /// Takes over a `tracestate`. One that is too long is left out.
    #[must_use]
    pub fn with_state(mut self, state: Option<&str>) -> Self {
        self.state = state.filter(|state| is_fit(state)).map(Box::from);
        self
    }

    /// Takes over a `baggage`. One that is too long is left out.
    #[must_use]
    pub fn with_baggage(mut self, baggage: Option<&str>) -> Self {
        self.baggage = baggage.filter(|baggage| is_fit(baggage)).map(Box::from);
        self
    }

    /// Writes the headers of a request, in place of those that it had.
    ///
    /// A `baggage` header stays unless this context brings one: it belongs to the application.
    pub fn write(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(self.traceparent()) {
            headers.insert(TRACEPARENT, value);
        }
        match self.state.as_deref().map(HeaderValue::from_str) {
            Some(Ok(value)) => headers.insert(TRACESTATE, value),
            _ => headers.remove(TRACESTATE),
        };
        if let Some(Ok(value)) = self.baggage.as_deref().map(HeaderValue::from_str) {
            headers.insert(BAGGAGE, value);
        }
    }

    /// The `traceparent` in version 00.
    #[must_use]
    pub fn traceparent(&self) -> String {
        format!(
            "00-{:032x}-{:016x}-{:02x}",
            self.trace_id, self.span_id, self.flags
        )
    }

    /// The `tracestate`, if there is one.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// The `baggage`, if there is one.
    #[must_use]
    pub fn baggage(&self) -> Option<&str> {
        self.baggage.as_deref()
    }

    /// The trace's id.
    #[must_use]
    pub const fn trace_id(&self) -> u128 {
        self.trace_id
    }

    /// The span's id.
    #[must_use]
    pub const fn span_id(&self) -> u64 {
        self.span_id
    }

    /// The caller recorded this trace.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags & 1 == 1
    }
}

/// A list may stand in several lines, which are one list.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut list = Cow::Borrowed("");
    for value in headers.get_all(name) {
        let value = value.to_str().ok()?;
        if list.is_empty() {
            list = Cow::Borrowed(value);
        } else if list.len() <= MAX_STATE_BYTES {
            let list = list.to_mut();
            list.push(',');
            list.push_str(value);
        }
    }
    Some(list)
}

fn is_fit(value: &str) -> bool {
    !value.is_empty() && value.len() <= MAX_STATE_BYTES
}

/// Lower-case hexadecimal of exactly this many digits.
fn hex(text: &str, digits: usize) -> Option<u128> {
    let lower = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.len() != digits || !lower {
        return None;
    }
    u128::from_str_radix(text, 16).ok()
}
