use std::{io, net::SocketAddr};

use tokio::{io::AsyncWriteExt, net::TcpStream};

use super::{
    in_time,
    message::{Buffer, Framing, framing, values},
};

/// An HTTP/1.1 client that sends whatever bytes it is given.
#[derive(Debug)]
pub struct RawClient {
    stream: TcpStream,
    buffer: Buffer,
}

/// A whole answer, or what there was of one when the connection ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RawAnswer {
    /// The status.
    pub status: u16,
    /// The statuses of the interim answers before it.
    pub interim: Vec<u16>,
    /// From the status line up to the empty line.
    pub head: String,
    /// The content, out of its chunks.
    pub body: Vec<u8>,
    /// False when the connection ended before the body did.
    pub whole: bool,
}

impl RawAnswer {
    /// The values of this field.
    #[must_use]
    pub fn values(&self, name: &str) -> Vec<&str> {
        values(&self.head, name)
    }

    /// The content as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl RawClient {
    /// Connects.
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = in_time("connecting", TcpStream::connect(addr)).await;
        Self::over(stream.expect("the listener takes a connection"))
    }

    /// Speaks over a connection that is there already.
    #[must_use]
    pub fn over(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("an open socket");
        Self {
            stream,
            buffer: Buffer::default(),
        }
    }

    /// Sends these bytes. That the peer has closed is no fault: what it answered tells.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.try_send(bytes).await;
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// The connection is closed.
    pub async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        in_time("sending", self.stream.write_all(bytes.as_ref())).await
    }

    /// Sends no more, and goes on to read (FIN).
    pub async fn finish(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Goes away without a word (RST).
    pub fn reset(self) {
        // Deprecated for real use since it blocks; with zero it cannot.
        self.stream.set_zero_linger().expect("an open socket");
    }

    /// The next answer; `None` when the connection ended before its head was whole.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        in_time("an answer", self.read_answer(false)).await
    }

    /// The next answer to a `HEAD` request.
    pub async fn answer_to_head(&mut self) -> Option<RawAnswer> {
        in_time("an answer", self.read_answer(true)).await
    }

    /// The next answer, whenever it comes.
    pub async fn patient_answer(&mut self) -> Option<RawAnswer> {
        self.read_answer(false).await
    }

    async fn read_answer(&mut self, to_head: bool) -> Option<RawAnswer> {
        let mut interim = Vec::new();
        loop {
            let head = self.buffer.head(&mut self.stream).await?;
            let status: u16 = head.split(' ').nth(1)?.trim().parse().ok()?;
            if (100..200).contains(&status) && status != 101 {
                interim.push(status);
                continue;
            }
            let framing = match framing(&head) {
                _ if to_head || matches!(status, 101 | 204 | 304) => Framing::None,
                Framing::None => Framing::Close,
                framing => framing,
            };
            let (body, whole) = self.buffer.body(&mut self.stream, &framing).await;
            return Some(RawAnswer {
                status,
                interim,
                head,
                body,
                whole,
            });
        }
    }

    /// The head of the next answer, with none of its body.
    pub async fn head(&mut self) -> Option<String> {
        in_time("a head", self.buffer.head(&mut self.stream)).await
    }

    /// Reads until what came holds this; gives all of it.
    pub async fn until(&mut self, text: &str) -> Vec<u8> {
        self.peek(text).await;
        self.buffer.take_all()
    }

    /// Reads until what came holds this, and leaves all of it to be read as an answer.
    pub async fn peek(&mut self, text: &str) {
        in_time(text, async {
            while self.buffer.find(text.as_bytes()).is_none() {
                let more = self.buffer.fill(&mut self.stream).await;
                assert!(
                    matches!(more, Ok(true)),
                    "the connection ended before {text}"
                );
            }
        })
        .await;
    }

    /// Waits for the end of the connection; gives what came before it.
    pub async fn closed(&mut self) -> Vec<u8> {
        let reading =
            async { while matches!(self.buffer.fill(&mut self.stream).await, Ok(true)) {} };
        in_time("the end of the connection", reading).await;
        self.buffer.take_all()
    }

    /// The socket, for those who do more.
    #[must_use]
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }
}
