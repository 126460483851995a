//! What the answer to a call tells of an agent of which nothing is known.

use agentgateway_core::{Body, Error, json, media};
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::Body as _;

use crate::{
    bridge::{answers, gather},
    wire::{A2aBinding, code},
};

/// The longest answer that is read for a doubt, in bytes: errors are short.
const ERROR_BYTES: usize = 64 * 1024;

/// What an agent has answered to a call as its client wrote it.
#[derive(Debug)]
pub(super) enum Heard {
    /// It has taken the call.
    Taken(Response<Body>),
    /// It has not, perhaps since it speaks something else. An agent may also tell what another one has answered:
    /// only calls that do nothing are asked again.
    Doubtful(Response<Body>),
}

/// Reads what is needed of the answer to a call in this binding.
///
/// # Errors
/// The answer's body failed.
pub(super) async fn heard(binding: A2aBinding, answer: Response<Body>) -> Result<Heard, Error> {
    let status = answer.status();
    let is_json = media::is_json(answer.headers()) && !media::is_coded(answer.headers());
    let by_status = matches!(
        status,
        StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::NOT_IMPLEMENTED
    );
    let may_be_error = (status.is_success() || by_status) && is_json && is_short(&answer);
    if !may_be_error {
        return Ok(if by_status && !is_json {
            Heard::Doubtful(answer)
        } else {
            Heard::Taken(answer)
        });
    }
    let (head, body) = answer.into_parts();
    let (text, _) = gather::whole(body, ERROR_BYTES).await?;
    let doubtful = match binding {
        A2aBinding::JsonRpc => refuses(&text) || (by_status && answers::read_rpc(&text).is_none()),
        // An error that says why is the agent's own.
        _ => by_status && !says_why(&text),
    };
    let answer = Response::from_parts(head, Body::from(text));
    Ok(if doubtful {
        Heard::Doubtful(answer)
    } else {
        Heard::Taken(answer)
    })
}

fn is_short(answer: &Response<Body>) -> bool {
    let told = answer.body().size_hint().upper();
    told.is_some_and(|bytes| bytes <= ERROR_BYTES as u64)
}

/// The method, or its version, is not known to the agent.
fn refuses(text: &Bytes) -> bool {
    let numbers = [
        agentgateway_core::jsonrpc::code::METHOD_NOT_FOUND,
        code::VERSION_NOT_SUPPORTED,
    ];
    matches!(answers::read_rpc(text), Some(Err(fault)) if numbers.contains(&fault.code))
}

/// A body of HTTP+JSON that names the protocol's own reason.
fn says_why(text: &[u8]) -> bool {
    let [error] = json::members(text, ["error"]).unwrap_or_default();
    let details = error.and_then(|error| json::members_of(error, ["details"]).ok());
    matches!(details, Some([Some(_)]))
}
