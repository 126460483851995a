//! HTTP/2 streams: each is a task, with a clock of its own for a client that does not read.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::Duration,
};

use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Activity;

/// What one stream's body tells the stream's task.
///
/// hyper asks a body for its next frame when it has handed on the last one, which the client's
/// window may not permit: a frame that was given and not asked behind is a frame that waits.
#[derive(Debug, Default)]
pub(super) struct Flow {
    waits: AtomicBool,
    frames: AtomicUsize,
}

impl Flow {
    pub(super) fn asked(&self) {
        self.waits.store(false, Relaxed);
    }

    pub(super) fn gave(&self) {
        self.frames.fetch_add(1, Relaxed);
        self.waits.store(true, Relaxed);
    }

    fn waits(&self) -> bool {
        self.waits.load(Relaxed)
    }
}

/// Between the service's call and the task that hyper then starts for it, in one turn.
#[derive(Debug, Default)]
pub(super) struct Flows {
    next: Mutex<Option<Arc<Flow>>>,
}

impl Flows {
    pub(super) fn put(&self, flow: Arc<Flow>) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(flow);
    }

    fn take(&self) -> Arc<Flow> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        next.take().unwrap_or_default()
    }
}

/// Starts the tasks of one connection's streams.
#[derive(Clone)]
pub(super) struct Streams {
    activity: Arc<Activity>,
}

impl Streams {
    pub(super) const fn new(activity: Arc<Activity>) -> Self {
        Self { activity }
    }
}

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(StreamTask {
            stream,
            flow: self.activity.flows().take(),
            limit: self.activity.config().write_timeout,
            seen: 0,
            due: None,
            alarm: None,
        });
    }
}

pin_project! {
    /// Ends with its stream, or when a frame has waited for too long; the stream is then reset.
    struct StreamTask<F> {
        #[pin]
        stream: F,
        flow: Arc<Flow>,
        limit: Duration,
        seen: usize,
        due: Option<Instant>,
        alarm: Option<Pin<Box<Sleep>>>,
    }
}

impl<F> Future for StreamTask<F>
where
    F: Future<Output = ()>,
{
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        if this.stream.poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if !this.flow.waits() {
            return Poll::Pending;
        }
        let frames = this.flow.frames.load(Relaxed);
        if frames != *this.seen {
            *this.seen = frames;
            *this.due = Instant::now().checked_add(*this.limit);
        }
        let Some(due) = *this.due else {
            return Poll::Pending;
        };
        let alarm = this.alarm.get_or_insert_with(|| Box::pin(sleep_until(due)));
        // The alarm of an earlier wait may fire early; it is then set to this one's end.
        while alarm.as_mut().poll(cx).is_ready() {
            if Instant::now() >= due {
                tracing::debug!("an http/2 stream was reset: its client does not read");
                return Poll::Ready(());
            }
            alarm.as_mut().reset(due);
        }
        Poll::Pending
    }
}
