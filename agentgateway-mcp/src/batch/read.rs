use std::{borrow::Cow, collections::HashSet};

use agentgateway_core::{
    json::{self, Raw},
    jsonrpc::{Envelope, EnvelopeKind, RpcId},
};
use bytes::Bytes;

use crate::wire::McpMethod;

/// One message of a batch.
#[derive(Debug)]
pub(super) struct Message {
    /// As it was written.
    pub(super) text: Bytes,
    /// The id of a request; `None` for what has no answer.
    pub(super) id: Option<RpcId>,
}

/// Why a batch is none, in the extensions of its request: for the protocol layer, which refuses it.
#[derive(Clone, Debug)]
pub(crate) struct Unfit(Cow<'static, str>);

impl Unfit {
    /// The words for the client.
    pub(crate) fn words(&self) -> Cow<'static, str> {
        self.0.clone()
    }
}

/// The messages of a batch; `None` when the body is no array, and somebody else's to judge.
pub(super) fn read(body: &Bytes, max_messages: usize) -> Option<Result<Vec<Message>, Unfit>> {
    if !body.trim_ascii_start().starts_with(b"[") {
        return None;
    }
    let array = Raw::parse(body).ok()?;
    let mut texts = Vec::new();
    let mut count = 0_usize;
    json::elements(array, |element| {
        count = count.saturating_add(1);
        if count <= max_messages {
            texts.extend(json::slice_of(body, element));
        }
    })
    .ok()?;
    Some(match count {
        0 => Err(Unfit("the batch is empty; send a message in it".into())),
        count if count > max_messages => Err(Unfit(
            format!("the batch has {count} messages; send {max_messages} at most").into(),
        )),
        _ => messages(texts),
    })
}

fn messages(texts: Vec<Bytes>) -> Result<Vec<Message>, Unfit> {
    let mut ids = HashSet::new();
    let mut messages = Vec::with_capacity(texts.len());
    for (at, text) in texts.into_iter().enumerate() {
        let envelope = Envelope::peek(&text).map_err(|error| {
            let number = at.saturating_add(1);
            Unfit(format!("message {number} of the batch is none: {error}").into())
        })?;
        let is_request = envelope.kind == EnvelopeKind::Request;
        if envelope.method.as_deref() == Some(McpMethod::INITIALIZE.as_str()) {
            let words = "initialize is no part of a batch; send it in a POST of its own";
            return Err(Unfit(words.into()));
        }
        let id = envelope.id.filter(|_| is_request);
        if let Some(id) = &id {
            if !ids.insert(meant(id)) {
                let words = format!("the id {id} is there twice in the batch; give each its own");
                return Err(Unfit(words.into()));
            }
        }
        messages.push(Message { text, id });
    }
    Ok(messages)
}

/// What an id means, however it is spelled: servers may answer to another spelling.
fn meant(id: &RpcId) -> String {
    let Ok(raw) = Raw::parse(id.as_raw()) else {
        return String::new();
    };
    if id.is_string() {
        let text = json::string(raw).unwrap_or_default();
        return format!("\"{text}");
    }
    match (raw.get().parse::<i128>(), raw.get().parse::<f64>()) {
        (Ok(whole), _) => whole.to_string(),
        // 1.0 is 1.
        (_, Ok(number)) => format!("{number}"),
        _ => raw.get().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str, most: usize) -> Option<Result<Vec<Option<String>>, String>> {
        let found = super::read(&Bytes::copy_from_slice(body.as_bytes()), most)?;
        let ids = |found: Vec<Message>| {
            let id = |message: Message| message.id.map(|id| id.to_string());
            found.into_iter().map(id).collect()
        };
        Some(found.map(ids).map_err(|unfit| unfit.words().into_owned()))
    }

    fn request(id: &str) -> String {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#)
    }

    #[test]
    fn tells_messages_apart() {
        let body = format!(
            r#" [ {}, {{"jsonrpc":"2.0","method":"notifications/x"}},{{"jsonrpc":"2.0","id":1,"result":{{}}}} , {}]"#,
            request("1"),
            request("\"1\""),
        );
        let found = read(&body, 4).unwrap().unwrap();
        let id = |text: &str| Some(text.to_owned());
        assert_eq!(found, [id("1"), None, None, id("\"1\"")]);
    }

    #[test]
    fn what_is_no_array_is_for_others() {
        for body in ["", "{}", "[", "1", "[1]]"] {
            assert!(read(body, 4).is_none(), "{body}");
        }
    }

    #[test]
    fn refuses_what_is_no_batch() {
        let two = |one: &str, other: &str| format!("[{},{}]", request(one), request(other));
        let initialize = r#"[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}}]"#;
        for (body, words) in [
            ("[]".to_owned(), "empty"),
            ("[1]".to_owned(), "message 1"),
            (format!("[{},[]]", request("1")), "message 2"),
            (initialize.to_owned(), "initialize"),
            (two("1", "1"), "twice"),
            (two("1", "1.0"), "twice"),
            (two("\"a\"", "\"\\u0061\""), "twice"),
            (
                format!("[{},{},{}]", request("1"), request("2"), request("3")),
                "3 messages; send 2",
            ),
        ] {
            let refused = read(&body, 2).unwrap().unwrap_err();
            assert!(refused.contains(words), "{body}: {refused}");
        }
    }
}
