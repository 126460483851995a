use std::sync::Arc;

use agentgateway_core::{
    Error, ErrorKind,
    jsonrpc::RpcId,
    media,
    protocol::{Look, OnFinished, Protocol, Rejection},
    rescue::Dialect as _,
};
use bytes::Bytes;
use http::{HeaderMap, Method, header, request};

#[cfg(feature = "bridge")]
use super::Places;
use super::{
    McpDialect, McpReport, McpWatch, asked::AskedServer, items::Items, origin::Origins, parse,
};
use crate::{
    batch::Unfit,
    call::{McpCall, McpKind},
    telemetry,
    wire::{error::INVALID_REQUEST, headers},
};

const DEFAULT_BODY_BYTES: usize = 4 * 1024 * 1024;
const DEFAULT_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// MCP over Streamable HTTP, for the engine that the protocol layers share.
#[derive(Clone, Debug)]
pub struct McpProtocol {
    pub(super) max_body_bytes: usize,
    pub(super) max_event_bytes: usize,
    pub(super) on_finished: OnFinished<McpCall, McpReport>,
    pub(super) target: Option<Arc<str>>,
    pub(super) origins: Origins,
    pub(super) items: Items,
    dialect: McpDialect,
}

impl Default for McpProtocol {
    fn default() -> Self {
        Self {
            max_body_bytes: DEFAULT_BODY_BYTES,
            max_event_bytes: DEFAULT_EVENT_BYTES,
            on_finished: OnFinished::default(),
            target: None,
            origins: Origins::default(),
            items: Items::default(),
            dialect: McpDialect,
        }
    }
}

impl Protocol for McpProtocol {
    type Call = McpCall;
    type Dialect = McpDialect;
    type Watch = McpWatch;

    fn dialect(&self) -> &McpDialect {
        &self.dialect
    }

    fn stranger(&self, _: &request::Parts) -> Option<RpcId> {
        None
    }

    fn stranger_with(&self, _: &request::Parts, body: &Bytes) -> Option<RpcId> {
        parse::request_id(body)
    }

    fn look(&self, head: &mut request::Parts) -> Result<Look<McpCall>, Rejection> {
        self.origins.judge(head).map_err(said)?;
        let kind = match head.method {
            Method::POST if media::is_json(&head.headers) => {
                if media::is_coded(&head.headers) {
                    return Err(coded());
                }
                return Ok(Look::Body {
                    limit_bytes: self.max_body_bytes,
                });
            }
            // Some servers read a message in whatever media type it comes.
            Method::POST if self.items.judge_calls() => return Err(no_call()),
            Method::GET if accepts_events(&head.headers) => McpKind::ListenStream,
            Method::DELETE if head.headers.contains_key(headers::SESSION_ID) => McpKind::EndSession,
            _ => return Ok(Look::Pass),
        };
        head.headers.remove(header::ACCEPT_ENCODING);
        let call: McpCall = parse::head_only(kind, &head.headers)?.into();
        Ok(Look::Call(call.to(self.target.as_ref())))
    }

    fn parse(&self, head: &mut request::Parts, body: &Bytes) -> Result<McpCall, Rejection> {
        head.headers.remove(header::ACCEPT_ENCODING);
        if let Some(unfit) = head.extensions.get::<Unfit>() {
            return Err(parse::refuse(INVALID_REQUEST, unfit.words(), None));
        }
        let (facts, members) = parse::read(&head.headers, body)?;
        #[cfg(feature = "bridge")]
        if facts.kind == McpKind::Request {
            head.extensions.insert(Places::new(body, &members));
        }
        #[cfg(not(feature = "bridge"))]
        let _ = members;
        #[cfg(feature = "federation")]
        if self.target.is_none() && facts.kind == McpKind::Request && self.on_finished.is_heard() {
            head.extensions.insert(AskedServer::default());
        }
        let call: McpCall = facts.into();
        self.items.keep_arguments(head, &call, body)?;
        Ok(call.to(self.target.as_ref()))
    }

    fn subject(&self, call: &McpCall) -> Option<RpcId> {
        call.id()
            .filter(|_| call.kind() == McpKind::Request)
            .cloned()
    }

    fn watch(&self, head: &request::Parts, call: &McpCall) -> McpWatch {
        let span = telemetry::server_span(head, call);
        let lists = self.items.filter(head, call);
        let asked = AskedServer::of(&head.extensions);
        McpWatch::new(call.clone(), span, self)
            .filtering(lists)
            .asking(asked)
    }

    fn admit(&self, head: &request::Parts, call: &McpCall) -> Result<(), Rejection> {
        self.items.admit(head, call)
    }

    fn span(&self, watch: &McpWatch) -> tracing::Span {
        watch.span().clone()
    }

    fn rejected(&self, _: &request::Parts, error: &Error) {
        self.on_finished.tell_rejected(&McpReport::default(), error);
    }
}

fn accepts_events(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .any(|range| range.trim().eq_ignore_ascii_case("text/event-stream"))
}

fn coded() -> Rejection {
    let error = Error::new(
        ErrorKind::UnsupportedMediaType,
        "the body is in a content coding; send it as it is",
    );
    said(error)
}

fn no_call() -> Rejection {
    let message = "an MCP message is sent as application/json";
    said(Error::new(ErrorKind::UnsupportedMediaType, message))
}

/// A refusal in the protocol's form; no message has been read.
fn said(error: Error) -> Rejection {
    Rejection::new(error, |error| McpDialect.response(error, &None))
}
