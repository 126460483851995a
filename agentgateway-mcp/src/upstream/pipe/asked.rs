use agentgateway_core::{
    Error, ErrorKind,
    json::{self, JsonError, JsonType, Raw, Splice},
    jsonrpc::{Envelope, EnvelopeKind, RpcId},
    telemetry::Propagation,
};
use bytes::Bytes;
use http::Extensions;
use tracing::Span;

use super::path::at;
use crate::{
    upstream::inject,
    wire::{META, McpMethod, MetaKey},
};

/// A message of a client's, read whole: what it holds is JSON.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) text: Bytes,
    pub(super) kind: AskedKind,
}

#[derive(Clone, Debug)]
pub(crate) enum AskedKind {
    Request(AskedRequest),
    Notification(McpMethod),
    Response(Option<RpcId>),
}

#[derive(Clone, Debug)]
pub(crate) struct AskedRequest {
    pub(super) id: RpcId,
    pub(super) method: McpMethod,
    /// By which the client wants to be told of progress.
    pub(super) token: Option<Bytes>,
    /// Whether it asks for log messages; in 2026-07-28 each request says so.
    pub(super) wants_logs: bool,
}

impl Asked {
    /// Reads a message.
    ///
    /// # Errors
    /// It is none.
    pub(super) fn read(text: Bytes) -> Result<Self, Error> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, message);
        let envelope = Envelope::peek(&text).map_err(|error| invalid(error.to_string()))?;
        let method = || McpMethod::new(envelope.method.as_deref().unwrap_or_default());
        let kind = match (envelope.kind, &envelope.id) {
            (EnvelopeKind::Response, id) => AskedKind::Response(id.as_ref().map(RpcId::detached)),
            (EnvelopeKind::Request, Some(id)) => {
                let [token, level] =
                    meta(envelope.params).map_err(|error| invalid(error.to_string()))?;
                AskedKind::Request(AskedRequest {
                    id: id.detached(),
                    method: method(),
                    token: token.map(|raw| Bytes::copy_from_slice(raw.get().as_bytes())),
                    wants_logs: level.is_some_and(|level| !json::is_null(level)),
                })
            }
            (EnvelopeKind::Request, None) | (EnvelopeKind::Notification, _) => {
                AskedKind::Notification(method())
            }
        };
        Ok(Self { text, kind })
    }

    /// Tells the server of the current span, where it is a request and there is one to tell of.
    ///
    /// # Source
    /// MCP SEP-414.
    pub(super) fn carry_trace(&mut self, extensions: &Extensions) {
        let span = Span::current();
        if span.is_disabled() || !matches!(self.kind, AskedKind::Request(_)) {
            return;
        }
        let propagation = extensions.get::<Propagation>();
        let context = propagation.and_then(|propagation| propagation.context(&span));
        if let Some(pieces) = context.and_then(|it| inject::trace_context(&self.text, &it)) {
            self.text = pieces.into_bytes();
        }
    }

    /// The text of the request with minted id and token, in one line.
    pub(super) fn minted(&self, id: u64) -> Result<Bytes, Error> {
        let minted = Bytes::from(id.to_string());
        let mut splice = Splice::new(self.text.clone());
        if let Some(own) = at(&self.text, &["id"]) {
            splice = splice.replace_value(own, minted.clone());
        }
        if let Some(token) = at(&self.text, &["params", META, MetaKey::PROGRESS_TOKEN]) {
            splice = splice.replace_value(token, minted);
        }
        Ok(one_line(splice.finish().map_err(Error::from)?.into_bytes()))
    }

    /// The text as it is, in one line.
    pub(super) fn line(&self) -> Bytes {
        one_line(self.text.clone())
    }
}

/// The token of progress, and the level of log messages, that a request names.
fn meta(params: Option<Raw<'_>>) -> Result<[Option<Raw<'_>>; 2], JsonError> {
    let is_object = |raw: &Raw<'_>| json::type_of(*raw) == JsonType::Object;
    let Some(params) = params.filter(is_object) else {
        return Ok([None; 2]);
    };
    let [meta] = json::members_of(params, [META])?;
    match meta.filter(is_object) {
        Some(meta) => json::members_of(meta, [MetaKey::PROGRESS_TOKEN, MetaKey::LOG_LEVEL]),
        None => Ok([None; 2]),
    }
}

/// JSON without line ends. Within a string they would be escaped, so they are white space.
pub(super) fn one_line(text: Bytes) -> Bytes {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    if !text.iter().any(is_end) {
        return text;
    }
    text.iter().filter(|byte| !is_end(byte)).copied().collect()
}
