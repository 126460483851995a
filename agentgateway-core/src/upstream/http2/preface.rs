use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::shared::{Greeting, Shared};
use crate::upstream::connect::Io;

/// The header of a frame: RFC 9113, section 4.1.
const HEADER: usize = 9;

/// The type of SETTINGS, with which a server begins: RFC 9113, sections 3.4 and 6.5.
const SETTINGS: u8 = 4;

/// A flag of SETTINGS: section 6.5.
const ACK: u8 = 1;

/// A connection that tells when the service's SETTINGS have been read whole.
///
/// hyper tells nothing of it, and bytes of TLS prove nothing.
pub(super) struct Preface {
    io: Io,
    shared: Arc<Shared>,
    awaited: Awaited,
}

enum Awaited {
    Header { bytes: [u8; HEADER], filled: usize },
    Payload { left: usize },
    Nothing,
}

impl Preface {
    pub(super) const fn new(io: Io, shared: Arc<Shared>) -> Self {
        Self {
            io,
            shared,
            awaited: Awaited::Header {
                bytes: [0; HEADER],
                filled: 0,
            },
        }
    }

    fn see(&mut self, mut read: &[u8]) {
        while !read.is_empty() {
            match &mut self.awaited {
                Awaited::Header { bytes, filled } => {
                    let taken = read.len().min(HEADER - *filled);
                    let (header, rest) = read.split_at(taken);
                    for (to, from) in bytes.iter_mut().skip(*filled).zip(header) {
                        *to = *from;
                    }
                    *filled += taken;
                    read = rest;
                    if *filled == HEADER {
                        let header = *bytes;
                        self.see_header(header);
                    }
                }
                Awaited::Payload { left } => {
                    *left = left.saturating_sub(read.len());
                    if *left > 0 {
                        return;
                    }
                    self.greeted(Greeting::Settings);
                }
                Awaited::Nothing => return,
            }
        }
    }

    fn see_header(&mut self, header: [u8; HEADER]) {
        let [high, middle, low, kind, flags, ..] = header;
        let length = u32::from_be_bytes([0, high, middle, low]);
        match (kind, flags & ACK, length) {
            // Out of turn, and harmless: ours are taken, its own are still to come.
            (SETTINGS, ACK, 0) => {
                self.awaited = Awaited::Header {
                    bytes: [0; HEADER],
                    filled: 0,
                };
            }
            (SETTINGS, 0, 0) => self.greeted(Greeting::Settings),
            (SETTINGS, 0, length) => {
                self.awaited = Awaited::Payload {
                    left: usize::try_from(length).unwrap_or(usize::MAX),
                };
            }
            _ => self.greeted(Greeting::Foreign),
        }
    }

    fn greeted(&mut self, greeting: Greeting) {
        self.awaited = Awaited::Nothing;
        self.shared.greeted(greeting);
    }
}

impl AsyncRead for Preface {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(AsyncRead::poll_read(Pin::new(&mut self.io), cx, buf))?;
        if !matches!(self.awaited, Awaited::Nothing) {
            self.see(buf.filled().get(before..).unwrap_or_default());
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Preface {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.io), cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write_vectored(Pin::new(&mut self.io), cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        AsyncWrite::is_write_vectored(&self.io)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.io), cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_shutdown(Pin::new(&mut self.io), cx)
    }
}
