//! Services that are asked by plain HTTP.

use std::time::Duration;

use ::http::{Method, Response, header::AUTHORIZATION};
use bytes::Bytes;
use http_body_util::Channel;
use serde_json::{Map, Value};
use tokio_test::assert_pending;

use super::*;
use crate::{
    body::{Body, BodyPrefix},
    context::Principal,
    envoy::{HeaderFilter, tests::*},
    error::{Error, ErrorKind},
    policy::FailureMode,
    upstream::HostField,
};

fn http(client: Upstream) -> HttpService {
    HttpService::new("http://judge.example:9001/check".parse().unwrap(), client)
}

fn answer(code: u16, fields: &[(&str, &str)], body: &'static str) -> Result<Response<Body>, Error> {
    let mut response = Response::builder().status(code);
    for (name, value) in fields {
        response = response.header(*name, *value);
    }
    Ok(response
        .body(Body::from(Bytes::from_static(body.as_bytes())))
        .unwrap())
}

fn rig(change: impl FnOnce(HttpService) -> HttpService) -> Rig {
    Rig::new(|client| ExtAuthz::http(change(http(client))))
}

#[tokio::test(start_paused = true)]
async fn is_sent_a_request_like_the_clients() {
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let mut request = with(
        "/a/b?c=d",
        &[
            ("authorization", "Bearer t"),
            ("cookie", "s=1"),
            ("host", "api.example"),
            ("traceparent", parent),
        ],
    );
    *request.method_mut() = Method::DELETE;
    let (asked, outcome) = rig(|http| http).judged(request, answer(200, &[], ""));
    outcome.passed();
    assert_eq!((&asked.head.method, asked.body.len()), (&Method::DELETE, 0));
    assert_eq!(asked.head.uri, "http://judge.example:9001/check/a/b?c=d");
    let expected = headers([("authorization", "Bearer t"), ("traceparent", parent)]);
    assert_eq!(asked.head.headers, expected);
    assert!(asked.head.extensions.get::<HostField>().is_none());
}

#[tokio::test(start_paused = true)]
async fn is_sent_what_is_configured() {
    let mut rig = rig(|http| {
        http.method(Method::POST)
            .path(|head| Some(format!("/verify?of={}", head.uri.path())))
            .request_headers(HeaderFilter::except([AUTHORIZATION]))
            .add_header(name("x-path"), |head| Some(head.uri.path().to_owned()))
            .add_header(name("x-none"), |_| None)
            .add_header(name("content-length"), |_| Some("99".into()))
            .body(|head| Some(head.method.as_str().to_owned().into()))
            .keep_host()
    });
    let request = with(
        "/a",
        &[
            ("authorization", "Bearer t"),
            ("x-path", "/spoofed"),
            ("x-none", "spoofed"),
            ("x-envoy-auth-partial-body", "false"),
            ("host", "api.example"),
            ("content-length", "12"),
            ("x-kept", "1"),
        ],
    );
    let (asked, _) = rig.judged(request, answer(200, &[], ""));
    assert_eq!(
        (&asked.head.method, &*asked.body),
        (&Method::POST, &b"GET"[..])
    );
    assert_eq!(
        asked.head.uri,
        "http://judge.example:9001/check/verify?of=/a"
    );
    assert_eq!(
        asked.head.headers,
        headers([("x-kept", "1"), ("x-path", "/a")])
    );
    assert_eq!(
        asked.head.extensions.get::<HostField>().unwrap().value(),
        "api.example"
    );
}

#[tokio::test(start_paused = true)]
async fn is_sent_the_body_that_was_read() {
    for (prefix, body, partial) in [
        (Some(("hello", true)), "hello", "false"),
        (Some(("hell", false)), "hell", "true"),
        (None, "", "true"),
    ] {
        let mut request = with("/", &[("x-envoy-auth-partial-body", "maybe")]);
        if let Some((text, whole)) = prefix {
            let found = BodyPrefix::new(Bytes::from_static(text.as_bytes()), whole);
            request.extensions_mut().insert(found);
        }
        let mut rig = rig(|http| http.forward_body().request_headers(HeaderFilter::all()));
        let (asked, _) = rig.judged(request, answer(200, &[], ""));
        assert_eq!(
            (&*asked.body, asked.field("x-envoy-auth-partial-body")),
            (body.as_bytes(), partial)
        );
    }
}

/// Else a client could choose not to be asked about, where the failure mode is open.
#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_asked_about_is_refused_in_any_mode() {
    type Change = fn(HttpService) -> HttpService;
    let cases: [(Change, &str, ErrorKind); 4] = [
        (
            |http| http,
            "/a/%2e%2e/%2e%2e/yes",
            ErrorKind::InvalidRequest,
        ),
        (|http| http.path(|_| None), "/", ErrorKind::Forbidden),
        (
            |http| http.path(|_| Some("no-path".into())),
            "/",
            ErrorKind::Forbidden,
        ),
        (
            |http| http.path(|_| Some("/a b".into())),
            "/",
            ErrorKind::Forbidden,
        ),
    ];
    for (change, path, kind) in cases {
        let mut rig =
            Rig::new(|client| ExtAuthz::http(change(http(client))).failure_mode(FailureMode::Open));
        assert_eq!(rig.unasked(get(path)).refused().kind(), kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_yes_brings_what_is_listed_and_takes_what_it_does_not_bring() {
    let mut rig = rig(|http| {
        http.upstream_headers([name("x-user"), name("x-role"), name("host")])
            .client_headers_on_success(HeaderFilter::only([name("set-cookie")]))
    });
    let yes = answer(
        204,
        &[
            ("x-user", "alice"),
            ("x-user", "al"),
            ("x-other", "1"),
            ("set-cookie", "s=2"),
            (
                "x-envoy-auth-headers-to-remove",
                "Authorization, b@d name,,host",
            ),
        ],
        "",
    );
    let request = with(
        "/",
        &[
            ("x-user", "mallory"),
            ("x-role", "admin"),
            ("x-other", "0"),
            ("authorization", "Bearer t"),
            ("host", "h"),
        ],
    );
    let passed = rig.judged(request, yes).1.passed();
    let expected = headers([
        ("x-user", "alice"),
        ("x-user", "al"),
        ("x-other", "0"),
        ("host", "h"),
    ]);
    assert_eq!(passed.head.headers, expected);
    let behind = Response::builder()
        .header("set-cookie", "s=1")
        .body(Body::empty());
    let client = passed.answer(behind.unwrap());
    assert_eq!(
        *client.headers(),
        headers([("set-cookie", "s=1"), ("set-cookie", "s=2")])
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_word_a_client_does_not_say_what_the_service_would() {
    let mut rig = Rig::new(|client| {
        let service = http(client).upstream_headers([name("x-user")]);
        ExtAuthz::http(service).failure_mode(FailureMode::Open)
    });
    let request = || with("/", &[("x-user", "admin"), ("x-a", "1")]);
    for failed in [
        answer(503, &[], ""),
        Err(Error::new(ErrorKind::Unavailable, "gone")),
    ] {
        let passed = rig.judged(request(), failed).1.passed();
        assert_eq!(passed.head.headers, headers([("x-a", "1")]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_no_is_sent_as_it_is() {
    let fields = [
        ("www-authenticate", "Basic"),
        ("content-type", "text/html"),
        ("transfer-encoding", "chunked"),
        ("x-internal", "1"),
    ];
    let mut rig = rig(|http| http.client_headers(HeaderFilter::except([name("x-internal")])));
    for code in [400, 401, 403, 404, 429] {
        let client = rig
            .judged(get("/"), answer(code, &fields, "<p>no"))
            .1
            .answered();
        assert_eq!(
            (client.status().as_u16(), &**client.body()),
            (code, &b"<p>no"[..])
        );
        let expected = headers([("www-authenticate", "Basic"), ("content-type", "text/html")]);
        assert_eq!(*client.headers(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_redirection_goes_to_the_client_where_it_is_to() {
    let fields = [("location", "https://login.example")];
    let client = rig(|http| http)
        .judged(get("/"), answer(302, &fields, "there"))
        .1
        .answered();
    assert_eq!((client.status().as_u16(), client.headers().len()), (403, 0));
    assert!(client.body().is_empty());

    let mut passing = rig(HttpService::pass_redirects);
    let client = passing
        .judged(get("/"), answer(302, &fields, "there"))
        .1
        .answered();
    assert_eq!(client.status().as_u16(), 302);
    assert_eq!(client.headers()["location"], "https://login.example");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_may_lead_to_a_page() {
    let mut rig = Rig::new(|client| {
        let service = http(client).redirect(|head| match head.uri.path() {
            "/none" => None,
            "/bad" => Some("\n".into()),
            path => Some(format!("https://login.example?back={path}")),
        });
        ExtAuthz::http(service).refuse_by_error(true)
    });
    for code in [401, 403] {
        let client = rig.judged(get("/a"), answer(code, &[], "no")).1.answered();
        assert_eq!((client.status().as_u16(), client.body().len()), (302, 0));
        assert_eq!(
            client.headers()["location"],
            "https://login.example?back=/a"
        );
    }
    for (path, code) in [("/none", 401), ("/bad", 403), ("/a", 404)] {
        let error = rig.judged(get(path), answer(code, &[], "no")).1.refused();
        assert_eq!(error.status().as_u16(), code);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_no_no() {
    for code in [500, 502, 503, 504] {
        let mut counted = None;
        let mut rig = Rig::new(|client| counted.insert(ExtAuthz::http(http(client))).clone());
        let error = rig
            .judged(get("/"), answer(code, &[], "stack trace"))
            .1
            .refused();
        assert_eq!(error.kind(), ErrorKind::Forbidden);
        assert_eq!(counted.unwrap().counts().failures.status, 1);
    }
    let mut rig =
        Rig::new(|client| ExtAuthz::http(http(client)).failure_kind(ErrorKind::Overloaded));
    let error = rig.judged(get("/"), answer(500, &[], "")).1.refused();
    assert_eq!(error.kind(), ErrorKind::Overloaded);
}

/// Its status is a no already: a body that does not come must not make a failure of it, which may
/// pass.
#[tokio::test(start_paused = true)]
async fn a_no_whose_body_does_not_come_stays_one() {
    let open = |limit| {
        Rig::new(move |client| {
            let service = http(client).max_answer_bytes(limit);
            ExtAuthz::http(service).failure_mode(FailureMode::Open)
        })
    };
    let fields = [("content-type", "text/html"), ("x-why", "so")];
    let client = open(3)
        .judged(get("/"), answer(403, &fields, "<p>no"))
        .1
        .answered();
    assert_eq!((client.status().as_u16(), client.body().len()), (403, 0));
    assert_eq!(*client.headers(), headers([("x-why", "so")]));

    let mut rig = open(1000);
    let (mut call, _, reply) = rig.ask(get("/"));
    let (_sender, body) = Channel::<Bytes, Error>::new(1);
    let silent = Response::builder().status(401).body(Body::new(body));
    reply.send_response(silent.unwrap());
    assert_pending!(call.poll());
    tokio::time::advance(Duration::from_millis(201)).await;
    assert!(call.is_woken());
    assert_eq!(rig.outcome(call).answered().status().as_u16(), 401);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_by_a_yes_is_written_down() {
    let mut counted = None;
    let mut rig = Rig::new(|client| {
        let service = http(client)
            .max_answer_bytes(20)
            .response_metadata(|request, head, body| {
                let user = head
                    .headers
                    .get("x-user")
                    .and_then(|user| user.to_str().ok());
                let said = String::from_utf8_lossy(body).into_owned();
                Map::from_iter([
                    ("sub".to_owned(), Value::from(user.unwrap_or_default())),
                    ("said".to_owned(), Value::from(said)),
                    ("path".to_owned(), Value::from(request.uri.path())),
                ])
            });
        counted.insert(ExtAuthz::http(service)).clone()
    });
    let passed = rig
        .judged(get("/"), answer(200, &[("x-user", "alice")], "welcome"))
        .1
        .passed();
    let metadata = passed.head.extensions.get::<Metadata>().unwrap();
    assert_eq!(metadata.members()["said"], "welcome");
    assert_eq!(metadata.members()["path"], "/");
    assert_eq!(
        passed.head.extensions.get::<Principal>().unwrap().name(),
        "alice"
    );
    // It cannot be known by a body that is too long.
    rig.judged(
        get("/"),
        answer(200, &[], "welcome and welcome and welcome"),
    )
    .1
    .refused();
    let counts = counted.unwrap().counts();
    assert_eq!((counts.allowed, counts.failures.invalid), (1, 1));
}
