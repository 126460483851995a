use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use opentelemetry_proto::{
    tonic::collector::trace::v1::ExportTraceServiceRequest,
    transform::{
        common::tonic::ResourceAttributesWithSchema,
        trace::tonic::group_spans_by_resource_and_scope,
    },
};
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use tokio::{
    sync::{Notify, mpsc},
    time::{Instant, timeout_at},
};

use super::{Target, Wire, wire::WireError};
use crate::telemetry::stats::{Counts, ExportStats, Progress};

/// How long what waits may take when the pipeline ends.
const LAST_EXPORT: Duration = Duration::from_secs(2);

/// How long to wait before a batch that the collector did not take is sent again.
const AGAIN: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(1)];

/// Told of the end of every pipeline: each holds one, and its fall is the word.
pub(crate) type Retired = mpsc::Sender<Infallible>;

/// A bounded queue of spans and the task that sends them.
///
/// A span takes a place or is counted as dropped; nobody ever waits. When the last handle falls,
/// what waits is sent, within two seconds.
#[derive(Debug)]
pub(crate) struct Pipeline {
    target: Target,
    queue: Option<mpsc::Sender<SpanData>>,
    wake: Arc<Notify>,
    progress: Arc<Progress>,
}

impl Pipeline {
    /// Starts the task. Must run within a tokio runtime.
    pub(crate) fn start(
        target: Target,
        totals: &ExportStats,
        retired: Retired,
    ) -> Result<Self, String> {
        let wire = Wire::new(&target)?;
        let (queue, spans) = mpsc::channel(target.batching.queue);
        let wake = Arc::new(Notify::new());
        let progress = Progress::new(totals.clone());
        let sending = Sending {
            wire,
            spans,
            wake: wake.clone(),
            progress: progress.clone(),
            resource: ResourceAttributesWithSchema::from(&target.resource()),
            target: target.clone(),
            ended: None,
            _retired: retired,
        };
        tokio::spawn(sending.run());
        Ok(Self {
            target,
            queue: Some(queue),
            wake,
            progress,
        })
    }

    pub(crate) const fn target(&self) -> &Target {
        &self.target
    }

    pub(crate) fn counts(&self) -> Counts {
        self.progress.counts()
    }

    /// Spans that wait.
    pub(crate) fn waiting(&self) -> usize {
        let waiting = |queue: &mpsc::Sender<_>| queue.max_capacity() - queue.capacity();
        self.queue.as_ref().map_or(0, waiting)
    }

    /// Takes a span, or counts it as dropped.
    pub(crate) fn push(&self, span: SpanData) {
        let Some(queue) = &self.queue else { return };
        if queue.try_send(span).is_err() {
            self.progress.overflowed();
            return;
        }
        // The task sleeps until it is worth waking.
        if self.waiting() == self.target.batching.batch {
            self.wake.notify_one();
        }
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        // The task must find the queue closed when it wakes.
        drop(self.queue.take());
        self.wake.notify_one();
    }
}

/// The task.
struct Sending {
    wire: Wire,
    spans: mpsc::Receiver<SpanData>,
    wake: Arc<Notify>,
    progress: Arc<Progress>,
    resource: ResourceAttributesWithSchema,
    target: Target,
    /// When everything must have been sent, once no more spans can come.
    ended: Option<Instant>,
    _retired: Retired,
}

impl Sending {
    async fn run(mut self) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(self.target.batching.delay) => {}
                () = self.wake.notified() => {}
            }
            if self.drain().await {
                break;
            }
        }
    }

    /// Sends all that waits; says whether nothing more can come.
    async fn drain(&mut self) -> bool {
        loop {
            let (batch, closed) = self.batch();
            self.look_for_the_end();
            if batch.is_empty() {
                return closed;
            }
            self.export(batch).await;
        }
    }

    /// The next batch, and whether no more spans can come.
    fn batch(&mut self) -> (Vec<SpanData>, bool) {
        let mut batch = Vec::new();
        while batch.len() < self.target.batching.batch {
            match self.spans.try_recv() {
                Ok(span) => batch.push(span),
                Err(mpsc::error::TryRecvError::Empty) => return (batch, false),
                Err(mpsc::error::TryRecvError::Disconnected) => return (batch, true),
            }
        }
        (batch, self.spans.is_closed())
    }

    async fn export(&mut self, batch: Vec<SpanData>) {
        let count = batch.len();
        let limit = Instant::now() + self.target.batching.timeout;
        let request = ExportTraceServiceRequest {
            resource_spans: group_spans_by_resource_and_scope(batch, &self.resource),
        };
        let message = Bytes::from(request.encode_to_vec());
        drop(request);
        let mut again = AGAIN.into_iter();
        while let Err(error) = self.attempt(message.clone(), count, limit).await {
            self.tell(&error);
            // A pipeline that ends does not wait for its collector to come back.
            let pause = again
                .next()
                .filter(|_| error.passing && self.ended.is_none());
            let Some(pause) = pause.filter(|pause| Instant::now() + *pause < limit) else {
                self.progress.lost(count);
                return;
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.wake.notified() => self.look_for_the_end(),
            }
        }
    }

    async fn attempt(
        &mut self,
        message: Bytes,
        count: usize,
        limit: Instant,
    ) -> Result<(), WireError> {
        let limit = limit.min(Instant::now() + self.target.attempt());
        let wire = self.wire.clone();
        let mut sending = pin!(wire.send(message));
        let sent = loop {
            let limit = self.ended.map_or(limit, |ended| ended.min(limit));
            tokio::select! {
                sent = timeout_at(limit, &mut sending) => break sent,
                () = self.wake.notified(), if self.ended.is_none() => self.look_for_the_end(),
            }
        };
        let late = |_| WireError::passing("the collector did not answer in time");
        match sent.map_err(late)?? {
            None => self.progress.sent(count),
            Some((rejected, why)) => {
                let rejected = rejected.min(count);
                self.progress.sent(count - rejected);
                self.progress.lost(rejected);
                self.progress
                    .error(&format!("the collector rejected {rejected} spans: {why}"));
            }
        }
        Ok(())
    }

    /// Whoever woke the task may have been the end.
    fn look_for_the_end(&mut self) {
        if self.spans.is_closed() && self.ended.is_none() {
            self.ended = Some(Instant::now() + LAST_EXPORT);
        }
    }

    /// Counts a failure, and logs the first of a row.
    fn tell(&self, error: &WireError) {
        if !self.progress.is_failing() {
            let endpoint = self.target.url();
            tracing::warn!(endpoint, error = error.text, "spans could not be exported");
        }
        self.progress.error(&error.text);
    }
}
