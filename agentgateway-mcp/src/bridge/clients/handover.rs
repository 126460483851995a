//! A client's answers that come to another replica than the one that asked.
//!
//! A question's id is sealed and tells which replica waits. Another one puts the answer where all replicas
//! that share the store look for it.

use std::time::Duration;

use agentgateway_core::{
    Error,
    json::{self, Raw},
    jsonrpc::RpcId,
    seal::{Seal, unguessable},
};
use bytes::Bytes;

use super::{kept::away, questions::no_randomness, service::Shared};

const QUESTION: &str = "mcp client question";
const ANSWER: &str = "mcp client answer";

/// How often the one that asked looks whether its answer has come elsewhere.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Which replica this is, as long as it runs.
pub(super) fn home() -> Box<str> {
    unguessable().unwrap_or_default().into()
}

/// The id of a question to this session, which nobody else can make.
///
/// # Errors
/// A system without randomness.
pub(super) fn question(shared: &Shared, session: &str) -> Result<RpcId, Error> {
    if shared.home.is_empty() {
        return Err(no_randomness());
    }
    let expires = (shared.settings.clock)() + shared.settings.answer_within;
    let seal = Seal::new(QUESTION).bound_to(session);
    let sealed = shared.sealer.seal(seal, shared.home.as_bytes(), expires);
    Ok(RpcId::string(&sealed))
}

/// Leaves an answer that nobody waits for here to the replica that waits. One to no question is nothing.
///
/// # Errors
/// The store does not take it.
pub(super) async fn leave(
    shared: &Shared,
    session: &str,
    id: &RpcId,
    answer: &Bytes,
) -> Result<(), Error> {
    let Some(text) = text(id) else {
        return Ok(());
    };
    let now = (shared.settings.clock)();
    let seal = Seal::new(QUESTION).bound_to(session);
    let home = shared.sealer.open(seal, &text, now);
    // One that was asked here is late, or has been answered.
    if home.is_none_or(|home| home == shared.home.as_bytes()) {
        return Ok(());
    }
    let within = shared.settings.answer_within;
    let seal = Seal::new(ANSWER).bound_to(&text);
    let sealed = shared.sealer.seal(seal, answer, now + within);
    let stored = shared.store.put(&key(&text), sealed.into(), within);
    stored.wait().await.map_err(away)
}

/// Waits until another replica leaves the answer to this question.
///
/// # Cancel safety
/// Dropping the future leaves the answer where it is, for as long as a question waits.
pub(super) async fn fetched(shared: &Shared, id: &RpcId) -> Bytes {
    let text = text(id).unwrap_or_default();
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        // A store that is away now may be there when it is asked again.
        let Ok(Some(sealed)) = shared.store.get(&key(&text)).wait().await else {
            continue;
        };
        let seal = Seal::new(ANSWER).bound_to(&text);
        let plain = std::str::from_utf8(&sealed)
            .ok()
            .and_then(|sealed| shared.sealer.open(seal, sealed, (shared.settings.clock)()));
        if let Some(plain) = plain {
            let _ = shared.store.remove(&key(&text)).wait().await;
            return plain.into();
        }
    }
}

fn text(id: &RpcId) -> Option<String> {
    let raw = Raw::parse(id.as_raw()).ok()?;
    json::string(raw).map(Into::into)
}

fn key(question: &str) -> String {
    format!("mcp-answer:{question}")
}
