use std::{
    collections::BTreeMap,
    fmt::Write as _,
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::SystemTime,
};

use agentgateway_core::{json, seal::Seal};
use bytes::Bytes;
use http::StatusCode;
use ring::digest::{Context, SHA256, SHA256_OUTPUT_LEN};
use serde_json::Value;
use tokio::time::Instant;

use super::{
    relay::{Relay, RelayedCall, answer_in, substance},
    server::Inner,
    session::Session,
};
use crate::{
    bridge::Refusal,
    wire::{META, MetaKey, error::INVALID_PARAMS},
};

const PURPOSE: &str = "mcp.round";
/// The state of a call that is simply made again.
const AGAIN: &str = "again";

/// The answers of earlier servers that wait for what their clients have been asked.
#[derive(Debug)]
pub(super) struct Rounds {
    /// Tells the rounds of this replica from those of others.
    home: u64,
    next: AtomicU64,
    waiting: Mutex<Parked>,
}

#[derive(Debug, Default)]
struct Parked {
    /// By their numbers, the oldest first.
    all: BTreeMap<u64, Waiting>,
    /// A task waits for the next one that is late.
    is_reaped: bool,
}

#[derive(Debug)]
struct Waiting {
    relay: Relay,
    until: Instant,
}

impl Default for Rounds {
    fn default() -> Self {
        Self {
            home: RandomState::new().build_hasher().finish(),
            next: AtomicU64::new(0),
            waiting: Mutex::default(),
        }
    }
}

/// What a retry is of.
pub(super) enum Retried {
    /// A call whose answer waits for the client's.
    Waiting(Box<Relay>),
    /// A call that is made anew.
    Again,
}

impl Inner {
    /// Lets an answer wait, and says to its client what the server wants to know.
    pub(super) fn park(self: &Arc<Self>, relay: Relay) -> Bytes {
        relay.waits(true);
        let number = self.rounds.next.fetch_add(1, Ordering::Relaxed);
        let state = self.sealed(&relay.call, &format!("{:x}.{number:x}", self.rounds.home));
        let mut asked = Vec::new();
        for (at, question) in relay.questions.iter().enumerate() {
            if at > 0 {
                asked.push(b',');
            }
            question.asked(&mut asked);
        }
        let text = self.round(&relay.call, &relay.session, &asked, &state);
        let until = Instant::now() + self.options.round_lifetime;
        let crowded_out = {
            let mut parked = self.rounds.lock();
            let is_full = parked.all.len() >= self.options.max_rounds;
            let oldest = is_full.then(|| parked.all.pop_first()).flatten();
            parked.all.insert(number, Waiting { relay, until });
            if !std::mem::replace(&mut parked.is_reaped, true) {
                tokio::spawn(reap(Arc::downgrade(self), until));
            }
            oldest
        };
        drop(crowded_out);
        // The task that looks may have gone with its runtime.
        while let Ok(late) = self.rounds.late(false) {
            drop(late);
        }
        text
    }

    /// What this state stands for.
    ///
    /// # Errors
    /// It was not given for this call, to this caller; has expired, was used, or is of another replica.
    pub(super) fn retried(&self, call: &RelayedCall, state: &str) -> Result<Retried, Refusal> {
        let opened = self
            .options
            .sealer
            .open(seal(call), state, SystemTime::now())
            .and_then(|plain| String::from_utf8(plain).ok())
            .ok_or_else(unknown)?;
        let (what, asked) = opened.split_once('\n').ok_or_else(unknown)?;
        if asked != digest(&call.params) || !opened_for(call, what) {
            return Err(unknown());
        }
        let (_, place) = what.split_once(' ').ok_or_else(unknown)?;
        if place == AGAIN {
            return Ok(Retried::Again);
        }
        let number = place
            .split_once('.')
            .filter(|(home, _)| u64::from_str_radix(home, 16) == Ok(self.rounds.home))
            .and_then(|(_, number)| u64::from_str_radix(number, 16).ok())
            .ok_or_else(unknown)?;
        let waiting = self.rounds.lock().all.remove(&number);
        let waiting = waiting.ok_or_else(unknown)?;
        Ok(Retried::Waiting(Box::new(waiting.relay)))
    }

    /// The state of a call that is made again as it was.
    pub(super) fn again(&self, call: &RelayedCall) -> String {
        self.sealed(call, AGAIN)
    }

    fn sealed(&self, call: &RelayedCall, place: &str) -> String {
        // Not the params themselves: the state comes back beside them, and both have to pass where they did.
        let plain = format!("{} {place}\n{}", call.method, digest(&call.params));
        let expires = SystemTime::now() + self.options.round_lifetime;
        let sealer = &self.options.sealer;
        sealer.seal(seal(call), plain.as_bytes(), expires)
    }

    /// The result that asks a client these questions.
    ///
    /// # Source
    /// MCP 2026-07-28, Patterns, Multi round-trip requests.
    pub(super) fn round(
        &self,
        call: &RelayedCall,
        session: &Session,
        asked: &[u8],
        state: &str,
    ) -> Bytes {
        let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        text.extend_from_slice(call.id.as_raw());
        text.extend_from_slice(br#","result":{"resultType":"input_required","inputRequests":{"#);
        text.extend_from_slice(asked);
        text.extend_from_slice(br#"},"requestState":"#);
        text.extend_from_slice(json::quote(state).as_bytes());
        if let Some(info) = session.server_info() {
            text.extend_from_slice(b",");
            text.extend_from_slice(json::quote(META).as_bytes());
            text.extend_from_slice(b":{");
            text.extend_from_slice(json::quote(MetaKey::SERVER_INFO).as_bytes());
            text.extend_from_slice(b":");
            text.extend_from_slice(&info);
            text.extend_from_slice(b"}");
        }
        text.extend_from_slice(b"}}");
        text.into()
    }
}

impl Rounds {
    fn lock(&self) -> std::sync::MutexGuard<'_, Parked> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes out a round that is late. Where none is, it tells until when the next one waits; where none waits at all,
    /// the task that looks ends.
    fn late(&self, by_task: bool) -> Result<Waiting, Option<Instant>> {
        let mut parked = self.lock();
        let Some(first) = parked.all.first_entry() else {
            parked.is_reaped &= !by_task;
            return Err(None);
        };
        let until = first.get().until;
        if until <= Instant::now() {
            return Ok(first.remove());
        }
        Err(Some(until))
    }
}

/// Ends the rounds of clients that do not come back: no request is about them any more. One task does so for all of a
/// server's, as long as there are any.
async fn reap(inner: Weak<Inner>, mut until: Instant) {
    loop {
        tokio::time::sleep_until(until).await;
        let Some(inner) = inner.upgrade() else {
            return;
        };
        until = loop {
            match inner.rounds.late(true) {
                Ok(late) => drop(late),
                Err(Some(next)) => break next,
                Err(None) => return,
            }
        };
    }
}

impl Relay {
    /// Gives the server what its client has answered; the questions that are left stay.
    ///
    /// # Errors
    /// The server does not take an answer.
    pub(super) async fn answered(
        &mut self,
        given: &Bytes,
    ) -> Result<bool, agentgateway_core::Error> {
        let mut any = false;
        let mut left = Vec::new();
        for question in std::mem::take(&mut self.questions) {
            let Some(result) = answer_in(given, &question.key) else {
                left.push(question);
                continue;
            };
            any = true;
            let ask = crate::bridge::Ask::message(question.answered(&result))
                .with_extensions(&self.call.extensions);
            let request = self.session.request(ask)?;
            let response = self.inner.server.send(request).await?;
            if !response.status().is_success() {
                return Err(super::session::bad(
                    "the server does not take the client's answer",
                ));
            }
        }
        self.unanswered = left.len();
        self.questions = left;
        Ok(any)
    }
}

fn seal(call: &RelayedCall) -> Seal<'_> {
    Seal::new(PURPOSE).bound_to(&call.caller)
}

fn opened_for(call: &RelayedCall, what: &str) -> bool {
    what.split_once(' ')
        .is_some_and(|(method, _)| call.method == *method)
}

/// A digest of params, in hexadecimal. Texts that say the same have the same: a client may write its params anew.
fn digest(params: &Bytes) -> String {
    let mut context = Context::new(&SHA256);
    match serde_json::from_slice::<Value>(params) {
        Ok(params) => digest_value(&mut context, &params),
        Err(_) => digest_part(&mut context, b'?', params),
    }
    context.finish().as_ref().iter().fold(
        String::with_capacity(2 * SHA256_OUTPUT_LEN),
        |mut text, byte| {
            // Writing to a text does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        },
    )
}

fn digest_value(context: &mut Context, value: &Value) {
    let mut part = |kind, text: &str| digest_part(context, kind, text.as_bytes());
    match value {
        Value::Null => part(b'0', ""),
        Value::Bool(is) => part(b'b', if *is { "1" } else { "" }),
        Value::Number(number) => part(b'n', &number.to_string()),
        Value::String(text) => part(b's', text),
        Value::Array(values) => {
            part(b'a', &values.len().to_string());
            for value in values {
                digest_value(context, value);
            }
        }
        Value::Object(members) => {
            part(b'o', &members.len().to_string());
            let members: BTreeMap<_, _> = members.iter().collect();
            for (key, value) in members {
                digest_part(context, b'k', key.as_bytes());
                digest_value(context, value);
            }
        }
    }
}

/// One part with its kind and its length, so that no two sequences of them look alike.
fn digest_part(context: &mut Context, kind: u8, text: &[u8]) {
    context.update(&[kind]);
    context.update(&(text.len() as u64).to_be_bytes());
    context.update(text);
}

fn unknown() -> Refusal {
    let message = "params.requestState is not one that was given for this call, or has expired; call \
                   again without it";
    Refusal::new(StatusCode::OK, INVALID_PARAMS, message)
}

/// The params of a request, as a retry must repeat them.
pub(super) fn repeated(params: &Bytes) -> Bytes {
    Bytes::copy_from_slice(&substance(params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_say_the_same_have_one_digest() {
        let of = |text: &'static str| digest(&Bytes::from_static(text.as_bytes()));
        let params = of(r#"{"name":"t","arguments":{"a":1,"b":[true,null,"x"]}}"#);
        let same = r#"{ "arguments": {"b":[true,null,"\u0078"], "a":1}, "name":"t" }"#;
        assert_eq!(of(same), params);
        for other in [
            r#"{"name":"t","arguments":{"a":2,"b":[true,null,"x"]}}"#,
            r#"{"name":"t","arguments":{"a":"1","b":[true,null,"x"]}}"#,
            r#"{"name":"t","arguments":{"a":1,"b":[true,[null],"x"]}}"#,
            r#"{"name":"t","arguments":{"a":1},"b":[true,null,"x"]}"#,
            r#"{"name":"t","arguments":{"a":1,"b":[true,null,"x"]}"#,
        ] {
            assert_ne!(of(other), params, "{other}");
        }
    }
}
