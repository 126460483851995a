use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

/// The first bytes of a connection: read to be looked at, then given to who reads on.
///
/// No more is read than is looked at, so that nothing has to be kept in a buffer.
#[derive(Debug)]
pub(super) struct Ahead<const N: usize> {
    bytes: [u8; N],
    read: u8,
    given: u8,
}

impl<const N: usize> Ahead<N> {
    /// Reads what is still to be looked at, at most; the number of bytes that came.
    pub(super) fn poll_more<I: AsyncRead + Unpin>(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let rest = self.bytes.get_mut(usize::from(self.read)..);
        let mut buf = ReadBuf::new(rest.unwrap_or_default());
        ready!(Pin::new(io).poll_read(cx, &mut buf))?;
        let came = buf.filled().len();
        self.advance(came);
        Poll::Ready(Ok(came))
    }

    /// What was read.
    pub(super) fn known(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.read)).unwrap_or_default()
    }

    /// Whether something is left to be given.
    pub(super) const fn is_left(&self) -> bool {
        self.given < self.read
    }

    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>) {
        let known = usize::from(self.given)..usize::from(self.read);
        let left = self.bytes.get(known).unwrap_or_default();
        let here = left
            .get(..left.len().min(buf.remaining()))
            .unwrap_or_default();
        buf.put_slice(here);
        self.given = self
            .given
            .saturating_add(u8::try_from(here.len()).unwrap_or(u8::MAX));
    }

    fn advance(&mut self, came: usize) {
        const { assert!(N <= u8::MAX as usize, "its counters are small") };
        let came = u8::try_from(came).unwrap_or(u8::MAX);
        self.read = self.read.saturating_add(came);
    }
}

impl<const N: usize> Default for Ahead<N> {
    fn default() -> Self {
        Self {
            bytes: [0; N],
            read: 0,
            given: 0,
        }
    }
}

impl<const N: usize> From<&[u8]> for Ahead<N> {
    /// What was read elsewhere; what is too long for it is cut.
    fn from(known: &[u8]) -> Self {
        let mut ahead = Self::default();
        for (byte, known) in ahead.bytes.iter_mut().zip(known) {
            *byte = *known;
        }
        ahead.advance(known.len().min(N));
        ahead
    }
}
