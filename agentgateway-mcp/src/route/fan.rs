use std::{
    future::{Future, poll_fn},
    task::Poll,
};

use agentgateway_core::{
    Error, ErrorKind,
    error::Origin,
    json::{self, Raw},
    jsonrpc::{Envelope, EnvelopeKind, RpcId, code, error_code},
};
use bytes::Bytes;
use futures_util::future::join_all;
use http::{Extensions, HeaderMap, Request, Response, StatusCode, response};
use tokio::time::timeout;

use super::{hub::Hub, known::Capabilities, reply, target::FederationTarget};
use crate::{
    bridge::{Answer, Ask, IncomingKind, edit},
    call::McpCall,
    wire::{META, McpMethod, MetaKey, ProtocolVersion},
};

/// Why a target did not answer a question that all are asked.
#[derive(Debug)]
pub(super) enum Failure {
    Late,
    Failed(Error),
    /// It answered with an error: the object, and under which status.
    Refused(StatusCode, Bytes),
}

impl Failure {
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Late => ErrorKind::Timeout.as_str(),
            Self::Failed(error) => error.kind().as_str(),
            Self::Refused(..) => "error",
        }
    }

    pub(super) fn code(&self) -> Option<i64> {
        let Self::Refused(_, error) = self else {
            return None;
        };
        error_code(Raw::parse(error).ok()?)
    }

    pub(super) fn lacks_method(&self) -> bool {
        self.code() == Some(code::METHOD_NOT_FOUND)
    }

    /// The answer to the client, when it is all that there is to say.
    pub(super) fn answer(
        self,
        target: &str,
        id: &RpcId,
    ) -> Result<Response<agentgateway_core::Body>, Error> {
        match self {
            Self::Late => Err(Error::new(
                ErrorKind::Timeout,
                format!("the server `{target}` did not answer in time"),
            )),
            Self::Failed(error) => Err(error),
            Self::Refused(status, error) => Ok(reply::refused(status, id, &error)),
        }
    }
}

/// What a client's request says beside its own params, for the questions that it makes us ask.
#[derive(Clone)]
pub(super) struct Origins {
    pub(super) headers: HeaderMap,
    pub(super) extensions: Extensions,
    /// Its `_meta`, without what is of the one request alone.
    meta: Bytes,
}

impl Origins {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        let meta = edit::member(request.body(), "params")
            .and_then(|params| edit::member(&params, META))
            .and_then(|meta| json::with_members(&meta, &[(MetaKey::PROGRESS_TOKEN, None)]).ok());
        let mut headers = request.headers().clone();
        let mirrored: Vec<_> = headers
            .keys()
            .filter(|name| name.as_str().starts_with("mcp-"))
            .cloned()
            .collect();
        for name in mirrored {
            headers.remove(name);
        }
        Self {
            headers,
            extensions: request.extensions().clone(),
            meta: meta.unwrap_or_else(|| Bytes::from_static(b"{}")),
        }
    }

    /// A request of our own, on behalf of the client.
    pub(super) fn ask(
        &self,
        method: &McpMethod,
        params: &[(&str, Option<Bytes>)],
    ) -> Result<Ask, Error> {
        let mut all = vec![(META, Some(self.meta.clone()))];
        all.extend_from_slice(params);
        let params = json::with_members(&Bytes::from_static(b"{}"), &all)?;
        let mut ask = Ask::new(&RpcId::from(0), method, &params).with_extensions(&self.extensions);
        *ask.headers_mut() = self.headers.clone();
        Ok(ask)
    }
}

/// How many events that say nothing are read before others get their turn.
pub(super) const AT_ONCE: usize = 32;

/// Gives others their turn.
pub(super) async fn rest() {
    let mut rested = false;
    poll_fn(|cx| {
        if rested {
            return Poll::Ready(());
        }
        rested = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Asks each of these targets at the same time; the answers come in their order.
pub(super) async fn each<'a, F, T>(
    targets: impl IntoIterator<Item = &'a FederationTarget>,
    ask: impl Fn(&'a FederationTarget) -> F,
) -> Vec<(&'a FederationTarget, T)>
where
    F: Future<Output = T>,
{
    let asked = targets.into_iter().map(|target| {
        let answer = ask(target);
        async move { (target, answer.await) }
    });
    join_all(asked).await
}

impl Hub {
    /// The result of a target's, within the deadline.
    pub(super) async fn ask(&self, target: &FederationTarget, ask: Ask) -> Result<Bytes, Failure> {
        match timeout(self.deadline, self.asked(target, ask)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Late),
        }
    }

    async fn asked(&self, target: &FederationTarget, mut ask: Ask) -> Result<Bytes, Failure> {
        let id = target.mint();
        ask.set_id(&id).map_err(Failure::Failed)?;
        let request = directed(ask, target).map_err(Failure::Failed)?;
        let answer = target.server.send(request).await.map_err(Failure::Failed)?;
        self.answered(target, &id, answer).await
    }

    /// The result in a target's answer to the request of this id.
    pub(super) async fn answered(
        &self,
        target: &FederationTarget,
        id: &RpcId,
        answer: Response<agentgateway_core::Body>,
    ) -> Result<Bytes, Failure> {
        let answer = Answer::read(answer, self.max_answer_bytes);
        match answer.await.map_err(Failure::Failed)? {
            Answer::Whole(head, text) => match IncomingKind::of(&text) {
                IncomingKind::Response(own) => self.result(target, id, own.as_ref(), &head, &text),
                _ => Err(Failure::Failed(no_answer(target, &head))),
            },
            Answer::Events(head, mut events) => {
                let mut read = 0_usize;
                while let Some(event) = events.next().await.map_err(Failure::Failed)? {
                    read += 1;
                    if read % AT_ONCE == 0 {
                        rest().await;
                    }
                    let IncomingKind::Response(own) = event.kind else {
                        continue;
                    };
                    if own.as_ref() == Some(id) {
                        return self.result(target, id, own.as_ref(), &head, &event.text);
                    }
                    self.counts.strange_answer(&target.name);
                }
                Err(Failure::Failed(no_answer(target, &head)))
            }
        }
    }

    fn result(
        &self,
        target: &FederationTarget,
        id: &RpcId,
        answered: Option<&RpcId>,
        head: &response::Parts,
        text: &Bytes,
    ) -> Result<Bytes, Failure> {
        let failed = |error| Failure::Failed(bad_answer(target, error));
        let envelope = Envelope::peek(text).map_err(|error| failed(error.to_string()))?;
        let own = answered == Some(id);
        // A server that could not read the request does not know its id.
        let nameless = answered.is_none_or(RpcId::is_null) && envelope.error.is_some();
        if envelope.kind != EnvelopeKind::Response || !(own || nameless) {
            self.counts.strange_answer(&target.name);
            return Err(failed("it answered another request".into()));
        }
        match (envelope.result, envelope.error) {
            (_, Some(error)) => {
                let error = json::slice_of(text, error).unwrap_or_default();
                Err(Failure::Refused(head.status, error))
            }
            (Some(result), None) => Ok(json::slice_of(text, result).unwrap_or_default()),
            (None, None) => Err(failed("it says neither a result nor an error".into())),
        }
    }

    /// What a target can: what is known, else what it says.
    pub(super) async fn capabilities(
        &self,
        target: &FederationTarget,
        origins: &Origins,
    ) -> Result<Capabilities, Failure> {
        if let Some(known) = target.known.now() {
            return Ok(known);
        }
        let ask = origins
            .ask(&McpMethod::SERVER_DISCOVER, &[])
            .map_err(Failure::Failed)?;
        match self.ask(target, ask).await {
            Ok(result) => Ok(target.known.learn(&result)),
            Err(failure) if failure.lacks_method() => Ok(Capabilities::ALL),
            Err(failure) => Err(failure),
        }
    }
}

/// The request as it goes to a target.
pub(super) fn directed(ask: Ask, target: &FederationTarget) -> Result<Request<Bytes>, Error> {
    let mut request = ask.into_modern(ProtocolVersion::LATEST)?;
    let extensions = request.extensions_mut();
    if let Some(call) = extensions.remove::<McpCall>() {
        extensions.insert(call.to(Some(&target.name)));
    }
    Ok(request)
}

/// A target that answered in HTTP, and not in MCP.
pub(super) fn no_answer(target: &FederationTarget, head: &response::Parts) -> Error {
    let kind = match head.status {
        StatusCode::TOO_MANY_REQUESTS => ErrorKind::RateLimited,
        StatusCode::SERVICE_UNAVAILABLE => ErrorKind::Unavailable,
        StatusCode::GATEWAY_TIMEOUT => ErrorKind::Timeout,
        _ => ErrorKind::BadAnswer,
    };
    let message = format!(
        "the server `{}` answered with status {} and no message of MCP",
        target.name,
        head.status.as_u16()
    );
    let error = Error::new(kind, message).with_origin(Origin::Upstream);
    match agentgateway_core::error::retry_after(&head.headers, None) {
        Some(delay) => error.with_retry_after(delay),
        None => error,
    }
}

pub(super) fn bad_answer(target: &FederationTarget, what: impl std::fmt::Display) -> Error {
    let message = format!("the server `{}` gave a bad answer: {what}", target.name);
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}
