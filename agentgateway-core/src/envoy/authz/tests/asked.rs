//! What a service over gRPC is told of a request.

use std::time::SystemTime;

use ::http::{HeaderName, Request, Version, header::COOKIE};
use bytes::Bytes;
use serde_json::{Map, json};

use super::*;
use crate::{
    body::BodyPrefix,
    context::{AuthMethod, ClientAddr, Principal, ServerName},
    envoy::{
        HeaderFilter,
        tests::*,
        wire::{
            auth::{AttributeContext, CheckRequest, HttpRequest},
            to_object,
        },
    },
};

fn told(service: impl FnOnce(Upstream) -> GrpcService, request: Request<()>) -> AttributeContext {
    let mut rig = Rig::new(|client| ExtAuthz::grpc(service(client)));
    let answer = Ok(grpc(&yes(OkHttpResponse::default())));
    let (asked, outcome) = rig.judged(request, answer);
    outcome.passed();
    asked.message::<CheckRequest>().attributes.unwrap()
}

fn http_of(attributes: AttributeContext) -> HttpRequest {
    attributes.request.unwrap().http.unwrap()
}

fn pairs(http: &HttpRequest) -> Vec<(&str, &str)> {
    let fields = http.headers.iter();
    fields
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn the_request_as_it_came() {
    let request = Request::put("https://api.example/a/b?c=d%20e")
        .version(Version::HTTP_2)
        .header("X-Many", "1")
        .header("x-many", "2")
        .header(COOKIE, "a=b")
        .header(COOKIE, "c=d")
        .header(
            "x-bytes",
            ::http::HeaderValue::from_bytes(b"caf\xe9").unwrap(),
        )
        .header("x-request-id", "r-1")
        .header("content-length", "12")
        .header("x-envoy-auth-partial-body", "false")
        .body(())
        .unwrap();
    let before = SystemTime::now().into();
    let attributes = told(service, request);
    let time = attributes.request.as_ref().unwrap().time.unwrap();
    let google::Timestamp { seconds, .. } = before;
    assert!((seconds..seconds + 60).contains(&time.seconds));
    let http = http_of(attributes);
    assert_eq!(
        pairs(&http),
        [
            (":authority", "api.example"),
            (":method", "PUT"),
            (":path", "/a/b?c=d%20e"),
            (":scheme", "https"),
            ("content-length", "12"),
            ("cookie", "a=b; c=d"),
            ("x-bytes", "caf\u{fffd}"),
            ("x-many", "1,2"),
            ("x-request-id", "r-1"),
        ]
    );
    let HttpRequest {
        id,
        method,
        path,
        host,
        scheme,
        protocol,
        size,
        body,
        raw_body,
        ..
    } = http;
    assert_eq!(
        (id.as_str(), method.as_str(), path.as_str()),
        ("r-1", "PUT", "/a/b?c=d%20e")
    );
    assert_eq!(
        (host.as_str(), scheme.as_str(), protocol.as_str()),
        ("api.example", "https", "HTTP/2")
    );
    assert_eq!((size, body.as_str(), raw_body.len()), (12, "", 0));
}

#[tokio::test(start_paused = true)]
async fn the_fields_that_it_is_to_know() {
    let request = || {
        with(
            "/",
            &[("authorization", "secret"), ("x-a", "1"), ("host", "h:1")],
        )
    };
    for (filter, expected) in [
        (HeaderFilter::only([name("x-a")]), &["x-a"][..]),
        (
            HeaderFilter::except([name("authorization")]),
            &["host", "x-a"],
        ),
        (HeaderFilter::none(), &[]),
    ] {
        let http = http_of(told(
            |client| service(client).request_headers(filter),
            request(),
        ));
        let own = http.headers.keys().filter(|name| !name.starts_with(':'));
        assert_eq!(own.collect::<Vec<_>>(), expected);
        assert_eq!(
            (http.host.as_str(), http.protocol.as_str()),
            ("h:1", "HTTP/1.1")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn who_calls_and_where() {
    let mut request = get("/");
    let extensions = request.extensions_mut();
    extensions.insert(ClientAddr::new("[::ffff:10.1.2.3]:4000".parse().unwrap()));
    extensions.insert(ServerName::new("api.example"));
    let claims = json!({"sub": "alice", "groups": ["a"]});
    Principal::new(AuthMethod::ClientCertificate, "spiffe://example.org/a").insert(extensions);
    Principal::new(AuthMethod::Jwt, "alice")
        .with_claims(claims.as_object().unwrap().clone())
        .insert(extensions);
    let attributes = told(
        |client| {
            service(client)
                .destination("10.0.0.1:8443".parse().unwrap())
                .certificate(|_| Some("-----BEGIN%20CERTIFICATE".into()))
                .context_extension("tenant", "blue")
        },
        request,
    );
    let address = |peer: &crate::envoy::wire::auth::Peer| {
        let address = peer
            .address
            .as_ref()
            .unwrap()
            .socket_address
            .as_ref()
            .unwrap();
        (address.address.clone(), address.port_value)
    };
    let source = attributes.source.as_ref().unwrap();
    assert_eq!(address(source), ("10.1.2.3".into(), Some(4000)));
    assert_eq!(source.principal, "spiffe://example.org/a");
    assert_eq!(source.certificate, "-----BEGIN%20CERTIFICATE");
    let destination = attributes.destination.as_ref().unwrap();
    assert_eq!(address(destination), ("10.0.0.1".into(), Some(8443)));
    assert_eq!(attributes.context_extensions["tenant"], "blue");
    assert_eq!(attributes.tls_session.as_ref().unwrap().sni, "api.example");
    let mut metadata = attributes.metadata_context.clone().unwrap().filter_metadata;
    let jwt = to_object(metadata.remove("envoy.filters.http.jwt_authn").unwrap());
    assert_eq!(jwt["jwt_payload"], claims);
    assert_eq!(http_of(attributes).scheme, "https");
}

/// A token may name whom it likes: that is not who has opened the connection.
#[tokio::test(start_paused = true)]
async fn a_token_names_no_peer() {
    let mut request = get("/");
    Principal::new(AuthMethod::Jwt, "spiffe://example.org/admin").insert(request.extensions_mut());
    assert_eq!(told(service, request).source.unwrap().principal, "");
}

#[tokio::test(start_paused = true)]
async fn metadata_of_an_applications_own() {
    let mut request = get("/");
    Principal::new(AuthMethod::Jwt, "alice").insert(request.extensions_mut());
    let attributes = told(
        |client| {
            service(client)
                .request_metadata("own", |head| {
                    let path = json!(head.uri.path());
                    Some(Map::from_iter([("path".to_owned(), path)]))
                })
                .request_metadata("none", |_| None)
        },
        request,
    );
    let metadata = attributes.metadata_context.unwrap().filter_metadata;
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["own"]);
    assert_eq!(to_object(metadata["own"].clone())["path"], "/");
}

#[tokio::test(start_paused = true)]
async fn the_body_that_was_read() {
    let partial = HeaderName::from_static("x-envoy-auth-partial-body");
    let cases = [
        (Some((&b"caf\xc3\xa9"[..], true)), "café", 5, "false"),
        (Some((b"caf\xc3", false)), "caf\u{fffd}", 100, "true"),
        // Nobody has read it.
        (None, "", 100, "true"),
    ];
    for (prefix, text, size, said) in cases {
        let request = || {
            // What a client says of it is not believed.
            let mut request = with(
                "/",
                &[("content-length", "100"), (partial.as_str(), "false")],
            );
            if let Some((bytes, whole)) = prefix {
                let found = BodyPrefix::new(Bytes::from_static(bytes), whole);
                request.extensions_mut().insert(found);
            }
            request
        };
        let http = http_of(told(|client| service(client).forward_body(), request()));
        assert_eq!((http.body.as_str(), http.size), (text, size));
        assert_eq!(
            (http.headers[partial.as_str()].as_str(), http.raw_body.len()),
            (said, 0)
        );

        let http = http_of(told(|client| service(client).forward_raw_body(), request()));
        assert_eq!(http.raw_body, prefix.map_or(&b""[..], |(bytes, _)| bytes));
        assert_eq!(http.body, "");

        let http = http_of(told(service, request()));
        assert!(http.body.is_empty() && !http.headers.contains_key(partial.as_str()));
    }
}
