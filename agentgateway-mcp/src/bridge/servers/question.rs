use agentgateway_core::{json, jsonrpc::RpcId};
use bytes::Bytes;

use crate::{
    bridge::{Incoming, edit},
    wire::{META, McpMethod},
};

/// By this member of its `params._meta` an earlier server may say under which key its question is asked.
///
/// So a client that knows the tool can answer before it is asked.
pub(super) const INPUT_KEY: &str = "agentgateway.dev/input-key";

/// What an earlier server asks its client for in the middle of a call.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// Under which key the client is asked.
    pub(super) key: String,
    /// The id of the server's request.
    pub(super) id: RpcId,
    pub(super) kind: Kind,
    params: Option<Bytes>,
}

/// What a client can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Elicitation,
    Sampling,
    Roots,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Elicitation, Self::Sampling, Self::Roots];

    pub(super) fn of(method: &McpMethod) -> Option<Self> {
        Some(match method.as_str() {
            "elicitation/create" => Self::Elicitation,
            "sampling/createMessage" => Self::Sampling,
            "roots/list" => Self::Roots,
            _ => return None,
        })
    }

    const fn method(self) -> &'static str {
        match self {
            Self::Elicitation => "elicitation/create",
            Self::Sampling => "sampling/createMessage",
            Self::Roots => "roots/list",
        }
    }

    /// The capability that a client has who can be asked for it.
    pub(super) const fn capability(self) -> &'static str {
        match self {
            Self::Elicitation => "elicitation",
            Self::Sampling => "sampling",
            Self::Roots => "roots",
        }
    }
}

impl Question {
    /// The question that a request of a server's is, the `count`th of its call.
    pub(super) fn new(incoming: &Incoming, id: &RpcId, kind: Kind, count: usize) -> Self {
        let params = edit::member(&incoming.text, "params");
        let meta = params
            .as_ref()
            .and_then(|params| edit::member(params, META));
        let hint = meta.and_then(|meta| edit::text(&meta, INPUT_KEY));
        let key = hint.filter(|hint| !hint.is_empty() && hint.len() <= 128);
        Self {
            key: key.unwrap_or_else(|| format!("{}_{count}", kind.capability())),
            id: id.clone(),
            kind,
            params,
        }
    }

    /// How a client of 2026-07-28 is asked: a member of `inputRequests`.
    pub(super) fn asked(&self, text: &mut Vec<u8>) {
        text.extend_from_slice(json::quote(&self.key).as_bytes());
        text.extend_from_slice(br#":{"method":"#);
        text.extend_from_slice(json::quote(self.kind.method()).as_bytes());
        if let Some(params) = &self.params {
            text.extend_from_slice(br#","params":"#);
            text.extend_from_slice(params);
        }
        text.push(b'}');
    }

    /// The message that answers it.
    pub(super) fn answered(&self, result: &Bytes) -> Bytes {
        let mut text = br#"{"jsonrpc":"2.0","id":"#.to_vec();
        text.extend_from_slice(self.id.as_raw());
        text.extend_from_slice(br#","result":"#);
        text.extend_from_slice(result);
        text.push(b'}');
        text.into()
    }
}
