use agentgateway_core::{
    Error,
    json::{self, JsonType, Raw, Splice},
    jsonrpc::RpcId,
};
use bytes::Bytes;
use http::Request;

use super::target::FederationTarget;
use crate::{
    bridge::ask::{self, invalid},
    call::McpCall,
    layer::Members,
    wire::{META, MetaKey, NameParam},
};

/// What the target knows otherwise.
#[derive(Clone, Debug)]
pub(super) enum Change<'a> {
    /// The name of what the call is about.
    Name(NameParam, &'a str),
    /// The state, as JSON.
    State(Bytes),
    /// The prompt or template of a completion, by its member of `params.ref`.
    Reference(&'static str, &'a str),
}

/// What a request says that decides something here, read once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said<'a> {
    id: Option<Raw<'a>>,
    name: Option<Raw<'a>>,
    uri: Option<Raw<'a>>,
    task: Option<Raw<'a>>,
    /// In which a client brings back the state of its call.
    pub(super) state: Option<Raw<'a>>,
    reference: Option<Raw<'a>>,
    token: Option<Raw<'a>>,
    pub(super) version: Option<Raw<'a>>,
    pub(super) capabilities: Option<Raw<'a>>,
}

impl<'a> From<Members<'a>> for Said<'a> {
    fn from(of: Members<'a>) -> Self {
        Self {
            id: of.id,
            name: of.name,
            uri: of.uri,
            task: of.task,
            state: of.state.filter(|state| !json::is_null(*state)),
            reference: of.reference,
            token: of.token.filter(|token| !json::is_null(*token)),
            version: of.version,
            capabilities: of.capabilities,
        }
    }
}

impl<'a> Said<'a> {
    /// Reads a request. What is no object says nothing.
    ///
    /// # Errors
    /// A member that decides occurs twice.
    pub(super) fn read(body: &'a Bytes) -> Result<Self, Error> {
        const KEYS: [&str; 6] = [
            NameParam::Name.key(),
            NameParam::Uri.key(),
            NameParam::TaskId.key(),
            "requestState",
            "ref",
            META,
        ];
        const META_KEYS: [&str; 3] = [
            MetaKey::PROGRESS_TOKEN,
            MetaKey::PROTOCOL_VERSION,
            MetaKey::CLIENT_CAPABILITIES,
        ];
        let [id, params] = json::members(body, ["id", "params"]).map_err(invalid)?;
        let [name, uri, task, state, reference, meta] = match params.filter(is_object) {
            Some(params) => json::members_of(params, KEYS).map_err(invalid)?,
            None => [None; 6],
        };
        let [token, version, capabilities] = match meta.filter(is_object) {
            Some(meta) => json::members_of(meta, META_KEYS).map_err(invalid)?,
            None => [None; 3],
        };
        Ok(Self {
            id,
            name,
            uri,
            task,
            state: state.filter(|state| !json::is_null(*state)),
            reference: reference.filter(is_object),
            token: token.filter(|token| !json::is_null(*token)),
            version,
            capabilities,
        })
    }

    /// The request as its target is told: one copy, and all other bytes as they were.
    ///
    /// A progress token becomes the id.
    ///
    /// # Errors
    /// A member that decides occurs twice.
    fn told(&self, body: &Bytes, minted: &RpcId, changes: &[Change<'_>]) -> Result<Bytes, Error> {
        const LATEST: &str = "\"2026-07-28\"";
        let mut splice = Splice::new(body.clone());
        for own in [self.id, self.token].into_iter().flatten() {
            splice = splice.replace_value(own, minted.to_bytes());
        }
        if let Some(version) = self.version.filter(|version| version.get() != LATEST) {
            splice = splice.replace_value(version, LATEST);
        }
        for change in changes {
            let (value, with): (_, Bytes) = match change {
                Change::Name(NameParam::Name, name) => (self.name, json::quote(name).into()),
                Change::Name(NameParam::Uri, uri) => (self.uri, json::quote(uri).into()),
                Change::Name(NameParam::TaskId, id) => (self.task, json::quote(id).into()),
                Change::State(state) => (self.state, state.clone()),
                Change::Reference(key, name) => {
                    let reference = self
                        .reference
                        .map(|reference| json::members_of(reference, [*key]));
                    let [value] = reference.transpose().map_err(invalid)?.unwrap_or_default();
                    (value, json::quote(name).into())
                }
            };
            if let Some(value) = value {
                splice = splice.replace_value(value, with);
            }
        }
        Ok(splice.joined()?)
    }
}

fn is_object(raw: &Raw<'_>) -> bool {
    json::type_of(*raw) == JsonType::Object
}

/// A client's request as it is sent to its target, with the headers that repeat it.
///
/// # Errors
/// A member that decides occurs twice.
pub(super) fn directed(
    mut request: Request<Bytes>,
    (said, call): (&Said<'_>, &McpCall),
    (target, minted): (&FederationTarget, &RpcId),
    changes: &[Change<'_>],
) -> Result<Request<Bytes>, Error> {
    let body = said.told(request.body(), minted, changes)?;
    let name = changes.iter().find_map(|change| match change {
        Change::Name(_, name) => Some(*name),
        Change::State(_) | Change::Reference(..) => None,
    });
    let mut call = call.told_as((minted, said.token.is_some()), &target.name, name);
    let own = request.headers_mut();
    ask::repeat(own, &call);
    ask::own_headers(own);
    if changes
        .iter()
        .any(|change| matches!(change, Change::Reference(..)))
    {
        call = McpCall::read(own, &body)?.for_target(&target.name);
    }
    let extensions = request.extensions_mut();
    match extensions.get_mut::<McpCall>() {
        Some(known) => *known = call,
        None => drop(extensions.insert(call)),
    }
    *request.body_mut() = body;
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_what_it_must_alone() {
        let body = r#"{ "id":"a","params":{"x":1.0,"name" : "n","uri":"u","_meta":{"progressToken":1},"ref":{"name":"r"}}}"#;
        let changes = [
            Change::Name(NameParam::Name, "N"),
            Change::Reference("name", "R"),
            Change::State(Bytes::from(r#""S""#)),
        ];
        let body = Bytes::from(body);
        let said = Said::read(&body).unwrap();
        let told = said.told(&body, &RpcId::from(7), &changes).unwrap();
        assert_eq!(
            told,
            r#"{ "id":7,"params":{"x":1.0,"name" : "N","uri":"u","_meta":{"progressToken":7},"ref":{"name":"R"}}}"#
        );
    }

    /// Fault M06 (part): a name that is there twice.
    #[test]
    fn a_member_that_is_there_twice_is_refused() {
        for body in [
            r#"{"id":1,"id":2}"#,
            r#"{"id":1,"params":{"name":"a","name":"b"}}"#,
            r#"{"id":1,"params":{"_meta":{"progressToken":1,"progressToken":2}}}"#,
        ] {
            assert!(Said::read(&Bytes::from(body)).is_err(), "{body}");
        }
    }

    #[test]
    fn what_the_layer_has_found_is_what_is_read_here() {
        for body in [
            r#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"n","requestState":null,"_meta":{"progressToken":null}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"name":1,"uri":"u","taskId":[],"ref":{"name":"r"},"requestState":"s","_meta":{"progressToken":2,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"a":1}}}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":[],"ref":"r"}}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x","params":null}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"x"}"#,
        ] {
            let body = Bytes::from(body);
            let head = http::HeaderMap::new();
            let (_, members) = crate::layer::parse::read(&head, &body).ok().unwrap();
            assert_eq!(Said::from(members), Said::read(&body).unwrap(), "{body:?}");
        }
    }
}
