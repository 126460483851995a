use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use agentgateway_core::{
    Error,
    json::{self, Raw},
    jsonrpc::RpcId,
};
use bytes::Bytes;

use super::{live::lock, relay::Template, service::Shared};
use crate::{
    bridge::{Answer, Ask, IncomingKind, edit},
    wire::{McpMethod, ParamHeaders, ProtocolVersion},
};

/// Which tools of the server want arguments in headers, as far as its lists have told.
pub(super) struct Tools {
    known: Mutex<HashMap<Box<str>, Arc<ParamHeaders>>>,
    max: usize,
}

impl Tools {
    pub(super) fn new(max: usize) -> Self {
        Self {
            known: Mutex::default(),
            max,
        }
    }

    pub(super) fn get(&self, tool: &str) -> Option<Arc<ParamHeaders>> {
        lock(&self.known).get(tool).cloned()
    }

    /// Remembers what a tool of a list says; false when it breaks a rule, and is not to be called.
    pub(super) fn learn(&self, tool: Raw<'_>) -> bool {
        let Ok([name, schema]) = json::members_of(tool, ["name", "inputSchema"]) else {
            return true;
        };
        let (Some(name), Some(schema)) = (name.and_then(json::string), schema) else {
            return true;
        };
        let params = match ParamHeaders::of(schema) {
            Ok(params) => params,
            Err(reason) => {
                tracing::warn!(tool = %name, reason, "a tool is left out of the server's list");
                return false;
            }
        };
        let mut known = lock(&self.known);
        if params.is_empty() {
            known.remove(&*name);
            return true;
        }
        if known.len() >= self.max && !known.contains_key(&*name) {
            known.clear();
        }
        known.insert((*name).into(), Arc::new(params));
        true
    }

    /// Reads the server's tools, up to the page that has this one.
    ///
    /// # Errors
    /// The server gives no list.
    pub(super) async fn refresh(shared: &Shared, call: &Template, tool: &str) -> Result<(), Error> {
        let mut cursor = None;
        for page in 0..shared.settings.max_tool_pages {
            let list = Self::page(shared, call, page, cursor).await?;
            if shared.tools.learn_all(&list, tool) {
                return Ok(());
            }
            cursor = edit::member(&list, "nextCursor").filter(|cursor| cursor != "null");
            if cursor.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Learns a page; true when the tool is on it.
    fn learn_all(&self, list: &Bytes, tool: &str) -> bool {
        let tools = edit::member(list, "tools").unwrap_or_default();
        let mut found = false;
        if let Ok(tools) = Raw::parse(&tools) {
            let _ = json::elements(tools, |one| {
                self.learn(one);
                let name = json::members_of(one, ["name"]).ok();
                let name = name.and_then(|[name]| json::string(name?));
                found |= name.as_deref() == Some(tool);
            });
        }
        found
    }

    /// One page of the list: a result.
    async fn page(
        shared: &Shared,
        call: &Template,
        page: usize,
        cursor: Option<Bytes>,
    ) -> Result<Bytes, Error> {
        let id = RpcId::string(&format!("agw-tools-{page}"));
        let cursor = json::with_members(&Bytes::from_static(b"{}"), &[("cursor", cursor)]);
        let mut ask = Ask::new(&id, &McpMethod::TOOLS_LIST, &cursor.unwrap_or_default())
            .with_extensions(call.extensions());
        call.describe(&mut ask)?;
        let request = ask.into_modern(ProtocolVersion::LATEST)?;
        let answer = shared.server.send(request).await?;
        let message = match Answer::read(answer, shared.settings.max_answer_bytes).await? {
            Answer::Whole(_, message) => message,
            Answer::Events(_, mut events) => loop {
                match events.next().await? {
                    Some(event) if matches!(event.kind, IncomingKind::Response(_)) => {
                        break event.text;
                    }
                    Some(_) => {}
                    None => break Bytes::new(),
                }
            },
        };
        Ok(edit::member(&message, "result").unwrap_or_default())
    }
}
