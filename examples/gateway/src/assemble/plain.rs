//! Routes that no protocol layer stands before.

use agentgateway_core::{
    Body, Error,
    middleware::{Next, from_fn},
    rescue::{Dialect, RescueLayer},
    sse::SseMessage,
    telemetry::TelemetryLayer,
    upstream::{Endpoint, Upstream, strip_hop_headers},
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tower::ServiceBuilder;

use super::{Parts, Stack};

/// Any HTTP service, forwarded without looking inside.
pub(super) fn plain(parts: &Parts, endpoint: Endpoint) -> Stack {
    let directed = move |request: Request<Body>, next: Next<_>| {
        let endpoint = endpoint.clone();
        async move {
            let (mut head, body) = request.into_parts();
            strip_hop_headers(&mut head.headers);
            endpoint.apply(&mut head)?;
            next.run(Request::from_parts(head, body)).await
        }
    };
    Stack::new(
        ServiceBuilder::new()
            .layer(RescueLayer::new(Plain, ()))
            .layer(from_fn(directed))
            .layer(TelemetryLayer::client())
            .service::<Upstream>(parts.client.clone()),
    )
}

/// Errors where no protocol is spoken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

impl Dialect for Plain {
    type Subject = ();

    fn response(&self, error: &Error, (): &()) -> Response<Bytes> {
        let body = serde_json::json!({
            "error": { "code": error.status().as_u16(), "kind": error.kind().as_str(), "message": error.message() }
        });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = error.status();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }

    /// Nothing is known of the stream: it is aborted.
    fn event(&self, _: &Error, (): &()) -> Option<SseMessage> {
        None
    }
}
