//! The load, and the reading of what it cost the target.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
    time::{Instant, sleep},
};

use crate::{process, work::Work};

/// Streams that are opened at the same time.
const OPENING: usize = 50;
/// How long memory may settle.
const SETTLE: Duration = Duration::from_millis(500);

/// Measures once, and says one line.
///
/// `<work> <port> <pid of the target> <milliseconds, or streams to hold>` →
/// `MEASURED <value>`: µs per request or event, µs to the first byte, or KiB per stream.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let [work, port, pid, amount] = args else {
        bail!("a case, a port, a process and an amount");
    };
    let work = Work::named(work).context("a case")?;
    let (port, pid, amount) = (port.parse()?, pid.parse()?, amount.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let value = runtime.block_on(async {
        match work {
            Work::First => first_byte(port, Duration::from_millis(amount)).await,
            Work::Hold => held(port, pid, amount).await,
            _ => cpu(work, port, pid, Duration::from_millis(amount)).await,
        }
    })?;
    println!("MEASURED {value}");
    Ok(())
}

/// One connection, used again and again.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    request: Request<Full<Bytes>>,
    work: Work,
}

impl Connection {
    async fn open(work: Work, port: u16) -> Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(socket)).await?;
        tokio::spawn(connection);
        let mut request = Request::post(work.path()).body(Full::new(work.request()))?;
        *request.headers_mut() = work.request_headers();
        Ok(Self {
            sender,
            request,
            work,
        })
    }

    async fn send(&mut self) -> Result<Incoming> {
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
    async fn exchange(&mut self) -> Result<()> {
        let body = self.send().await?;
        self.rest(body, 0).await
    }

    async fn rest(&self, mut body: Incoming, mut read: usize) -> Result<()> {
        while let Some(frame) = body.frame().await {
            read += frame?.data_ref().map_or(0, Bytes::len);
        }
        let whole = self.work.answer_bytes();
        ensure!(
            read == whole,
            "{} brought {read} bytes of {whole}",
            self.work.name()
        );
        Ok(())
    }

    async fn until(&mut self, end: Instant) -> Result<u64> {
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

/// µs of CPU per request, or per event of a stream.
async fn cpu(work: Work, port: u16, pid: u32, long: Duration) -> Result<f64> {
    let connections = work.connections();
    let (warm, begun) = (
        Arc::new(Barrier::new(connections + 1)),
        Arc::new(Barrier::new(connections + 1)),
    );
    let mut running = JoinSet::new();
    for nth in 0..connections {
        let (warm, begun) = (Arc::clone(&warm), Arc::clone(&begun));
        running.spawn(async move {
            let mut connection = Connection::open(work, port).await?;
            connection.until(Instant::now() + long / 5).await?;
            warm.wait().await;
            begun.wait().await;
            // Streams with a pace would otherwise all be due at the same time.
            sleep(Duration::from_millis(nth as u64 % 10)).await;
            connection.until(Instant::now() + long).await
        });
    }
    tokio::select! {
        _ = warm.wait() => {}
        Some(failed) = running.join_next() => {
            failed??;
            bail!("a connection ended early");
        }
    }
    let before = process::cpu(pid)?;
    begun.wait().await;
    let mut done = 0;
    while let Some(ended) = running.join_next().await {
        done += ended??;
    }
    let used = process::cpu(pid)?.saturating_sub(before);
    let events = work.stream().map_or(1, |stream| stream.events);
    Ok(per(used, done) / events as f64)
}

/// µs from the request to the first bytes of a stream, the median.
async fn first_byte(port: u16, long: Duration) -> Result<f64> {
    let mut connection = Connection::open(Work::First, port).await?;
    connection.until(Instant::now() + long / 5).await?;
    let (begun, mut seen) = (Instant::now(), Vec::new());
    while begun.elapsed() < long {
        let sent = Instant::now();
        let mut body = connection.send().await?;
        let first = body.frame().await.context("a first frame")??;
        seen.push(sent.elapsed());
        let read = first.data_ref().map_or(0, Bytes::len);
        connection.rest(body, read).await?;
    }
    seen.sort_unstable();
    let median = seen.get(seen.len() / 2).context("an answer")?;
    Ok(per(*median, 1))
}

/// KiB that the target holds per open stream.
async fn held(port: u16, pid: u32, streams: u64) -> Result<f64> {
    let mut warm = Connection::open(Work::Json, port).await?;
    warm.until(Instant::now() + SETTLE).await?;
    let before = process::resident_kib(pid)?;
    let mut open = Vec::new();
    while (open.len() as u64) < streams {
        let mut opening = JoinSet::new();
        for _ in 0..OPENING.min(streams as usize - open.len()) {
            opening.spawn(async move {
                let mut connection = Connection::open(Work::Hold, port).await?;
                let mut body = connection.send().await?;
                body.frame().await.context("a first frame")??;
                anyhow::Ok((connection, body))
            });
        }
        while let Some(opened) = opening.join_next().await {
            open.push(opened??);
        }
    }
    sleep(SETTLE).await;
    let after = process::resident_kib(pid)?;
    Ok(after.saturating_sub(before) as f64 / streams as f64)
}

fn per(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / count as f64
}
