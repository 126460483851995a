use http::HeaderMap;

use crate::{
    call::Facts,
    wire::{Era, McpMethod, ProtocolVersion, headers},
};

/// Compares the headers that repeat the body with the body; the words say which one differs.
///
/// Headers that are missing are left to the server. Those that are there are compared whatever the revision: clients of
/// earlier ones do not send them, and whoever routes by them may not be deceived by a revision that is not checked.
///
/// # Source
/// MCP 2026-07-28, Streamable HTTP, Standard request headers.
pub(super) fn check(
    head: &HeaderMap,
    facts: &Facts,
    stated: Option<&ProtocolVersion>,
    in_body: Option<&ProtocolVersion>,
) -> Result<(), &'static str> {
    let is_modern = |version: &ProtocolVersion| version.era() == Era::Modern;
    if let (Some(stated), Some(in_body)) = (stated, in_body) {
        if stated != in_body && (is_modern(stated) || is_modern(in_body)) {
            return Err("the header MCP-Protocol-Version differs from the version in params._meta");
        }
    }
    let method = facts.method.as_ref();
    if let Some(method) = method {
        if !agrees(head, &headers::METHOD, method.as_str()) {
            return Err("the header Mcp-Method differs from the body's method");
        }
    }
    let named = method
        .filter(|method| !method.is_removed_in(Era::Modern))
        .and_then(McpMethod::name_param);
    if let (Some(param), Some(name)) = (named, &facts.name) {
        if !agrees(head, &headers::NAME, name) {
            return Err(match param.key() {
                "uri" => "the header Mcp-Name differs from params.uri",
                "taskId" => "the header Mcp-Name differs from params.taskId",
                _ => "the header Mcp-Name differs from params.name",
            });
        }
    }
    Ok(())
}

/// Whether the header is missing, or is there once and says this text.
fn agrees(head: &HeaderMap, name: &http::HeaderName, text: &str) -> bool {
    let mut values = head.get_all(name).iter();
    let Some(value) = values.next() else {
        return true;
    };
    values.next().is_none() && headers::decode(value).is_some_and(|said| said == text)
}
