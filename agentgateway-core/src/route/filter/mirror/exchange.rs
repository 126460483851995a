//! The exchange with the mirror, and what bounds it.

use std::{
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Buf;
use http::{Request, Response, StatusCode};
use http_body::Body as HttpBody;
use tokio::time::timeout;
use tower_service::Service;

use crate::Body;

/// What came of the copy of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mirrored {
    /// The mirror has answered with this status.
    Answered(StatusCode),
    /// The mirror has failed.
    Failed,
    /// The mirror has not answered within the deadline.
    TimedOut,
    /// The body is longer than what is kept: it was not sent.
    TooLarge,
    /// As many requests are being mirrored as may be: it was not sent.
    TooMany,
    /// The body was not read to its end, or failed: it was not sent.
    Unfinished,
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) spawn: Arc<dyn Fn(Task) + Send + Sync>,
    pub(super) random: Arc<dyn Fn() -> u64 + Send + Sync>,
    pub(super) on_outcome: Arc<dyn Fn(Mirrored) + Send + Sync>,
    pub(super) max_body_bytes: usize,
    pub(super) max_in_flight: usize,
    pub(super) deadline: Duration,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("max_body_bytes", &self.max_body_bytes)
            .field("max_in_flight", &self.max_in_flight)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// What the clones of one service share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) settings: Settings,
    in_flight: AtomicUsize,
}

/// One of the places for requests in flight, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    shared: Arc<Shared>,
}

impl Shared {
    pub(super) fn new(settings: Settings) -> Arc<Self> {
        Arc::new(Self {
            settings,
            in_flight: AtomicUsize::new(0),
        })
    }

    /// A place, unless all are taken.
    pub(super) fn place(self: &Arc<Self>) -> Option<Place> {
        let max = self.settings.max_in_flight;
        let more = |taken: usize| (taken < max).then_some(taken + 1);
        let order = (Ordering::Relaxed, Ordering::Relaxed);
        let taken = self.in_flight.fetch_update(order.0, order.1, more);
        taken.is_ok().then(|| Place {
            shared: Arc::clone(self),
        })
    }

    pub(super) fn tell(&self, outcome: Mirrored) {
        tracing::debug!(?outcome, "a request of the mirrored share");
        (self.settings.on_outcome)(outcome);
    }
}

impl Place {
    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Sends the copy, in a task of its own that holds this place.
    pub(super) fn send<M, B>(self, mirror: M, request: Request<Body>)
    where
        M: Service<Request<Body>, Response = Response<B>> + Send + 'static,
        M::Future: Send,
        B: HttpBody + Send,
    {
        let spawn = Arc::clone(&self.shared.settings.spawn);
        spawn(Box::pin(async move {
            let outcome = exchange(mirror, request, &self.shared.settings).await;
            self.shared.tell(outcome);
        }));
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Asks the mirror, and reads its answer so far that a client can keep its connection.
async fn exchange<M, B>(mut mirror: M, request: Request<Body>, settings: &Settings) -> Mirrored
where
    M: Service<Request<Body>, Response = Response<B>>,
    B: HttpBody,
{
    let mut answered = None;
    let work = async {
        poll_fn(|cx| mirror.poll_ready(cx)).await?;
        let (head, body) = mirror.call(request).await?.into_parts();
        answered = Some(head.status);
        read(body, settings.max_body_bytes).await;
        Ok::<_, M::Error>(())
    };
    let ended = timeout(settings.deadline, work).await;
    match (answered, ended) {
        (Some(status), _) => Mirrored::Answered(status),
        (None, Err(_)) => Mirrored::TimedOut,
        (None, Ok(_)) => Mirrored::Failed,
    }
}

/// Reads a body to its end, but no more than so many bytes.
async fn read<B: HttpBody>(body: B, mut limit: usize) {
    let mut body = pin!(body);
    while let Some(Ok(frame)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let size = frame.data_ref().map_or(0, Buf::remaining);
        // An empty frame counts too: there may be no end of them.
        limit = limit.saturating_sub(size.max(1));
        if limit == 0 {
            return;
        }
    }
}
