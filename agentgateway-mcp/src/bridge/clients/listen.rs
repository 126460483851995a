use std::{future::pending, sync::Arc, time::Duration};

use agentgateway_core::{
    Body, Error, ErrorKind, error::Origin, json, jsonrpc::RpcId, seal::unguessable,
};
use bytes::Bytes;
use http::{Extensions, Request, Response};

use super::{
    greeting,
    kept::Kept,
    live::Live,
    questions::no_randomness,
    relay::describe,
    service::{Shared, post_alone},
    session::Session,
    stream::{Head, Reader, Sink, Stream, is_of_session},
};
use crate::{
    bridge::{Answer, Ask, Events, IncomingKind, edit},
    call::McpCall,
    wire::{META, McpMethod, MetaKey, ProtocolVersion},
};

/// How long to wait before the server is asked anew to tell of changes: twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// The kinds of changes that a server may tell of: its capability, and how it is asked.
const KINDS: [(&str, &str); 3] = [
    ("tools", "toolsListChanged"),
    ("prompts", "promptsListChanged"),
    ("resources", "resourcesListChanged"),
];

/// Answers a GET: takes a stream up again, or opens that of the session.
///
/// # Errors
/// There is nothing to be told of, or the stream to be taken up is not here.
pub(super) async fn answer(
    shared: Arc<Shared>,
    live: Arc<Live>,
    session: Session,
    call: &McpCall,
    request: Request<Bytes>,
) -> Result<Response<Body>, Error> {
    let mut missed = Vec::new();
    if let Some(last) = call.last_event_id().filter(|last| !last.is_empty()) {
        match shared.streams.find(&session.name, last) {
            Some((stream, event)) if stream.is_of_session() => missed = stream.behind(event),
            Some((stream, event)) => return Ok(taken_up(&shared, &stream, event)),
            // What was told meanwhile is lost, but what comes is not.
            None if is_of_session(last) => {}
            None => return Err(not_kept()),
        }
    }
    let extensions = request.extensions();
    let filter = Filter::of_server(&shared, extensions, &session).await;
    let Some(filter) = filter.map_err(not_gone)? else {
        return Err(post_alone());
    };
    let keep_alive = shared.settings.keep_alive;
    let mut reader = begin(&shared, live, session, filter, extensions.clone(), missed);
    match reader.head().await {
        Head::Open(head) => Ok(Response::from_parts(head, reader.into_body(keep_alive))),
        Head::Failed(error) => Err(error),
        Head::Whole(_) | Head::None => Err(not_kept()),
    }
}

/// The body that goes on behind an event of a request's stream.
fn taken_up(shared: &Shared, stream: &Arc<Stream>, event: u64) -> Response<Body> {
    let reader = stream.take_up(event);
    let (head, ()) = Response::new(()).into_parts();
    let head = super::stream::event_head(head);
    Response::from_parts(head, reader.into_body(shared.settings.keep_alive))
}

/// The stream of a session, from now on; the one that was it ends.
pub(super) fn begin(
    shared: &Arc<Shared>,
    live: Arc<Live>,
    session: Session,
    filter: Filter,
    extensions: Extensions,
    missed: Vec<Bytes>,
) -> Reader {
    let name = session.name.clone();
    let numbered = session.has_event_ids();
    let (streams, lives) = (shared.streams.clone(), live.clone());
    let shared = shared.clone();
    let reader = Stream::begin(&streams, &name, None, numbered, move |sink| {
        let listener = Listener {
            shared,
            live,
            session,
            filter,
            extensions,
            sink,
        };
        Box::pin(listener.run(missed))
    });
    lives.listen(reader.stream());
    reader.ends_with_reader()
}

/// Which kinds of changes a server tells of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter {
    kinds: [bool; 3],
    subscribes: bool,
    /// A server of an earlier revision tells whatever it likes.
    any: bool,
}

impl Filter {
    /// What the server says that it tells of; `None` where it never tells anything.
    ///
    /// # Errors
    /// It does not answer.
    pub(super) async fn of_server(
        shared: &Shared,
        extensions: &Extensions,
        session: &Session,
    ) -> Result<Option<Self>, Error> {
        let capabilities = greeting::capabilities(shared, extensions, session).await?;
        let says = |capability: &str, member: &str| {
            let own = edit::member(&capabilities, capability).unwrap_or_default();
            edit::member(&own, member).is_some_and(|said| said == "true")
        };
        let filter = Self {
            kinds: KINDS.map(|(capability, _)| says(capability, "listChanged")),
            subscribes: says("resources", "subscribe"),
            // It has answered, so it is known what it speaks.
            any: shared.server.may_be_earlier(),
        };
        let any = filter.any || filter.subscribes || filter.kinds.contains(&true);
        Ok(any.then_some(filter))
    }

    /// The params of `subscriptions/listen`; `None` when there is nothing to be told of now.
    fn params(self, uris: &[Box<str>]) -> Option<Bytes> {
        let kinds = KINDS.iter().zip(self.kinds).filter(|(_, has)| *has);
        let mut members: Vec<String> = kinds
            .map(|((_, name), _)| format!(r#""{name}":true"#))
            .collect();
        if self.subscribes && !uris.is_empty() {
            let uris: Vec<_> = uris.iter().map(|uri| json::quote(uri)).collect();
            members.push(format!(r#""resourceSubscriptions":[{}]"#, uris.join(",")));
        }
        let filter = members.join(",");
        (self.any || !filter.is_empty())
            .then(|| format!(r#"{{"notifications":{{{filter}}}}}"#).into())
    }
}

/// Tells a session of changes, for as long as its client listens.
struct Listener {
    shared: Arc<Shared>,
    live: Arc<Live>,
    session: Session,
    filter: Filter,
    extensions: Extensions,
    sink: Sink,
}

impl Listener {
    async fn run(self, missed: Vec<Bytes>) {
        let (head, ()) = Response::new(()).into_parts();
        self.sink.open(head, self.session.retry());
        self.sink.again(missed);
        let mut source;
        let mut pause = FIRST_PAUSE;
        loop {
            // It hears of changes from here on, before the subscriptions are read.
            let changed = self.live.subscriptions.notified();
            match self.source().await {
                // The one before is dropped when the server tells of the new set.
                Ok(next) => source = next,
                Err(error) => {
                    tracing::debug!(%error, "the server tells of no changes");
                    wait(&mut pause).await;
                    continue;
                }
            }
            tokio::select! {
                () = changed => pause = FIRST_PAUSE,
                told = self.follow(source.as_mut()) => {
                    drop(source.take());
                    if told {
                        pause = FIRST_PAUSE;
                    }
                    wait(&mut pause).await;
                }
            }
        }
    }

    /// The server's stream of what this session is to be told of; `None` where that is nothing.
    async fn source(&self) -> Result<Option<Events>, Error> {
        let kept = Kept::read(&self.shared, self.live.name()).await?;
        let Some(params) = self.filter.params(&kept.uris) else {
            return Ok(None);
        };
        let name = unguessable().ok_or_else(no_randomness)?;
        let id = RpcId::string(&format!("agw-{name}"));
        let mut ask = Ask::new(&id, &McpMethod::SUBSCRIPTIONS_LISTEN, &params)
            .with_extensions(&self.extensions);
        describe(&mut ask, &self.session, None)?;
        let request = ask.into_modern(ProtocolVersion::LATEST)?;
        let response = self.shared.server.send(request).await?;
        match Answer::read(response, self.shared.settings.max_answer_bytes).await? {
            Answer::Events(_, events) => Ok(Some(events)),
            Answer::Whole(head, _) => {
                let message = format!("the server has answered {} and no stream", head.status);
                Err(Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream))
            }
        }
    }

    /// Tells what the server tells, until it ends; whether it told anything. Without a source this never
    /// ends.
    async fn follow(&self, source: Option<&mut Events>) -> bool {
        let Some(events) = source else {
            return pending().await;
        };
        let mut told = false;
        while let Ok(Some(event)) = events.next().await {
            let IncomingKind::Notification(method) = event.kind else {
                break;
            };
            told = true;
            if method != McpMethod::NOTIFICATIONS_SUBSCRIPTIONS_ACKNOWLEDGED {
                self.sink.event(plain(event.text)).await;
            }
        }
        told
    }
}

/// Waits before the next try, and longer before the one behind it.
async fn wait(pause: &mut Duration) {
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}

/// A notification without what ties it to a subscription.
fn plain(message: Bytes) -> Bytes {
    let changed = edit::within(&message, "params", |params| {
        let params = edit::within(&params, META, |meta| {
            json::with_members(&meta, &[(MetaKey::SUBSCRIPTION_ID, None)])
        })?;
        if edit::member(&params, META).is_some_and(|meta| meta == "{}") {
            return json::with_members(&params, &[(META, None)]);
        }
        Ok(params)
    });
    changed.unwrap_or(message)
}

/// That the server is not there does not say that the session is not.
fn not_gone(error: Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound => Error::new(ErrorKind::Unavailable, error.message().to_owned()),
        _ => error,
    }
}

fn not_kept() -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "the stream that Last-Event-ID names is not kept here, or no longer",
    )
}
