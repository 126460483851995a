use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use agentgateway_core::{BoxError, Error, Peeked, body::End};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};

use crate::{LlmCall, LlmDialect, LlmLayer, LlmReport};

pub(super) type Sent = Full<Bytes>;

#[derive(Clone, Default)]
pub(super) struct Log(Arc<Mutex<Vec<(String, LlmReport)>>>);

impl Log {
    pub(super) fn layer(&self) -> LlmLayer {
        let log = Arc::clone(&self.0);
        LlmLayer::new().on_finished(move |finished| {
            let end = match finished.end {
                End::Failed(error) => format!("failed {}", error.kind().as_str()),
                end => end.as_str().to_owned(),
            };
            log.lock().unwrap().push((end, finished.report.clone()));
        })
    }

    pub(super) fn only(&self) -> (String, LlmReport) {
        let mut log = self.0.lock().unwrap();
        assert_eq!(log.len(), 1);
        log.remove(0)
    }
}

pub(super) fn post(path: &str, body: &str) -> Request<Sent> {
    Request::post(path)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

pub(super) fn path_of(dialect: LlmDialect) -> &'static str {
    match dialect {
        LlmDialect::OpenAiChat => "/v1/chat/completions",
        LlmDialect::OpenAiResponses => "/v1/responses",
        LlmDialect::AnthropicMessages => "/v1/messages",
        LlmDialect::Gemini => "/v1beta/models/g:streamGenerateContent?alt=sse",
        LlmDialect::BedrockConverse => "/model/m/converse-stream",
        LlmDialect::CohereRerank => "/v2/rerank",
        LlmDialect::Other(name) => panic!("no client speaks {name}"),
    }
}

/// Those whose streams are event streams.
pub(super) const DIALECTS: [LlmDialect; 4] = [
    LlmDialect::OpenAiChat,
    LlmDialect::OpenAiResponses,
    LlmDialect::AnthropicMessages,
    LlmDialect::Gemini,
];

/// What the service inside is given.
pub(super) async fn call_of(request: Request<Sent>) -> Result<Option<LlmCall>, Response<Bytes>> {
    let seen = Arc::new(Mutex::new(None));
    let inner = Arc::clone(&seen);
    let service = LlmLayer::new().layer(service_fn(move |request: Request<Peeked<Sent>>| {
        *inner.lock().unwrap() = Some(request.extensions().get::<LlmCall>().cloned());
        async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) }
    }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let seen = seen.lock().unwrap().take();
    seen.ok_or_else(|| Response::from_parts(head, body))
}

/// What the client is given for this answer of the service.
pub(super) async fn answered<B>(
    layer: LlmLayer,
    request: Request<Sent>,
    answer: Response<B>,
) -> Response<Bytes>
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let answer = Mutex::new(Some(answer));
    let answer = Arc::new(answer);
    let service = layer.layer(service_fn(move |_: Request<Peeked<Sent>>| {
        let answer = answer.lock().unwrap().take().unwrap();
        async { Ok::<_, Infallible>(answer) }
    }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Response::from_parts(head, body)
}

pub(super) fn stream(body: &str) -> Response<Full<Bytes>> {
    Response::builder()
        .header("content-type", "text/event-stream")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

pub(super) fn json(status: u16, body: &str) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap()
}

pub(super) async fn relayed(dialect: LlmDialect, body: &str) -> (String, String, LlmReport) {
    let log = Log::default();
    let request = post(path_of(dialect), r#"{"model":"m","stream":true}"#);
    let response = answered(log.layer(), request, stream(body)).await;
    let text = String::from_utf8(response.into_body().to_vec()).unwrap();
    let (end, report) = log.only();
    (text, end, report)
}

pub(super) async fn failed(request: Request<Sent>, error: Error) -> Response<Bytes> {
    let error = Arc::new(Mutex::new(Some(error)));
    let service = LlmLayer::new().layer(service_fn(move |_: Request<Peeked<Sent>>| {
        let error = error.lock().unwrap().take().unwrap();
        async { Err::<Response<Sent>, BoxError>(error.into()) }
    }));
    let (head, body) = service.oneshot(request).await.unwrap().into_parts();
    Response::from_parts(head, body.collect().await.unwrap().to_bytes())
}
