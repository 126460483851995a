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
        self.rest(body, 0).await
    }

    /// Reads what is left of an answer.
    pub(super) async fn rest(&self, mut body: Incoming, mut read: usize) -> Result<()> {
        while let Some(frame) = body.frame().await {
            read += frame?.data_ref().map_or(0, Bytes::len);
        }
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
