use super::{Frame, FrameError, MAX_FRAME_BYTES, MAX_HEADERS_BYTES, PRELUDE_BYTES, SUM_BYTES};

/// Cuts a stream into frames.
///
/// A frame that lies whole within one chunk is read there; the beginning of another is kept until it is whole.
#[derive(Debug, Default)]
pub(crate) struct FrameDecoder {
    /// The beginning of a frame, or the frame that was shown last.
    held: Vec<u8>,
    /// What is held was shown.
    shown: bool,
}

/// The lengths of a frame, with which everything begins.
#[derive(Clone, Copy)]
struct Prelude {
    total: usize,
    headers: usize,
}

// === impl FrameDecoder ===

impl FrameDecoder {
    /// At the beginning of a stream.
    pub(crate) const fn new() -> Self {
        Self {
            held: Vec::new(),
            shown: false,
        }
    }

    /// The next whole frame; what was read is taken from `input`. `None`: all of `input` was read.
    ///
    /// # Errors
    /// These bytes are no frame. Nothing more may be decoded.
    pub(crate) fn decode<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Frame<'a>>, FrameError> {
        if self.shown {
            self.held.clear();
            self.shown = false;
        }
        if self.held.is_empty() {
            if let Some(prelude) = Prelude::of(input)? {
                if let Some((frame, rest)) = input.split_at_checked(prelude.total) {
                    *input = rest;
                    return Frame::of(frame, prelude.headers).map(Some);
                }
            }
        }
        self.fill(PRELUDE_BYTES, input);
        let Some(prelude) = Prelude::of(&self.held)? else {
            return Ok(None);
        };
        self.fill(prelude.total, input);
        if self.held.len() < prelude.total {
            return Ok(None);
        }
        self.shown = true;
        Frame::of(&self.held, prelude.headers).map(Some)
    }

    /// How many bytes of an unfinished frame were read.
    pub(crate) fn unfinished_bytes(&self) -> usize {
        if self.shown { 0 } else { self.held.len() }
    }

    /// Holds bytes of `input` until `len` are held.
    fn fill(&mut self, len: usize, input: &mut &[u8]) {
        let wanted = len.saturating_sub(self.held.len()).min(input.len());
        let (taken, rest) = input.split_at(wanted);
        self.held.extend_from_slice(taken);
        *input = rest;
    }
}

// === impl Prelude ===

impl Prelude {
    /// `None`: there are too few bytes.
    fn of(bytes: &[u8]) -> Result<Option<Self>, FrameError> {
        let Some(lengths) = bytes.first_chunk::<8>() else {
            return Ok(None);
        };
        let Some(sum) = bytes.get(8..).and_then(<[u8]>::first_chunk::<4>) else {
            return Ok(None);
        };
        if crc32fast::hash(lengths) != u32::from_be_bytes(*sum) {
            return Err(FrameError::PreludeSum);
        }
        // Two numbers of 32 bits.
        let both = u64::from_be_bytes(*lengths);
        let total = usize::try_from(both >> 32).map_err(|_| FrameError::TooLarge)?;
        let headers =
            usize::try_from(both & u64::from(u32::MAX)).map_err(|_| FrameError::TooLarge)?;
        if total > MAX_FRAME_BYTES || headers > MAX_HEADERS_BYTES {
            return Err(FrameError::TooLarge);
        }
        if total < headers + PRELUDE_BYTES + SUM_BYTES {
            return Err(FrameError::Length);
        }
        Ok(Some(Self { total, headers }))
    }
}
