use agentgateway_core::{
    json::{self, JsonError, JsonType, Raw},
    jsonrpc::RpcId,
    telemetry::TraceContext,
};
use bytes::Bytes;

use super::ProtocolVersion;

/// The member of `params` that holds what is said about a request.
pub(crate) const META: &str = "_meta";
pub(crate) const TRACEPARENT: &str = "traceparent";
pub(crate) const TRACESTATE: &str = "tracestate";

/// The names that MCP itself gives to members of `_meta`.
///
/// # Source
/// MCP 2026-07-28, Base protocol, `_meta`; Utilities, Progress; Patterns, Subscriptions.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct MetaKey;

impl MetaKey {
    /// Names the revision that a request is of.
    pub const PROTOCOL_VERSION: &'static str = "io.modelcontextprotocol/protocolVersion";
    /// Who the client is.
    pub const CLIENT_INFO: &'static str = "io.modelcontextprotocol/clientInfo";
    /// What the client can be asked for.
    pub const CLIENT_CAPABILITIES: &'static str = "io.modelcontextprotocol/clientCapabilities";
    /// From which level on the client wants log messages about its request.
    pub const LOG_LEVEL: &'static str = "io.modelcontextprotocol/logLevel";
    /// Who the server is.
    pub const SERVER_INFO: &'static str = "io.modelcontextprotocol/serverInfo";
    /// The request that a message of a subscription belongs to.
    pub const SUBSCRIPTION_ID: &'static str = "io.modelcontextprotocol/subscriptionId";
    /// By which token progress is told.
    pub const PROGRESS_TOKEN: &'static str = "progressToken";
}

/// What the protocol goes by; the first two are read here.
const KEYS: [&str; 5] = [
    MetaKey::PROGRESS_TOKEN,
    MetaKey::PROTOCOL_VERSION,
    MetaKey::CLIENT_INFO,
    MetaKey::CLIENT_CAPABILITIES,
    MetaKey::LOG_LEVEL,
];
const TRACE_KEYS: [&str; 3] = [TRACEPARENT, TRACESTATE, "baggage"];

/// What `params._meta` says that decides something here.
///
/// # Source
/// MCP 2026-07-28, Base protocol, `_meta`; SEP-414 for the trace context's bare keys.
#[derive(Debug, Default)]
pub(crate) struct RequestMeta<'a> {
    /// The members of [`KEYS`], as they are written.
    pub(crate) raw: [Option<Raw<'a>>; KEYS.len()],
    pub(crate) progress_token: Option<RpcId>,
    pub(crate) protocol_version: Option<ProtocolVersion>,
    pub(crate) trace: Option<TraceContext>,
}

impl<'a> RequestMeta<'a> {
    /// Reads the member; one that is not an object says nothing, and is the server's to judge.
    ///
    /// # Errors
    /// One of the members that decide occurs twice, or under a name that some servers take for its own.
    pub(crate) fn read(body: &Bytes, meta: Option<Raw<'a>>) -> Result<Self, JsonError> {
        let Some(meta) = meta.filter(|raw| json::type_of(*raw) == JsonType::Object) else {
            return Ok(Self::default());
        };
        let (raw, trace) = json::sole_members_and_others(meta, KEYS, TRACE_KEYS)?;
        let ([token, version, ..], [parent, state, baggage]) = (raw, trace);
        Ok(Self {
            raw,
            progress_token: token
                .and_then(|raw| RpcId::from_raw(body, raw))
                .filter(|token| !token.is_null())
                .map(|token| token.detached()),
            protocol_version: version
                .and_then(json::string)
                .map(|name| ProtocolVersion::new(&name)),
            trace: parent
                .and_then(json::string)
                .and_then(|parent| TraceContext::parse(&parent))
                .map(|trace| {
                    trace
                        .with_state(state.and_then(json::string).as_deref())
                        .with_baggage(baggage.and_then(json::string).as_deref())
                }),
        })
    }
}
