use agentgateway_core::{
    Error,
    json::{self, JsonType, Raw, Splice},
    jsonrpc::RpcId,
};
use bytes::Bytes;

use super::{level::Level, relay::RelayedCall, session::SessionKey};
use crate::{
    bridge::{Ask, ask::invalid, caller, edit},
    call::McpCall,
    layer::Members,
    wire::{META, McpMethod, MetaKey},
};

/// What a request of 2026-07-28 says that decides something here, read once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    id: Option<Raw<'a>>,
    params: Option<Raw<'a>>,
    pub(super) arguments: Option<Raw<'a>>,
    responses: Option<Raw<'a>>,
    pub(super) state: Option<Raw<'a>>,
    meta: Option<Raw<'a>>,
    pub(super) version: Option<Raw<'a>>,
    pub(super) capabilities: Option<Raw<'a>>,
    level: Option<Raw<'a>>,
    token: Option<Raw<'a>>,
}

impl<'a> From<Members<'a>> for Wanted<'a> {
    fn from(of: Members<'a>) -> Self {
        Self {
            id: of.id,
            params: of.params,
            arguments: of.arguments,
            responses: of.responses,
            state: of.state,
            meta: of
                .meta
                .filter(|raw| json::type_of(*raw) == JsonType::Object),
            version: of.version,
            capabilities: of.capabilities,
            level: of.level,
            token: of.token,
        }
    }
}

impl<'a> Wanted<'a> {
    /// Reads a message. What is no object says nothing.
    ///
    /// # Errors
    /// A member that decides occurs twice.
    pub(super) fn read(body: &'a Bytes) -> Result<Self, Error> {
        const KEYS: [&str; 4] = ["arguments", "inputResponses", "requestState", META];
        const META_KEYS: [&str; 4] = [
            MetaKey::PROTOCOL_VERSION,
            MetaKey::CLIENT_CAPABILITIES,
            MetaKey::LOG_LEVEL,
            MetaKey::PROGRESS_TOKEN,
        ];
        let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
        let [id, params] = json::members(body, ["id", "params"]).map_err(invalid)?;
        let params = params.filter(is_object);
        let [arguments, responses, state, meta] = match params {
            Some(params) => json::members_of(params, KEYS).map_err(invalid)?,
            None => [None; 4],
        };
        let meta = meta.filter(is_object);
        let [version, capabilities, level, token] = match meta {
            Some(meta) => json::members_of(meta, META_KEYS).map_err(invalid)?,
            None => [None; 4],
        };
        Ok(Self {
            id,
            params,
            arguments,
            responses,
            state,
            meta,
            version,
            capabilities,
            level,
            token,
        })
    }

    /// From which level on the client wants log messages.
    pub(super) fn level(&self) -> Option<Level> {
        let level = self.level.and_then(json::string)?;
        Level::of(&level)
    }

    /// The request as an earlier server is sent it.
    ///
    /// # Errors
    /// A member that decides occurs twice.
    pub(super) fn legacy(&self, body: &Bytes, upstream_id: &RpcId) -> Result<Bytes, Error> {
        let slice = |raw| json::slice_of(body, raw).unwrap_or_default();
        let mut splice = Splice::new(body.clone());
        if let Some(own) = self.id {
            splice = splice.replace_value(own, upstream_id.to_bytes());
        }
        let rounds = [
            ("inputResponses", self.responses),
            ("requestState", self.state),
        ];
        let rounds = rounds.into_iter().filter(|(_, there)| there.is_some());
        let mut changes: Vec<_> = rounds.map(|(key, _)| (key, None)).collect();
        if let Some(meta) = self.meta {
            let token = self.token.map(|_| upstream_id.to_bytes());
            let told = json::with_members(
                &slice(meta),
                &[
                    (MetaKey::PROTOCOL_VERSION, None),
                    (MetaKey::CLIENT_INFO, None),
                    (MetaKey::CLIENT_CAPABILITIES, None),
                    (MetaKey::LOG_LEVEL, None),
                    (MetaKey::PROGRESS_TOKEN, token),
                ],
            );
            let told = told.map_err(invalid)?;
            let told = Some(told).filter(|told| told != "{}");
            // Alone it is changed where it stands; beside others the params are read for all of them.
            match (told, edit::whole_member(body, META, meta)) {
                (Some(told), _) if changes.is_empty() => splice = splice.replace_value(meta, told),
                (None, Some(member)) if changes.is_empty() => splice = splice.delete(member),
                (told, _) => changes.push((META, told)),
            }
        }
        if let Some(params) = self.params.filter(|_| !changes.is_empty()) {
            let changed = json::with_members(&slice(params), &changes).map_err(invalid)?;
            splice = splice.replace_value(params, changed);
        }
        Ok(splice.joined()?)
    }

    /// The call, for as long as its answer comes.
    pub(super) fn relayed(
        &self,
        ask: &Ask,
        (call, id, method): (&McpCall, &RpcId, &McpMethod),
        key: &SessionKey,
        upstream_id: RpcId,
    ) -> RelayedCall {
        let slice = |raw: Option<Raw<'_>>| raw.and_then(|raw| json::slice_of(ask.body(), raw));
        RelayedCall {
            id: id.clone(),
            upstream_id,
            method: method.clone(),
            uri: call
                .resource()
                .filter(|_| *method == McpMethod::RESOURCES_READ)
                .map(ToOwned::to_owned),
            token: self
                .token
                .map(|token| Bytes::copy_from_slice(token.get().as_bytes())),
            level: self.level(),
            capabilities: key.capabilities().clone(),
            caller: caller(ask.extensions()),
            params: super::round::repeated(
                &slice(self.params).unwrap_or_else(|| Bytes::from_static(b"{}")),
            ),
            given: slice(self.responses).unwrap_or_default(),
            extensions: ask.extensions().clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_server_is_told_what_it_knows() {
        const META_OF_CLIENTS: &str = r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{},"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/logLevel":"info""#;
        for (asked, told) in [
            (
                r#"{"id":"a","params":{"name":"t", META}}}"#,
                r#"{"id":7,"params":{"name":"t"}}"#,
            ),
            (
                r#"{"id":"a","params":{META,"progressToken":"p","x":1.0},"requestState":"s","inputResponses":{}}}"#,
                r#"{"id":7,"params":{"_meta":{"progressToken":7,"x":1.0}}}"#,
            ),
            (
                r#"{"id":"a","params":{ META} , "name":"t" }}"#,
                r#"{"id":7,"params":{ "name":"t" }}"#,
            ),
            (
                r#"{"id":"a","params":{"x":1 ,META},"name":"t"}}"#,
                r#"{"id":7,"params":{"x":1 ,"name":"t"}}"#,
            ),
            (
                r#"{"id":"a","params":{"name":"t","\u005fmeta":{"io.modelcontextprotocol/logLevel":"info"}}}"#,
                r#"{"id":7,"params":{"name":"t"}}"#,
            ),
            (
                r#"{"id":"a","params":{"_meta":{}}}"#,
                r#"{"id":7,"params":{}}"#,
            ),
            (
                r#"{"id":"a","params":{"_meta":[], "x":1}}"#,
                r#"{"id":7,"params":{"_meta":[], "x":1}}"#,
            ),
            (r#"{ "id":"a"}"#, r#"{ "id":7}"#),
            (r#"{"id":"a","params":[]}"#, r#"{"id":7,"params":[]}"#),
        ] {
            let asked = Bytes::from(asked.replace("META", META_OF_CLIENTS));
            let wanted = Wanted::read(&asked).unwrap();
            assert_eq!(wanted.legacy(&asked, &RpcId::from(7)).unwrap(), told);
        }
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused() {
        for body in [
            r#"{"id":1,"id":2}"#,
            r#"{"params":{"requestState":"a","requestState":"b"}}"#,
            r#"{"params":{"_meta":{"progressToken":1,"progressToken":2}}}"#,
        ] {
            assert!(Wanted::read(&Bytes::from(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn what_the_layer_has_found_is_what_is_read_here() {
        for body in [
            r#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"n","arguments":{"x":1},"requestState":"s","inputResponses":{},"_meta":{"progressToken":1,"io.modelcontextprotocol/logLevel":"info","io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":[],"arguments":null}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x"}"#,
        ] {
            let body = Bytes::from(body);
            let head = http::HeaderMap::new();
            let (_, members) = crate::layer::parse::read(&head, &body).ok().unwrap();
            assert_eq!(
                Wanted::from(members),
                Wanted::read(&body).unwrap(),
                "{body:?}"
            );
        }
    }
}
