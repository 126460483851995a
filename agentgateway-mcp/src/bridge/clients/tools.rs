use agentgateway_core::{Error, json, jsonrpc::RpcId};
use bytes::Bytes;

use super::{relay::Template, service::Shared};
use crate::{
    bridge::{Answer, Ask, IncomingKind, Tools, edit},
    wire::{McpMethod, ProtocolVersion},
};

impl Tools {
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
