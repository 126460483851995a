use std::io;

use tokio::{io::AsyncWriteExt, net::TcpStream};

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

    /// The head of the next request; its body is left. `None`: the peer has left.
    pub async fn head(&mut self) -> Option<String> {
        let head = self.buffer.head(&mut self.stream).await?;
        self.books.begun(head.clone());
        Some(head)
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

    /// Goes away without a word (RST).
    pub fn reset(self) {
        self.stream.set_zero_linger().expect("an open socket");
    }

    /// The socket, for those who do more.
    pub const fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }
}
