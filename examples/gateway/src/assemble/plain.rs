//! Routes that no protocol layer stands before.

use agentgateway_core::{
    Body, BoxError, Error, Peeked,
    body::{AdaptLayer, HoldLayer},
    forwarded::Forwarding,
    rescue::{Dialect, RescueLayer},
    sse::SseMessage,
    telemetry::TelemetryLayer,
    timeout::TimeoutLayer,
    upstream::{Endpoint, Upstream, strip_hop_headers},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, header};
use tower::ServiceBuilder;

use super::{Stack, retrying::MAX_PLAIN, stack::How};

/// Any HTTP service, forwarded without looking inside. Errors are said in this dialect.
pub(super) fn plain<D>(
    dialect: D,
    client: Upstream,
    endpoint: Endpoint,
    credential: Option<HeaderValue>,
    how: &How,
) -> Stack
where
    D: Dialect<Subject = ()>,
{
    let directed = move |request: Request<Body>| direct(request, &endpoint, credential.as_ref());
    let outer = ServiceBuilder::new()
        .layer(RescueLayer::new(dialect.clone(), ()))
        .layer(how.mounted.within())
        .layer(TimeoutLayer::new(how.clocks));
    let inner = ServiceBuilder::new()
        .filter(directed)
        .layer(TelemetryLayer::client())
        .service::<Upstream>(client);
    let stack = match &how.attempts {
        None => Stack::untold(outer.service(inner)),
        Some(attempts) => Stack::untold(
            outer
                .layer(HoldLayer::new(MAX_PLAIN))
                .layer(attempts.layer.clone())
                .layer(AdaptLayer::new(Peeked::into_body))
                .layer(TimeoutLayer::new(attempts.clocks))
                .service(inner),
        ),
    };
    how.mounted.around(&RescueLayer::new(dialect, ()), stack)
}

fn direct(
    request: Request<Body>,
    endpoint: &Endpoint,
    credential: Option<&HeaderValue>,
) -> Result<Request<Body>, BoxError> {
    let (mut head, body) = request.into_parts();
    strip_hop_headers(&mut head.headers);
    strip_told_hops(&mut head.headers);
    if let Some(forwarding) = head.extensions.get::<Forwarding>() {
        forwarding.write(&mut head.headers);
    }
    endpoint.apply(&mut head)?;
    if let Some(credential) = credential {
        head.headers
            .insert(header::AUTHORIZATION, credential.clone());
    }
    Ok(Request::from_parts(head, body))
}

/// Removes what a client says of the hops before this one: nobody here has seen them, and a service
/// would take them for the gateway's word.
fn strip_told_hops(headers: &mut HeaderMap) {
    let told: Vec<HeaderName> = headers
        .keys()
        .filter(|name| {
            let name = name.as_str();
            name.starts_with("x-forwarded-") || matches!(name, "forwarded" | "x-real-ip")
        })
        .cloned()
        .collect();
    for name in told {
        headers.remove(name);
    }
}

/// Errors where no protocol is spoken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

impl Dialect for Plain {
    type Subject = ();

    fn response(&self, error: &Error, (): &()) -> Response<Bytes> {
        let mut said = serde_json::Map::from_iter([
            ("code".to_owned(), error.status().as_u16().into()),
            ("kind".to_owned(), error.kind().as_str().into()),
            ("message".to_owned(), error.message().into()),
        ]);
        if let Some(id) = error.request_id() {
            said.insert("requestId".to_owned(), id.as_str().into());
        }
        let body = serde_json::json!({ "error": said });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = error.status();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        error.write_headers(response.headers_mut());
        response
    }

    /// Nothing is known of the stream: it is aborted.
    fn event(&self, _: &Error, (): &()) -> Option<SseMessage> {
        None
    }
}
