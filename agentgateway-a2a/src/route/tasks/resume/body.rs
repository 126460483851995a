use std::{
    fmt,
    future::Future,
    ops::Range,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{
    Body, Error, Peeked,
    body::Look,
    sse::{SseDecoder, SseFrame},
};
use bytes::{Bytes, BytesMut};
use http_body::{Body as HttpBody, Frame};
use tokio::time::sleep;

use super::{
    super::{
        exchange::{Exchange, Seen},
        layer::Resume,
    },
    again::{Again, MAX_TASK_BYTES, home, is_stream},
    retold::retold,
};
use crate::{A2aOperation, TaskState, upstream::A2aAgent};

/// The longest wait between two attempts.
const LONGEST: Duration = Duration::from_secs(10);

/// The body of a client's stream, which goes on in another of the agent's when one breaks off.
///
/// What passes is cut at the ends of events: half an event must not stand before the next stream's.
pub(in super::super) struct Resuming {
    stage: Stage,
    decoder: SseDecoder,
    /// The beginning of an event whose end has not come.
    held: BytesMut,
    /// What comes first in this stream is a snapshot of what was told before.
    is_fresh: bool,
    /// This stream began with an error: there is none to take up.
    is_refused: bool,
    /// Attempts since the agent last said something new.
    attempts: u32,
    with: With,
}

/// What a stream is taken up with.
#[derive(Clone)]
struct With {
    agent: A2aAgent,
    again: Again,
    exchange: Arc<Exchange>,
    how: Resume,
}

enum Stage {
    Open(Body),
    Asking(Pin<Box<dyn Future<Output = Taken> + Send>>),
    /// What was held leaves, then the error.
    Ending(Bytes, Option<Error>),
    Over,
}

/// What came of an attempt.
enum Taken {
    /// A stream, by that many attempts.
    Stream(Body, u32),
    /// The agent has nothing more to stream; this is what it has come to.
    Told(Bytes),
    /// Nothing, by this error.
    Lost(Option<Error>),
}

impl Resuming {
    pub(in super::super) fn new(
        body: Body,
        agent: A2aAgent,
        again: Again,
        exchange: Arc<Exchange>,
        how: Resume,
    ) -> Self {
        Self {
            stage: Stage::Open(body),
            decoder: decoder(how),
            held: BytesMut::new(),
            is_fresh: false,
            is_refused: false,
            attempts: 0,
            with: With {
                agent,
                again,
                exchange,
                how,
            },
        }
    }

    /// The whole events of what has come; the rest is held.
    ///
    /// # Errors
    /// An event is over the limit.
    fn cut(&mut self, chunk: &Bytes) -> Result<Bytes, Error> {
        let mut rest: &[u8] = chunk;
        let mut out = BytesMut::new();
        let mut begun = 0;
        while !self.is_refused {
            let frame = self
                .decoder
                .decode(&mut rest)
                .map_err(|error| Error::from_boxed(Box::new(error)))?;
            let end = chunk.len() - rest.len();
            let Some(frame) = frame else { break };
            let snapshot = match frame {
                SseFrame::Event(event) if self.is_fresh => {
                    self.is_fresh = false;
                    let last = self.with.exchange.seen().state;
                    self.is_refused = self.with.again.is_error(event.data());
                    retold(&self.with.again, event.data(), last)
                }
                SseFrame::Event(_) => {
                    self.attempts = 0;
                    None
                }
                _ => None,
            };
            let held = self.held.split();
            match snapshot {
                _ if self.is_refused => {}
                Some(snapshot) => out.extend_from_slice(&snapshot.events),
                None => {
                    out.extend_from_slice(&held);
                    out.extend_from_slice(chunk.get(begun..end).unwrap_or_default());
                }
            }
            begun = end;
        }
        self.held
            .extend_from_slice(chunk.get(begun..).unwrap_or_default());
        Ok(out.freeze())
    }

    /// The stream has ended, or failed by this error: what follows.
    fn broken(&mut self, error: Option<Error>) -> Stage {
        let seen = self.with.exchange.seen();
        let rests = error.is_none() && seen.state.is_some_and(TaskState::is_interrupted);
        let Some(task) = seen.task.clone().filter(|_| !seen.is_over && !rests) else {
            return self.over(error);
        };
        let (begun, most) = (self.attempts, self.with.how.attempts);
        if begun >= most {
            return self.over(error);
        }
        self.begin_anew();
        let with = self.with.clone();
        Stage::Asking(Box::pin(async move {
            with.take_up(&task, &seen, begun..most, error).await
        }))
    }

    /// The agent has refused a subscription within a stream: what has the task come to?
    fn refused(&mut self) -> Stage {
        self.begin_anew();
        let with = self.with.clone();
        Stage::Asking(Box::pin(async move {
            let seen = with.exchange.seen();
            let task = seen.task.clone().unwrap_or_default();
            let told = with.read(&task, &seen).await;
            told.map_or(Taken::Lost(None), Taken::Told)
        }))
    }

    /// Half an event of a stream that broke off is worth nothing.
    fn begin_anew(&mut self) {
        self.held.clear();
        self.decoder = decoder(self.with.how);
        self.is_refused = false;
    }

    /// Nothing more is asked for. Who reads the stream shall see how it broke.
    fn over(&mut self, error: Option<Error>) -> Stage {
        Stage::Ending(self.held.split().freeze(), error)
    }
}

impl With {
    /// Asks until there is a stream, or word of how the task stands.
    async fn take_up(
        self,
        task: &str,
        seen: &Seen,
        attempts: Range<u32>,
        mut error: Option<Error>,
    ) -> Taken {
        for attempt in attempts {
            let wait = self.how.wait.saturating_mul(1 << attempt.min(16));
            sleep(wait.min(LONGEST)).await;
            let subscribed = A2aOperation::SubscribeToTask;
            match self.again.ask(&self.agent, subscribed, (task, seen)).await {
                Ok(answer) if is_stream(&answer) => {
                    tracing::info!(task, attempt, "a stream of an agent is taken up again");
                    if let Some(home) = home(&answer) {
                        self.exchange.answered_by(home);
                    }
                    return Taken::Stream(answer.into_body(), attempt + 1);
                }
                Ok(_) => {}
                Err(failed) => {
                    error = Some(failed);
                    continue;
                }
            }
            // It takes no subscription, as of a task that has ended.
            if let Some(told) = self.read(task, seen).await {
                return Taken::Told(told);
            }
        }
        Taken::Lost(error)
    }

    /// What the task has come to, where nothing more will come of it.
    async fn read(&self, task: &str, seen: &Seen) -> Option<Bytes> {
        let asked = self
            .again
            .ask(&self.agent, A2aOperation::GetTask, (task, seen));
        let body = asked.await.ok()?.into_body();
        let Look::Whole(text, _) = Peeked::peek(body, MAX_TASK_BYTES).await else {
            return None;
        };
        let told = retold(&self.again, &text, seen.state)?;
        let rests = |state: TaskState| state.is_terminal() || state.is_interrupted();
        told.state.is_some_and(rests).then_some(told.events)
    }
}

fn decoder(how: Resume) -> SseDecoder {
    SseDecoder::new().with_max_event_bytes(how.max_event_bytes)
}

impl HttpBody for Resuming {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let this = self.get_mut();
        loop {
            match &mut this.stage {
                Stage::Open(body) => match ready!(Pin::new(body).poll_frame(cx)) {
                    Some(Ok(frame)) => {
                        let Ok(data) = frame.into_data() else {
                            continue;
                        };
                        let cut = this.cut(&data);
                        if this.is_refused {
                            this.stage = this.refused();
                            continue;
                        }
                        match cut {
                            Ok(whole) if whole.is_empty() => {}
                            Ok(whole) => return Poll::Ready(Some(Ok(Frame::data(whole)))),
                            Err(error) => {
                                this.stage = Stage::Over;
                                return Poll::Ready(Some(Err(error)));
                            }
                        }
                    }
                    Some(Err(error)) => this.stage = this.broken(Some(error)),
                    None => this.stage = this.broken(None),
                },
                Stage::Asking(taken) => match ready!(taken.as_mut().poll(cx)) {
                    Taken::Stream(body, attempts) => {
                        this.attempts = attempts;
                        this.is_fresh = true;
                        this.stage = Stage::Open(body);
                    }
                    Taken::Told(events) => {
                        this.stage = Stage::Over;
                        return Poll::Ready(Some(Ok(Frame::data(events))));
                    }
                    Taken::Lost(error) => {
                        this.stage = Stage::Over;
                        return Poll::Ready(error.map(Err));
                    }
                },
                Stage::Ending(held, error) => {
                    let (held, error) = (std::mem::take(held), error.take());
                    if !held.is_empty() {
                        this.stage = Stage::Ending(Bytes::new(), error);
                        return Poll::Ready(Some(Ok(Frame::data(held))));
                    }
                    this.stage = Stage::Over;
                    return Poll::Ready(error.map(Err));
                }
                Stage::Over => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for Resuming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resuming").finish_non_exhaustive()
    }
}
