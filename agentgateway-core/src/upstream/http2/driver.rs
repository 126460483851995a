use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http_body::Body as HttpBody;
use hyper::client::conn::http2::Connection;
use hyper_util::rt::TokioIo;
use tokio::{
    sync::oneshot,
    time::{Instant, Sleep, sleep},
};

use super::{
    body::SentBody,
    preface::Preface,
    shared::{Greeting, Shared, Slot},
    tasks::{Task, Tasks},
};
use crate::error::{BoxError, Error, ErrorKind};

/// What stands for "for ever" where a clock needs an end.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The least that a connection is kept, so that the clock of a busy one is not asked all the time.
const SHORTEST: Duration = Duration::from_millis(10);

/// What the opener is told: its stream, which no other can take, or why there is none.
pub(super) type Word = Result<Option<Arc<Slot>>, BoxError>;

/// Runs one connection: its frames, and what hyper wants to run for each of its requests.
///
/// # Cancel safety
/// Dropping it closes the connection.
pub(super) struct Driver<B, K>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    /// Takes requests; none when the service leaves or nobody is left to send one.
    requests: Option<Connection<TokioIo<Preface>, SentBody<B>, Tasks>>,
    tasks: Tasks,
    running: FuturesUnordered<Task>,
    /// Who waits for the service's first word.
    opener: Option<oneshot::Sender<Word>>,
    failure: Option<BoxError>,
    shared: Arc<Shared>,
    max_streams: usize,
    idle_timeout: Duration,
    idle: Pin<Box<Sleep>>,
    /// Dropped with the connection.
    _kept: K,
}

impl<B, K> Driver<B, K>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    pub(super) fn new(
        requests: Connection<TokioIo<Preface>, SentBody<B>, Tasks>,
        tasks: Tasks,
        shared: Arc<Shared>,
        opener: oneshot::Sender<Word>,
        settings: &super::Http2Settings,
        kept: K,
    ) -> Self {
        let idle_timeout = settings.idle_timeout.clamp(SHORTEST, LONGEST);
        Self {
            requests: Some(requests),
            tasks,
            running: FuturesUnordered::new(),
            opener: Some(opener),
            failure: None,
            shared,
            max_streams: usize::try_from(settings.max_streams).unwrap_or(usize::MAX),
            idle_timeout,
            idle: Box::pin(sleep(idle_timeout)),
            _kept: kept,
        }
    }

    /// Reads and writes frames first, so that a GOAWAY is known before the next request is taken.
    fn run(&mut self, cx: &mut Context<'_>) {
        loop {
            while let Poll::Ready(Some(())) = self.running.poll_next_unpin(cx) {}
            self.take_requests(cx);
            let more = self.tasks.take();
            if more.is_empty() {
                return;
            }
            self.running.extend(more);
        }
    }

    fn take_requests(&mut self, cx: &mut Context<'_>) {
        let Some(requests) = &mut self.requests else {
            return;
        };
        match Pin::new(&mut *requests).poll(cx) {
            Poll::Pending => {
                let limit = requests.current_max_send_streams().min(self.max_streams);
                self.shared.set_limit(limit);
            }
            Poll::Ready(ended) => {
                self.failure = ended.err().map(BoxError::from);
                self.leave();
            }
        }
    }

    /// No request is taken any more; the streams that are open go on to their ends.
    fn leave(&mut self) {
        self.shared.close();
        self.requests = None;
    }

    /// Tells the opener how it went. False when it has gone away before it was told.
    fn tell(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(opener) = &mut self.opener else {
            return true;
        };
        let word = match self.shared.greeting() {
            Greeting::Foreign => Err(foreign().into()),
            _ if self.requests.is_none() => Err(self
                .failure
                .take()
                .unwrap_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof).into())),
            Greeting::Settings if self.shared.limit() == 0 => Err(no_streams().into()),
            Greeting::Settings => Ok(self.shared.join()),
            Greeting::Awaited => return opener.poll_closed(cx).is_pending(),
        };
        let agreed = word.is_ok();
        let told = self
            .opener
            .take()
            .is_some_and(|opener| opener.send(word).is_ok());
        told && agreed
    }

    /// Leaves when it was unused for too long; who opens it is about to use it.
    fn rest(&mut self, cx: &mut Context<'_>) {
        if self.opener.is_some() {
            return;
        }
        while self.requests.is_some() && self.idle.as_mut().poll(cx).is_ready() {
            match self.shared.retire(self.idle_timeout) {
                Ok(()) => self.leave(),
                Err(due) => self.idle.as_mut().reset(due.max(Instant::now())),
            }
        }
    }
}

impl<B, K> Future for Driver<B, K>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
    K: Unpin,
{
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.run(cx);
        if !this.tell(cx) {
            return Poll::Ready(());
        }
        this.rest(cx);
        if this.requests.is_none() && this.running.is_empty() {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

impl<B, K> Drop for Driver<B, K>
where
    B: HttpBody<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    fn drop(&mut self) {
        self.shared.close();
    }
}

fn foreign() -> Error {
    Error::new(ErrorKind::BadAnswer, "the service does not speak HTTP/2")
}

fn no_streams() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the service takes no HTTP/2 streams",
    )
}
