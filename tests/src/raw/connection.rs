use std::{io, mem::MaybeUninit, time::Duration};

use socket2::SockRef;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};

use super::{
    in_time,
    message::{Buffer, RawRequest, framing},
    upstream::Books,
};

/// One connection of a [`RawUpstream`](super::RawUpstream), to be answered on.
#[derive(Debug)]
pub struct RawConnection {
    pub(super) stream: TcpStream,
    pub(super) buffer: Buffer,
    pub(super) books: Books,
    pub(super) number: usize,
}

impl RawConnection {
    /// How many came before it.
    #[must_use]
    pub const fn number(&self) -> usize {
        self.number
    }

    /// The next request with its body, which is then on the books. `None`: the peer has left.
    pub async fn request(&mut self) -> Option<RawRequest> {
        let head = self.buffer.head(&mut self.stream).await?;
        let framing = framing(&head);
        let number = self.books.begun(head.clone());
        let (body, whole) = self.buffer.body(&mut self.stream, &framing).await;
        let request = RawRequest { head, body, whole };
        self.books.ended(number, request.clone());
        whole.then_some(request)
    }

    /// The head of the next request; its body is left. `None`: the peer has left. It may be dropped
    /// while it waits.
    pub async fn head(&mut self) -> Option<String> {
        let head = self.buffer.head(&mut self.stream).await?;
        self.books.begun(head.clone());
        Some(head)
    }

    /// The content of the request of this head. `None`: the peer has left within it.
    pub async fn content(&mut self, head: &str) -> Option<Vec<u8>> {
        let (body, whole) = self.buffer.body(&mut self.stream, &framing(head)).await;
        whole.then_some(body)
    }

    /// Whether nothing has come that was not taken. The system is asked: what it told last may be old.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        let peeked = SockRef::from(&self.stream).peek(&mut [MaybeUninit::uninit()]);
        self.buffer.is_empty()
            && peeked.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }

    /// Sends no more (FIN) and reads on until the peer leaves too; gives what it still sent. `false`
    /// when it has not left within this time.
    pub async fn leave(mut self, limit: Duration) -> (Vec<u8>, bool) {
        let _ = self.stream.shutdown().await;
        let reading =
            async { while matches!(self.buffer.fill(&mut self.stream).await, Ok(true)) {} };
        let left = timeout(limit, reading).await.is_ok();
        (self.buffer.take_all(), left)
    }

    /// Sends these bytes. That the peer has left is no fault.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.try_send(bytes).await;
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// The peer has left.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.stream.write_all(bytes.as_ref()).await?;
        self.stream.flush().await
    }

    /// Waits until the peer leaves; gives what it still sent.
    pub async fn closed(&mut self) -> Vec<u8> {
        let reading =
            async { while matches!(self.buffer.fill(&mut self.stream).await, Ok(true)) {} };
        in_time("that the peer leaves", reading).await;
        self.buffer.take_all()
    }

    /// The same, whenever that is.
    pub async fn patiently_closed(&mut self) {
        while matches!(self.buffer.fill(&mut self.stream).await, Ok(true)) {}
    }

    /// Goes away without a word (RST).
    pub fn reset(self) {
        self.stream.set_zero_linger().expect("an open socket");
    }

    /// Goes away like that if nothing has come that was not taken; else gives itself back.
    ///
    /// # Errors
    /// Itself, when something has come.
    pub fn reset_if_quiet(self) -> Result<(), Self> {
        let socket = SockRef::from(&self.stream);
        socket
            .set_linger(Some(Duration::ZERO))
            .expect("an open socket");
        // Last: what comes behind this look is lost.
        if self.is_quiet() {
            return Ok(());
        }
        socket.set_linger(None).expect("an open socket");
        Err(self)
    }

    /// The socket, for those who do more.
    pub const fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}
