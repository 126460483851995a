//! Routes that no protocol layer stands before.

use agentgateway_core::{
    Body, Error,
    body::{End, WithEnd},
    context::RouteName,
    middleware::{Next, from_fn},
    rescue::{Dialect, RescueLayer},
    sse::SseMessage,
    telemetry::TelemetryLayer,
    upstream::{Endpoint, Upstream, strip_hop_headers},
};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tokio::time::Instant;
use tower::ServiceBuilder;

use super::{Parts, Stack, stack::erase};
use crate::observe::Exchange;

/// Any HTTP service, forwarded without looking inside.
pub(super) fn plain(parts: &Parts, endpoint: Endpoint) -> Stack {
    let observer = parts.observer.clone();
    let watched = move |mut request: Request<Body>, next: Next<_>| {
        let (observer, endpoint) = (observer.clone(), endpoint.clone());
        async move {
            let begun = Instant::now();
            let call = name(&request);
            strip_hop_headers(request.headers_mut());
            let (mut head, body) = request.into_parts();
            endpoint.apply(&mut head)?;
            let booked = move |status, end: End<'_>| {
                let elapsed = begun.elapsed();
                observer.book(Exchange {
                    protocol: "http",
                    call,
                    end,
                    error: None,
                    status,
                    elapsed,
                    trace_id: None,
                });
            };
            match next.run(Request::from_parts(head, body)).await {
                Ok(response) => {
                    let status = Some(response.status().as_u16());
                    Ok(response
                        .map(|body| WithEnd::new(body, move |end: End<'_>| booked(status, end))))
                }
                Err(error) => {
                    let error = Error::from_boxed(error);
                    booked(None, End::Failed(&error));
                    Err(error.into())
                }
            }
        }
    };
    erase(
        ServiceBuilder::new()
            .layer(RescueLayer::new(Plain, ()))
            .layer(from_fn(watched))
            .layer(TelemetryLayer::client())
            .service::<Upstream>(parts.client.clone()),
    )
}

/// The method and the route: a path may hold what is nobody's business.
fn name(request: &Request<Body>) -> String {
    let route = request
        .extensions()
        .get::<RouteName>()
        .map_or("", RouteName::as_str);
    format!("{} {route}", request.method())
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
