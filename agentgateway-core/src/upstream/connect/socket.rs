use std::{
    fmt, io,
    mem::MaybeUninit,
    net::Shutdown,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf},
    net::TcpStream,
};

/// A TCP connection with two owners: hyper reads and writes it, the pool looks at it.
///
/// Only one clone may be polled: the socket keeps one waker for each direction.
#[derive(Clone)]
pub(in crate::upstream) struct Socket {
    inner: Arc<Inner>,
}

struct Inner {
    stream: TcpStream,
    received: AtomicU64,
    sent: AtomicU64,
}

/// What waits to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::upstream) enum Unread {
    /// Nothing; the peer has not closed, as far as its packets have come.
    Nothing,
    /// A byte at least.
    Bytes,
    /// The end, or a reset.
    Closed,
}

impl Socket {
    pub(in crate::upstream) fn new(stream: TcpStream) -> Self {
        Self {
            inner: Arc::new(Inner {
                stream,
                received: AtomicU64::new(0),
                sent: AtomicU64::new(0),
            }),
        }
    }

    /// Bytes read so far.
    pub(in crate::upstream) fn received(&self) -> u64 {
        self.inner.received.load(Relaxed)
    }

    /// Bytes that the kernel has taken so far.
    pub(in crate::upstream) fn sent(&self) -> u64 {
        self.inner.sent.load(Relaxed)
    }

    /// Asks the kernel, by one call.
    ///
    /// tokio's readiness would not do: it changes only when the runtime's driver turns, so a close
    /// that came since then is not in it.
    pub(in crate::upstream) fn peek(&self) -> Unread {
        match SockRef::from(&self.inner.stream).peek(&mut [MaybeUninit::uninit()]) {
            Ok(0) => Unread::Closed,
            Ok(_) => Unread::Bytes,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Unread::Nothing,
            Err(_) => Unread::Closed,
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let Inner {
            stream, received, ..
        } = &*self.inner;
        let room = buf.remaining();
        let whole = loop {
            ready!(stream.poll_read_ready(cx))?;
            match partly(stream, Interest::READABLE, room, || {
                stream.try_read_buf(buf)
            }) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => break result?,
            }
        };
        count(received, whole);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_send(cx, bytes.len(), |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        // A short write is told by the next one: the sum of the lengths would have to be taken each time.
        self.poll_send(cx, 0, |stream| stream.try_write_vectored(slices))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        match SockRef::from(&self.inner.stream).shutdown(Shutdown::Write) {
            // The peer was first.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            result => Poll::Ready(result),
        }
    }
}

impl Socket {
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        length: usize,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        let Inner { stream, sent, .. } = &*self.inner;
        loop {
            ready!(stream.poll_write_ready(cx))?;
            match partly(stream, Interest::WRITABLE, length, || write(stream)) {
                Ok(written) => {
                    count(sent, written);
                    return Poll::Ready(Ok(written));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket")
            .field("received", &self.received())
            .field("sent", &self.sent())
            .finish_non_exhaustive()
    }
}

/// Reads or writes, and takes a transfer of less than `room` bytes for the sign that the kernel has
/// no more: the next poll then waits, without a call that would only say so.
///
/// "Would block" within `try_io` is how tokio is told. It belongs to the readiness seen before the
/// transfer, so what arrives in between is not forgotten.
fn partly(
    stream: &TcpStream,
    interest: Interest,
    room: usize,
    transfer: impl FnOnce() -> io::Result<usize>,
) -> io::Result<usize> {
    let mut part = None;
    let result = stream.try_io(interest, || {
        let moved = transfer()?;
        if 0 < moved && moved < room {
            part = Some(moved);
            return Err(io::ErrorKind::WouldBlock.into());
        }
        Ok(moved)
    });
    part.map_or(result, Ok)
}

fn count(counter: &AtomicU64, bytes: usize) {
    counter.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Relaxed);
}
