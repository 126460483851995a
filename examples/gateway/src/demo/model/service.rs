use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use agentgateway_core::{Body, BoxError};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, request::Parts};
use http_body::Body as HttpBody;
use serde_json::Value;
use tower_service::Service;

use super::{
    super::answer::{Answer, ResponseFuture, answer},
    chat, embeddings, gemini, listing, messages,
    refusal::{Dialect, Refusal},
    reply::Id,
    responses,
};

/// A model that answers `You said: …`, in the dialects of OpenAI, Anthropic and Gemini.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Model;

// === impl Model ===

impl Model {
    /// A model. All models answer alike: there is nothing to set.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<B> Service<Request<B>> for Model
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        answer(*self, request)
    }
}

impl Answer for Model {
    async fn answer(self, head: Parts, body: Bytes) -> Response<Body> {
        let operation = operation(head.uri.path());
        let dialect = operation
            .as_ref()
            .map_or(Dialect::OpenAi, Operation::dialect);
        operation
            .ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "no such path"))
            .and_then(|operation| operation.run(&head, &body))
            .unwrap_or_else(|refusal| refusal.response(dialect))
    }
}

/// What a path asks for.
enum Operation<'a> {
    Chat,
    Responses,
    Messages,
    CountTokens,
    Embeddings,
    Models,
    Model(&'a str),
    Gemini { model: &'a str, verb: &'a str },
}

/// Reads a path, whatever stands before its version.
fn operation(path: &str) -> Option<Operation<'_>> {
    let tail = ["/v1/", "/v1beta/"]
        .into_iter()
        .filter_map(|version| path.split_once(version))
        .min_by_key(|(prefix, _)| prefix.len())?
        .1;
    Some(match tail {
        "chat/completions" => Operation::Chat,
        "responses" => Operation::Responses,
        "messages" => Operation::Messages,
        "messages/count_tokens" => Operation::CountTokens,
        "embeddings" => Operation::Embeddings,
        "models" => Operation::Models,
        _ => {
            let name = tail
                .strip_prefix("models/")
                .filter(|name| !name.is_empty())?;
            match name.rsplit_once(':') {
                Some((model, verb)) => Operation::Gemini { model, verb },
                None => Operation::Model(name),
            }
        }
    })
}

// === impl Operation ===

impl Operation<'_> {
    const fn dialect(&self) -> Dialect {
        match self {
            Self::Messages | Self::CountTokens => Dialect::Anthropic,
            Self::Gemini { .. } => Dialect::Gemini,
            _ => Dialect::OpenAi,
        }
    }

    fn run(&self, head: &Parts, body: &Bytes) -> Result<Response<Body>, Refusal> {
        let allowed = match self {
            Self::Models | Self::Model(_) => Method::GET,
            _ => Method::POST,
        };
        if head.method != allowed {
            return Err(Refusal::method(&allowed));
        }
        match self {
            Self::Models => return Ok(listing::all()),
            Self::Model(name) => return Ok(listing::one(name)),
            _ => {}
        }
        let id = Id::of(body);
        let request: Value =
            serde_json::from_slice(body).map_err(|_| Refusal::invalid("the body is not JSON"))?;
        match self {
            Self::Chat => chat::answer(&request, &id),
            Self::Responses => responses::answer(&request, &id),
            Self::Messages => messages::answer(&request, &id),
            Self::CountTokens => messages::count(&request),
            Self::Embeddings => embeddings::answer(&request),
            Self::Gemini { model, verb } => gemini::answer(
                &request,
                &id,
                model,
                verb,
                head.uri.query().unwrap_or_default(),
            ),
            Self::Models | Self::Model(_) => Ok(listing::all()),
        }
    }
}
