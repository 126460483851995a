use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use agentgateway_core::{
    Error,
    json::{self, JsonError, JsonType},
    jsonrpc::{Envelope, RpcId},
};
use bytes::Bytes;
use http::Request;
use tokio::time::{Instant, Sleep, sleep, timeout};

use super::{
    super::{
        edits::Edits,
        fan::{self, Failure, Origins},
        hub::Hub,
        list::on_behalf,
        target::FederationTarget,
    },
    wanted::{self, Wanted},
};
use crate::{
    bridge::{Answer, Events, Incoming, IncomingKind, edit},
    wire::{META, McpMethod, MetaKey},
};

/// How long to wait before a stream that ended is opened again: the first time, and at most.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// A stream that was open for so long was a good one.
const GOOD: Duration = Duration::from_secs(60);

/// The stream of one target, for as long as the client listens.
pub(super) struct Link {
    hub: Arc<Hub>,
    at: usize,
    request: Arc<Request<Bytes>>,
    /// What the client wants of this target; URIs are the target's.
    wanted: Wanted,
    state: State,
    failures: u32,
}

enum State {
    Opening(Opening),
    Open(Box<Opened>),
    Waiting(Pin<Box<Sleep>>),
    /// The target has nothing to tell of.
    Ended,
}

type Opening = Pin<Box<dyn Future<Output = Result<Opened, Failure>> + Send>>;

/// A stream that the target has acknowledged.
pub(super) struct Opened {
    events: Events,
    /// The id by which the target knows the subscription.
    minted: RpcId,
    /// What the target will tell of; URIs are the target's.
    will_tell: Wanted,
    since: Instant,
}

/// What a link has for the client.
pub(super) enum News {
    Message(Bytes),
    /// The stream is open again, and what was missed is not known.
    Again(Vec<McpMethod>),
}

impl Link {
    pub(super) fn new(
        hub: &Arc<Hub>,
        at: usize,
        request: &Arc<Request<Bytes>>,
        wanted: Wanted,
    ) -> Self {
        Self {
            hub: Arc::clone(hub),
            at,
            request: Arc::clone(request),
            wanted,
            state: State::Ended,
            failures: 0,
        }
    }

    pub(super) fn target(&self) -> Option<&FederationTarget> {
        self.hub.targets.get(self.at)
    }

    /// Opens the stream for the first time; what the target will tell of, with URIs as clients know them.
    pub(super) async fn open(&mut self) -> Result<Wanted, Failure> {
        match self.opening().await {
            Ok(opened) => {
                let mut will_tell = opened.will_tell.clone();
                if let Some(target) = self.target() {
                    let outer = |uri: &String| self.hub.naming.uri(&target.name, uri);
                    will_tell.uris = will_tell.uris.iter().map(outer).collect();
                    let outer = |task: &String| self.hub.naming.task(&target.name, task);
                    will_tell.tasks = will_tell.tasks.iter().map(outer).collect();
                }
                self.state = State::Open(Box::new(opened));
                Ok(will_tell)
            }
            Err(failure) if failure.lacks_method() => {
                self.state = State::Ended;
                Ok(Wanted::default())
            }
            Err(failure) => {
                self.wait();
                Err(failure)
            }
        }
    }

    fn opening(&self) -> Opening {
        let (hub, at) = (Arc::clone(&self.hub), self.at);
        let (request, wanted) = (Arc::clone(&self.request), self.wanted.clone());
        Box::pin(async move {
            let opened = open(&hub, at, &request, &wanted);
            match timeout(hub.deadline, opened).await {
                Ok(opened) => opened,
                Err(_) => Err(Failure::Late),
            }
        })
    }

    fn wait(&mut self) {
        let wait = FIRST_WAIT
            .saturating_mul(1 << self.failures.min(6))
            .min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.state = State::Waiting(Box::pin(sleep(wait)));
    }

    /// The next news of this target, as the client is told of them under its `id`.
    pub(super) fn poll_news(&mut self, cx: &mut Context<'_>, id: &RpcId) -> Poll<News> {
        for _ in 0..fan::AT_ONCE {
            match &mut self.state {
                State::Ended => return Poll::Pending,
                State::Waiting(sleep) => {
                    ready!(sleep.as_mut().poll(cx));
                    self.state = State::Opening(self.opening());
                }
                State::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                    Ok(opened) => {
                        let missed: Vec<_> = opened.will_tell.lists().collect();
                        for method in &missed {
                            self.hub.changed(self.at, method);
                        }
                        self.state = State::Open(Box::new(opened));
                        return Poll::Ready(News::Again(missed));
                    }
                    Err(failure) if failure.lacks_method() => self.state = State::Ended,
                    Err(_) => self.wait(),
                },
                State::Open(opened) => {
                    let event = ready!(pin!(opened.events.next()).poll(cx));
                    let minted = opened.minted.clone();
                    match event {
                        Ok(Some(event)) => match self.told(&event, &minted, id) {
                            Ok(Some(text)) => return Poll::Ready(News::Message(text)),
                            Ok(None) => {}
                            // What cannot be read is not told of; what comes after it may be.
                            Err(_) => self.hub.counts.strange_notification(),
                        },
                        Ok(None) | Err(_) => self.closed(),
                    }
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn closed(&mut self) {
        if let State::Open(opened) = &self.state {
            if opened.since.elapsed() >= GOOD {
                self.failures = 0;
            }
        }
        self.wait();
    }

    /// What the client is told of an event; `None` when it is not for it.
    fn told(
        &mut self,
        event: &Incoming,
        minted: &RpcId,
        id: &RpcId,
    ) -> Result<Option<Bytes>, JsonError> {
        match &event.kind {
            IncomingKind::Notification(method) => {
                self.notification(method, &event.text, minted, id)
            }
            IncomingKind::Response(answered) => {
                if answered.as_ref() == Some(minted) {
                    // The server ends the subscription.
                    self.closed();
                } else if let Some(target) = self.target() {
                    self.hub.counts.strange_answer(&target.name);
                }
                Ok(None)
            }
            IncomingKind::Request(..) => {
                self.hub.counts.server_request();
                Ok(None)
            }
            IncomingKind::Other => Ok(None),
        }
    }

    fn notification(
        &self,
        method: &McpMethod,
        text: &Bytes,
        minted: &RpcId,
        id: &RpcId,
    ) -> Result<Option<Bytes>, JsonError> {
        self.hub.changed(self.at, method);
        let told = |target: &&FederationTarget| {
            self.wanted.has(method) || target.tells_all(self.request.extensions())
        };
        let Some(target) = self.target().filter(told) else {
            return Ok(None);
        };
        let [params] = json::members(text, ["params"])?;
        let mut edits = Edits::new(text, self.hub.naming, &target.name);
        if let Some(params) = params.filter(|raw| json::type_of(*raw) == JsonType::Object) {
            wanted::told(&mut edits, method, params)?;
            let [meta] = json::members_of(params, [META])?;
            let of = match meta.filter(|raw| json::type_of(*raw) == JsonType::Object) {
                Some(meta) => {
                    let [of] = json::members_of(meta, [MetaKey::SUBSCRIPTION_ID])?;
                    of
                }
                None => None,
            };
            if of.is_some_and(|of| of.get().as_bytes() != minted.as_raw()) {
                self.hub.counts.strange_notification();
                return Ok(None);
            }
        }
        let Ok(text) = edits.finish() else {
            return Ok(None);
        };
        let id = [(MetaKey::SUBSCRIPTION_ID, Some(id.to_bytes()))];
        edit::within(&text, "params", |params| {
            edit::within(&params, META, |meta| json::with_members(&meta, &id))
        })
        .map(Some)
    }
}

/// Asks a target for its stream, and reads it up to the acknowledgement.
async fn open(
    hub: &Hub,
    at: usize,
    request: &Request<Bytes>,
    wanted: &Wanted,
) -> Result<Opened, Failure> {
    let failed = |error: Error| Failure::Failed(error);
    let tells_all = |target: &FederationTarget| target.tells_all(request.extensions());
    let is_for = |target: &&FederationTarget| !wanted.is_nothing() || tells_all(target);
    let Some(target) = hub.targets.get(at).filter(is_for) else {
        return Err(lacking());
    };
    let can = hub.capabilities(target, &Origins::of(request)).await?;
    let asks_for = wanted.of_server(can);
    // It has been asked what it can by now, so it is known what it speaks.
    if asks_for.is_nothing() && !tells_all(target) {
        return Err(lacking());
    }
    let minted = target.mint();
    let mut ask = on_behalf(request, &[]).map_err(failed)?;
    ask.change_params(|params| {
        edit::within(&params, "notifications", |filter| {
            asks_for.put_into(&filter)
        })
    })
    .map_err(failed)?;
    ask.set_id(&minted).map_err(failed)?;
    let request = fan::directed(ask, target).map_err(failed)?;
    let answer = target.server.send(request).await.map_err(failed)?;
    match Answer::read(answer, hub.max_answer_bytes)
        .await
        .map_err(failed)?
    {
        Answer::Whole(head, text) => {
            let error = Envelope::peek(&text)
                .ok()
                .and_then(|envelope| json::slice_of(&text, envelope.error?));
            Err(match error {
                Some(error) => Failure::Refused(head.status, error),
                None => failed(fan::no_answer(target, &head)),
            })
        }
        Answer::Events(head, mut events) => loop {
            let Some(event) = events.next().await.map_err(failed)? else {
                return Err(failed(fan::no_answer(target, &head)));
            };
            match event.kind {
                IncomingKind::Notification(method)
                    if method == McpMethod::NOTIFICATIONS_SUBSCRIPTIONS_ACKNOWLEDGED =>
                {
                    let bad = |error: JsonError| failed(fan::bad_answer(target, error));
                    return Ok(Opened {
                        events,
                        minted,
                        will_tell: acknowledged(&event.text).map_err(bad)?,
                        since: Instant::now(),
                    });
                }
                IncomingKind::Response(_) => {
                    return Err(match edit::member(&event.text, "error") {
                        Some(error) => Failure::Refused(head.status, error),
                        None => failed(fan::bad_answer(target, "it ends a subscription at once")),
                    });
                }
                _ => fan::rest().await,
            }
        },
    }
}

fn acknowledged(text: &Bytes) -> Result<Wanted, JsonError> {
    let [params] = json::members(text, ["params"])?;
    let Some(params) = params else {
        return Ok(Wanted::default());
    };
    let [filter] = json::members_of(params, ["notifications"])?;
    filter.map_or_else(|| Ok(Wanted::default()), Wanted::read)
}

/// As a server says it that has no subscriptions.
fn lacking() -> Failure {
    let error = Bytes::from_static(br#"{"code":-32601,"message":"it has none"}"#);
    Failure::Refused(http::StatusCode::NOT_FOUND, error)
}
