use std::{sync::Arc, time::Duration};

use agentgateway_core::{
    Error, ErrorKind, media,
    protocol::{Look, OnFinished, Protocol, Rejection},
};
use bytes::Bytes;
use http::{HeaderName, Method, header, request};

use super::{LlmErrors, LlmWatch, content::Content};
use crate::{
    LlmCall, LlmDialect, LlmReport,
    call::ReadBody,
    wire::{self, Names},
};

const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");
const X_GOOG_API_KEY: HeaderName = HeaderName::from_static("x-goog-api-key");

/// What [`LlmLayer`](super::LlmLayer) brings to the engine that the protocol layers share.
#[derive(Clone, Debug)]
pub struct LlmProtocol {
    pub(super) max_body_bytes: usize,
    pub(super) max_inspected_bytes: usize,
    pub(super) max_event_bytes: usize,
    pub(super) records_content: bool,
    pub(super) max_content_bytes: usize,
    pub(super) on_finished: OnFinished<LlmCall, LlmReport>,
    pub(super) names: Arc<Names>,
    pub(super) provider: Option<Arc<str>>,
    pub(super) keep_alive: Option<Duration>,
}

impl Protocol for LlmProtocol {
    type Call = LlmCall;
    type Dialect = LlmErrors;
    type Watch = LlmWatch;

    fn dialect(&self) -> &LlmErrors {
        &LlmErrors
    }

    /// The path's dialect; where the path is nobody's, what the headers suggest.
    fn stranger(&self, head: &request::Parts) -> LlmDialect {
        let path = head.uri.path();
        if let Some(target) = wire::target(path) {
            return target.dialect;
        }
        if head.headers.contains_key(ANTHROPIC_VERSION) {
            return LlmDialect::AnthropicMessages;
        }
        let has_models = path.contains("/models/") || path.ends_with("/models");
        if has_models && head.headers.contains_key(X_GOOG_API_KEY) {
            return LlmDialect::Gemini;
        }
        LlmDialect::OpenAiChat
    }

    fn look(&self, head: &mut request::Parts) -> Result<Look<LlmCall>, Rejection> {
        if head.method != Method::POST || !media::is_json(&head.headers) {
            return Ok(Look::Pass);
        }
        let Some(target) = wire::target(head.uri.path()) else {
            return Ok(Look::Pass);
        };
        if media::is_coded(&head.headers) {
            let error = Error::new(
                ErrorKind::UnsupportedMediaType,
                "the request body is in a content coding: send it as it is, without content-encoding",
            );
            let dialect = target.dialect;
            let say = move |error: &Error| wire::error_response(dialect, error);
            return Err(Rejection::new(error, say));
        }
        Ok(Look::Body {
            limit_bytes: self.max_body_bytes,
        })
    }

    fn parse(&self, head: &mut request::Parts, body: &Bytes) -> Result<LlmCall, Rejection> {
        let path = head.uri.path();
        let Some(target) = wire::target(path) else {
            let error = Error::new(ErrorKind::NotFound, "no such path");
            let say = |error: &Error| wire::error_response(LlmDialect::OpenAiChat, error);
            return Err(Rejection::new(error, say));
        };
        let asked = wire::read_request(&target, path, body)
            .map_err(|refusal| wire::refuse(target.dialect, refusal))?;
        head.headers.remove(header::ACCEPT_ENCODING);
        head.extensions.insert(ReadBody(body.clone()));
        Ok(LlmCall::new(&target, asked, body).to(self.provider.as_ref()))
    }

    fn subject(&self, call: &LlmCall) -> LlmDialect {
        call.dialect()
    }

    fn watch(&self, head: &request::Parts, call: &LlmCall) -> LlmWatch {
        let mut watch = LlmWatch::begin(call.clone(), self);
        if self.records_content {
            let asked = head.extensions.get::<ReadBody>();
            watch.content = asked.and_then(|ReadBody(asked)| {
                Content::begin(watch.span(), call, asked, self.max_content_bytes)
            });
        }
        watch
    }

    fn span(&self, watch: &LlmWatch) -> tracing::Span {
        watch.span().clone()
    }

    fn rejected(&self, _: &request::Parts, error: &Error) {
        self.on_finished.tell_rejected(&LlmReport::default(), error);
    }
}
