//! What a client of an earlier revision says that the newest one has no word for: an earlier server hears it.

use std::{sync::Arc, sync::PoisonError, time::Duration};

use agentgateway_core::{Body, jsonrpc::RpcId};
use bytes::Bytes;
use http::Response;

use super::{
    level::Level,
    options::Options,
    outward::accepted,
    server::{Failed, Inner},
    session::{Session, SessionKey, answer},
    wanted::Wanted,
};
use crate::{
    bridge::{Ask, edit},
    call::{McpCall, McpKind},
    wire::McpMethod,
};

/// How long a server may take to a notification.
const PASSING: Duration = Duration::from_secs(10);

impl Inner {
    /// Says it in the session of its client.
    ///
    /// # Source
    /// MCP 2025-11-25, Logging; Resources, Subscriptions; Roots, Root list changes.
    pub(super) async fn earlier(
        self: &Arc<Self>,
        ask: Ask,
        call: &McpCall,
    ) -> Result<Response<Body>, Failed> {
        let body = ask.body().clone();
        let wanted = Wanted::read(&body)?;
        let key = SessionKey::of(ask.extensions(), wanted.capabilities)?;
        match (call.kind(), call.id(), call.method()) {
            (McpKind::Request, Some(id), Some(method)) => {
                let session = self.session(&key, &ask).await?;
                if *method == McpMethod::LOGGING_SET_LEVEL {
                    will_log(&session, &body);
                }
                let ask = (&ask, &wanted);
                let answer = Box::pin(self.called(ask, call, &key, (id, method))).await?;
                self.heard_of(&session, call, answer).await
            }
            _ => Ok(self.told((&ask, &wanted), &key).await?),
        }
    }

    /// A notification: of the session that its client has with the server, if there is one. Another client's is taken,
    /// and that is all: an earlier server has no notion of it.
    pub(super) async fn told(
        &self,
        (ask, wanted): (&Ask, &Wanted<'_>),
        key: &SessionKey,
    ) -> Result<Response<Body>, agentgateway_core::Error> {
        let session = self.sessions.standing(key).filter(|_| key.is_ones());
        if let Some(session) = session {
            let text = wanted.legacy(ask.body(), &RpcId::null())?;
            let sending = self.server.send(session.request(ask.with_body(text))?);
            // It has no answer, and what goes wrong with it is nothing to its client.
            let _ = tokio::time::timeout(PASSING, sending).await;
        }
        Ok(accepted())
    }

    /// Remembers to what a client has subscribed by itself, where the server agrees.
    async fn heard_of(
        &self,
        session: &Session,
        call: &McpCall,
        response: Response<Body>,
    ) -> Result<Response<Body>, Failed> {
        let (head, text) = whole(response, &self.options).await?;
        let is_taken = edit::member(&text, "result").is_some();
        if let Some(uri) = call.resource().filter(|_| is_taken) {
            if call.is(&McpMethod::RESOURCES_SUBSCRIBE) {
                session.hub.hold(uri);
            } else {
                session.hub.let_go(uri);
            }
        }
        Ok(Response::from_parts(head, text.into()))
    }
}

/// From which level on the server will log, if it agrees; if not, it is asked anew with the next call that needs more.
fn will_log(session: &Session, body: &Bytes) {
    let params = edit::member(body, "params").unwrap_or_default();
    if let Some(level) = edit::text(&params, "level").and_then(|level| Level::of(&level)) {
        let mut known = session
            .log_level
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some(level);
    }
}

/// The answer in one piece, whatever form it has.
async fn whole(
    response: Response<Body>,
    options: &Options,
) -> Result<(http::response::Parts, Bytes), agentgateway_core::Error> {
    let (mut head, text) = answer(response, options).await?;
    let json = http::HeaderValue::from_static("application/json");
    head.headers.insert(http::header::CONTENT_TYPE, json);
    Ok((head, text))
}
