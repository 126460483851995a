use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{
    activity::Activity,
    framing::Framing,
    preface::{Preface, Spoken},
    socket::Socket,
};

/// How much is read and thrown away when a connection has been shut for writing.
const MAX_LINGERING: usize = 32 * 1024 * 1024;

/// A socket that tells the connection's other parts what it reads and writes.
pub(super) struct WatchedIo {
    socket: Socket,
    preface: Preface,
    /// HTTP/1 alone is followed.
    framing: Option<Framing>,
    ended: bool,
    shut: bool,
    lingered: usize,
    activity: Arc<Activity>,
}

impl WatchedIo {
    pub(super) fn new(socket: Socket, activity: Arc<Activity>) -> Self {
        Self {
            socket,
            preface: Preface::default(),
            framing: Some(Framing::default()),
            ended: false,
            shut: false,
            lingered: 0,
            activity,
        }
    }

    /// Finds out what the client speaks. What was read for it is read again behind it.
    pub(super) fn poll_detect(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Spoken>> {
        let spoken = ready!(self.preface.poll_detect(&mut self.socket, cx))?;
        if spoken == Spoken::Http2 {
            self.framing = None;
            self.activity.speaks_http2();
        }
        Poll::Ready(Ok(spoken))
    }

    /// Whether the client has said anything yet.
    pub(super) fn is_silent(&self) -> bool {
        self.preface.is_empty()
    }

    fn received(&mut self, bytes: &[u8]) {
        let Some(framing) = &mut self.framing else {
            return;
        };
        if let Err(refusal) = framing.follow(bytes) {
            self.activity.refuse(framing.heads(), refusal);
        }
        self.activity.in_head(framing.in_head());
    }

    /// A system that closes a socket with unread bytes resets the connection, and the answer is
    /// lost with it. So the client is given time to take it, but where it has nothing more to say.
    fn is_done(&self) -> bool {
        let at_rest = match &self.framing {
            Some(framing) => framing.at_rest(),
            None => self.activity.is_last(),
        };
        self.ended || at_rest || self.lingered > MAX_LINGERING
    }

    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.activity.linger();
        while !self.is_done() {
            let mut piece = [0; 4096];
            let mut buf = ReadBuf::new(&mut piece);
            match ready!(Pin::new(&mut self.socket).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => self.lingered += buf.filled().len(),
                Ok(()) | Err(_) => self.ended = true,
            }
        }
        Poll::Ready(())
    }

    fn wrote<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &result {
            Poll::Ready(_) => self.activity.sent(),
            Poll::Pending => self.activity.blocked(),
        }
        result
    }
}

impl AsyncRead for WatchedIo {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if this.preface.is_left() {
            this.preface.give(buf);
            if buf.remaining() > 0 {
                // What it has to say is said again at the next read.
                let _ = Pin::new(&mut this.socket).poll_read(cx, buf);
            }
        } else {
            let room = buf.remaining();
            ready!(Pin::new(&mut this.socket).poll_read(cx, buf))?;
            this.ended = buf.remaining() == room && room > 0;
        }
        this.received(buf.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WatchedIo {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.socket).poll_write(cx, bytes);
        this.wrote(result)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.socket).poll_write_vectored(cx, slices);
        this.wrote(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let result = Pin::new(&mut this.socket).poll_flush(cx);
        // TLS takes bytes before the socket does. A flush of nothing is no progress.
        if result.is_pending() {
            this.activity.blocked();
        } else {
            this.activity.flushed();
        }
        result
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.shut {
            ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
            this.shut = true;
        }
        this.poll_linger(cx).map(Ok)
    }
}

impl Drop for WatchedIo {
    fn drop(&mut self) {
        if self.activity.is_severed() {
            self.socket.sever();
        }
    }
}
