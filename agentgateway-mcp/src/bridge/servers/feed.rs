//! The server's stream of what belongs to no request, as long as somebody listens.

use std::{
    pin::pin,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

use agentgateway_core::{
    Error, ErrorKind,
    jsonrpc::{RpcError, code::METHOD_NOT_FOUND},
};
use bytes::Bytes;
use futures_util::future::{Either, select};
use http::{Extensions, StatusCode};
use tracing::{Instrument as _, Span};

use super::{
    hub::{Feeder, Opening, Told},
    options::Options,
    session::{Session, answer},
    speaks::tells_nothing,
};
use crate::{
    McpServer,
    bridge::{Answer, Ask, Events, Incoming, IncomingKind},
    wire::McpMethod,
};

/// How long a server may take to cut its stream before it is not taken up again at once.
const RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(30);
/// How often in a row a stream is taken up that brings nothing.
const MAX_FAILURES: u32 = 8;

/// From where the messages come. It holds no session: who holds its feed may be one.
pub(super) struct Source {
    pub(super) server: McpServer,
    pub(super) session: Weak<Session>,
    pub(super) extensions: Extensions,
    pub(super) options: Options,
}

impl Source {
    /// Opens the stream, reads it as long as somebody listens, and takes it up when it is cut.
    pub(super) async fn feed(self, mut feeder: Feeder, span: Span) {
        let opened = {
            let (forsaken, opened) = (pin!(feeder.forsaken()), pin!(self.opened(span)));
            match select(forsaken, opened).await {
                Either::Left(_) => return,
                Either::Right((opened, _)) => opened,
            }
        };
        match opened {
            Ok(events) => {
                feeder.is_at(Opening::Open);
                self.read(events, feeder).await;
            }
            Err(state) => {
                if let Some(session) = self.session.upgrade() {
                    if state == Opening::Not {
                        session.is_mute.store(true, Ordering::Relaxed);
                    }
                    session.hub.is_over(&feeder);
                }
                feeder.is_at(state);
            }
        }
    }

    /// The stream. It is opened within the span of who wants it, as long as that one waits for it.
    async fn opened(&self, span: Span) -> Result<Events, Opening> {
        let mut opening = pin!(self.open());
        let waited_for = opening.as_mut().instrument(span);
        match tokio::time::timeout(self.options.listen_max, waited_for).await {
            Ok(opened) => opened,
            Err(_) => opening.await,
        }
    }

    async fn open(&self) -> Result<Events, Opening> {
        let request = self.session()?.stream(None, &self.extensions);
        let sent = self.server.send(request.map_err(failed)?);
        let response = sent.await.map_err(failed)?;
        let most = self.options.max_message_bytes;
        match Answer::read(response, most).await.map_err(failed)? {
            Answer::Events(head, events) if head.status.is_success() => Ok(events),
            Answer::Whole(head, text) if self.session()?.is_lost(head.status, &text) => {
                Err(self.doubted().await?)
            }
            Answer::Events(head, _) | Answer::Whole(head, _) => Err(without(head.status)),
        }
    }

    /// Asks whether the session stands: a server without a stream may say the same as one that does not know it.
    async fn doubted(&self) -> Result<Opening, Opening> {
        let ping = {
            let session = self.session()?;
            let ping = Ask::new(&session.mint(), &McpMethod::PING, &Bytes::new());
            session.request(ping.with_extensions(&self.extensions))
        };
        let sent = self.server.send(ping.map_err(failed)?);
        let answered = answer(sent.await.map_err(failed)?, &self.options).await;
        let (head, text) = answered.map_err(failed)?;
        let session = self.session()?;
        if session.is_lost(head.status, &text) {
            session.lose(head.status);
            return Ok(Opening::Lost);
        }
        Ok(Opening::Not)
    }

    fn session(&self) -> Result<Arc<Session>, Opening> {
        self.session.upgrade().ok_or(Opening::Lost)
    }

    async fn read(&self, mut events: Events, mut feeder: Feeder) {
        let mut after = None;
        let mut retry = RETRY;
        let mut failures = 0;
        loop {
            let next = {
                let (forsaken, next) = (pin!(feeder.forsaken()), pin!(events.next()));
                match select(forsaken, next).await {
                    Either::Left(_) => return,
                    Either::Right((next, _)) => next,
                }
            };
            if let (Ok(Some(incoming)), Some(session)) = (next, self.session.upgrade()) {
                failures = 0;
                after = incoming.event_id.clone().or(after);
                retry = incoming.retry.unwrap_or(retry).min(LONGEST_RETRY);
                said(&self.server, &session, &feeder, &self.extensions, &incoming);
                continue;
            }
            failures += 1;
            let taken_up = if failures > MAX_FAILURES {
                None
            } else {
                tokio::time::sleep(retry).await;
                self.take_up(after.as_ref()).await
            };
            match (taken_up, self.session.upgrade()) {
                (Some(again), _) => events = again,
                (None, Some(session)) => return session.hub.is_over(&feeder),
                (None, None) => return,
            }
        }
    }

    async fn take_up(&self, after: Option<&Bytes>) -> Option<Events> {
        let request = self
            .session
            .upgrade()?
            .stream(after, &self.extensions)
            .ok()?;
        let response = self.server.send(request).await.ok()?;
        let most = self.options.max_message_bytes;
        match Answer::read(response, most).await.ok()? {
            Answer::Events(head, events) if head.status.is_success() => Some(events),
            Answer::Events(..) | Answer::Whole(..) => None,
        }
    }
}

/// What an answer with this status means that brings no stream.
fn without(status: StatusCode) -> Opening {
    if status == StatusCode::NOT_IMPLEMENTED || !tells_nothing(status) {
        return Opening::Not;
    }
    Opening::Failed(if status.is_server_error() {
        ErrorKind::Unavailable
    } else {
        ErrorKind::BadAnswer
    })
}

#[expect(clippy::needless_pass_by_value, reason = "so `map_err` hands it over")]
fn failed(error: Error) -> Opening {
    Opening::Failed(error.kind())
}

fn said(
    server: &McpServer,
    session: &Session,
    feeder: &Feeder,
    extensions: &Extensions,
    incoming: &Incoming,
) {
    let answer = match &incoming.kind {
        IncomingKind::Notification(method) => {
            let is_log = *method == McpMethod::NOTIFICATIONS_MESSAGE;
            // Listeners of the newest revision are told of no logs: these are of requests.
            let is_heard = (session.calls.are_ones() || !is_log)
                && feeder.tell(Told::Message(incoming.text.clone()));
            if !is_heard && (session.calls.are_ones() || is_log) {
                session.calls.tell(incoming);
            }
            return;
        }
        IncomingKind::Request(id, method) if *method == McpMethod::PING => {
            super::relay::ping_answer(id)
        }
        IncomingKind::Request(..) if session.calls.ask(incoming) => return,
        // It is of no call that is known, so there is no client who could be asked.
        IncomingKind::Request(id, _) => {
            let message = "ask on the stream of the request that the question is about";
            RpcError::new(METHOD_NOT_FOUND, message).encode(id)
        }
        IncomingKind::Response(_) | IncomingKind::Other => return,
    };
    session.reply(server, answer, extensions);
}
