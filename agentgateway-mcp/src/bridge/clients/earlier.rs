//! What the newest revision has no word for is said to servers of earlier ones, where such stand inside.

use agentgateway_core::{Body, Error, ErrorKind, error::Origin, jsonrpc::RpcId};
use bytes::Bytes;
use http::{Request, Response};

use super::{
    local,
    relay::describe,
    reply::{self, Reply},
    service::Shared,
    session::Session,
};
use crate::{
    bridge::{Answer, Ask, IncomingKind},
    wire::{McpMethod, ProtocolVersion},
};

/// What has become of a request that no server of the newest revision has.
pub(super) enum Heard {
    /// No server of an earlier revision stands inside: it is answered here.
    Nowhere,
    /// Its server agrees.
    Taken,
    /// Its server refuses it, as its client is told.
    Refused(Response<Body>),
}

/// Asks the servers of earlier revisions.
///
/// # Errors
/// They do not answer.
pub(super) async fn ask(
    shared: &Shared,
    session: &Session,
    (id, method): (&RpcId, &McpMethod),
    request: Request<Bytes>,
) -> Result<Heard, Error> {
    let Some(answer) = said(shared, session, request).await? else {
        return Ok(Heard::Nowhere);
    };
    let (head, message) = match Answer::read(answer, shared.settings.max_answer_bytes).await? {
        Answer::Whole(head, message) => (head, message),
        Answer::Events(head, mut events) => loop {
            let event = events.next().await?.ok_or_else(strange)?;
            if matches!(event.kind, IncomingKind::Response(_)) {
                break (head, event.text);
            }
        },
    };
    match Reply::read(&message, id)? {
        Some(Reply::Result(_)) => Ok(Heard::Taken),
        Some(Reply::Error(code, error)) => {
            let message = reply::error(&message, id, method, code, &error)?;
            Ok(Heard::Refused(local::json_with(head, message)))
        }
        Some(Reply::InputRequired(_)) | None => Err(strange()),
    }
}

/// Tells the servers of earlier revisions.
///
/// # Errors
/// What is told is no message.
pub(super) async fn tell(
    shared: &Shared,
    session: &Session,
    request: Request<Bytes>,
) -> Result<(), Error> {
    said(shared, session, request).await.map(drop)
}

async fn said(
    shared: &Shared,
    session: &Session,
    request: Request<Bytes>,
) -> Result<Option<Response<Body>>, Error> {
    if !shared.server.may_be_earlier() {
        return Ok(None);
    }
    let mut ask = Ask::of(request);
    describe(&mut ask, session, None)?;
    let request = ask.into_modern(ProtocolVersion::LATEST)?;
    shared.server.send_earlier(request).await
}

fn strange() -> Error {
    let message = "the server's answer is no answer to the request";
    Error::new(ErrorKind::BadAnswer, message).with_origin(Origin::Upstream)
}
