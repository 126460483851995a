use std::{
    io,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, ReadBuf};

use super::ahead::Ahead;

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
#[derive(Debug, Default)]
pub(super) struct Preface(Ahead<24>);

impl Preface {
    pub(super) fn poll_detect<I: AsyncRead + Unpin>(
        &mut self,
        io: &mut I,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Spoken>> {
        loop {
            let known = self.0.known();
            if !HTTP2.starts_with(known) {
                return Poll::Ready(Ok(Spoken::Http1));
            }
            if known.len() == HTTP2.len() {
                return Poll::Ready(Ok(Spoken::Http2));
            }
            let silent = known.is_empty();
            match (ready!(self.0.poll_more(io, cx))?, silent) {
                (0, true) => return Poll::Ready(Ok(Spoken::Nothing)),
                (0, false) => return Poll::Ready(Ok(Spoken::Http1)),
                _ => {}
            }
        }
    }

    /// Whether the client has said anything.
    pub(super) fn is_empty(&self) -> bool {
        self.0.known().is_empty()
    }

    /// Whether something is left to be given.
    pub(super) const fn is_left(&self) -> bool {
        self.0.is_left()
    }

    pub(super) fn give(&mut self, buf: &mut ReadBuf<'_>) {
        self.0.give(buf);
    }
}
