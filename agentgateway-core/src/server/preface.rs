use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

/// What a client with prior knowledge of HTTP/2 begins with (RFC 9113, 3.4).
const HTTP2: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spoken {
    Http1,
    Http2,
    /// The client left without a word.
    Nothing,
}

/// The first bytes of a connection: read to know the protocol, then given to it.
///
/// No more is read than the preface has, so that nothing has to be kept in a buffer.
#[derive(Debug, Default)]
pub(super) struct Preface {
    bytes: [u8; HTTP2.len()],
    read: usize,
    given: usize,
}

impl Preface {
    pub(super) fn poll_detect<I: AsyncRead + Unpin>(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Spoken>> {
        loop {
            let known = self.bytes.get(..self.read).unwrap_or_default();
            if !HTTP2.starts_with(known) {
                return Poll::Ready(Ok(Spoken::Http1));
            }
            if known.len() == HTTP2.len() {
                return Poll::Ready(Ok(Spoken::Http2));
            }
            let mut buf = ReadBuf::new(self.bytes.get_mut(self.read..).unwrap_or_default());
            ready!(Pin::new(&mut *io).poll_read(cx, &mut buf))?;
            match (buf.filled().len(), self.read) {
                (0, 0) => return Poll::Ready(Ok(Spoken::Nothing)),
                (0, _) => return Poll::Ready(Ok(Spoken::Http1)),
                (bytes, _) => self.read += bytes,
            }
        }
    }

    /// Whether the client has said anything.
    pub(super) const fn is_empty(&self) -> bool {
        self.read == 0
    }

    /// Whether something is left to be given.
    pub(super) const fn is_left(&self) -> bool {
        self.given < self.read
    }

    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>) {
        let left = self.bytes.get(self.given..self.read).unwrap_or_default();
        let here = left
            .get(..left.len().min(buf.remaining()))
            .unwrap_or_default();
        buf.put_slice(here);
        self.given += here.len();
    }
}
