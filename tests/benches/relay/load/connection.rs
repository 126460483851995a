use anyhow::{Result, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::Instant};

use super::before;
use crate::work::Work;

/// One connection, used again and again.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    work: Work,
}

impl Connection {
    /// Opens the one of this number, and says what comes before its requests.
    pub(super) async fn open(work: Work, port: u16, nth: usize) -> Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        let headers = before::greet(&mut sender, work, nth).await?;
        let mut request = Request::post(work.path()).body(Full::new(work.request(nth)))?;
        *request.headers_mut() = headers;
        Ok(Self {
            sender,
            request,
            work,
        })
    }

    pub(super) async fn list(&mut self) -> Result<()> {
        before::list(&mut self.sender, self.work).await
    }

    pub(super) async fn send(&mut self) -> Result<Incoming> {
        self.sender.ready().await?;
        let response = self.sender.send_request(self.request.clone()).await?;
        let status = response.status();
        ensure!(
            status == StatusCode::OK,
            "{} answered {status}",
            self.work.name()
        );
        Ok(response.into_body())
    }

    /// One exchange. An answer that is not the whole answer is a failure.
    pub(super) async fn exchange(&mut self) -> Result<()> {
        let body = self.send().await?;
        self.rest(body, Bytes::new()).await
    }

    /// Reads what is left of an answer that begins so.
    pub(super) async fn rest(&self, mut body: Incoming, begin: Bytes) -> Result<()> {
        let mut last = Last::default();
        last.take(&begin);
        let mut read = begin.len();
        let mark = self.work.end_mark();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                read += data.len();
                if mark.is_some() {
                    last.take(&data);
                }
            }
        }
        ensure!(
            mark.is_none_or(|mark| last.holds(mark)),
            "{} ends without its mark: {}",
            self.work.name(),
            String::from_utf8_lossy(&last.0)
        );
        let whole = self.work.answer_bytes();
        ensure!(
            whole.contains(&read),
            "{} brought {read} bytes of {whole:?}",
            self.work.name()
        );
        Ok(())
    }

    /// One exchange behind the other up to a moment; how many there were.
    pub(super) async fn until(&mut self, end: Instant) -> Result<u64> {
        let mut done = 0;
        loop {
            self.exchange().await?;
            done += 1;
            if Instant::now() >= end {
                return Ok(done);
            }
        }
    }
}

/// The last bytes of a body.
#[derive(Default)]
struct Last(Vec<u8>);

/// More than any event has behind its mark.
const LAST_BYTES: usize = 512;

// === impl Last ===

impl Last {
    fn take(&mut self, data: &[u8]) {
        let from = data.len().saturating_sub(LAST_BYTES);
        self.0.extend(data.iter().skip(from));
        let over = self.0.len().saturating_sub(LAST_BYTES);
        self.0.drain(..over);
    }

    fn holds(&self, mark: &[u8]) -> bool {
        self.0.windows(mark.len()).any(|window| window == mark)
    }
}
