//! What comes of a service's message.

use ::http::Response;
use bytes::Bytes;

use super::*;
use crate::{
    body::Body,
    envoy::{HeaderFilter, fields::MAX_FIELDS, tests::*, wire::common::QueryParameter},
    error::ErrorKind,
    policy::FailureMode,
};

pub(super) fn judged(answer: &CheckResponse, request: Request<()>) -> Outcome {
    let mut rig = Rig::new(|client| ExtAuthz::grpc(service(client)));
    rig.judged(request, Ok(grpc(answer))).1
}

fn with_status(code: i32) -> Option<google::Status> {
    let message = String::new();
    Some(google::Status { code, message })
}

#[tokio::test(start_paused = true)]
async fn a_yes_changes_the_request_and_the_answer() {
    let answer = yes(OkHttpResponse {
        headers: vec![
            set("X-User", "alice"),
            append("x-group", "b"),
            set("x-new", ""),
        ],
        headers_to_remove: vec!["Authorization".into(), "x-none".into()],
        response_headers_to_add: vec![
            set("set-cookie", "s=2"),
            HeaderValueOption {
                append: Some(false),
                ..set("server", "gateway")
            },
        ],
        query_parameters_to_set: vec![QueryParameter {
            key: "tenant".into(),
            value: "blue".into(),
        }],
        query_parameters_to_remove: vec!["token".into()],
        dynamic_metadata: None,
    });
    let request = with(
        "/a?token=t&%74oken=u&x=1",
        &[
            ("x-user", "mallory"),
            ("x-user", "eve"),
            ("x-group", "a"),
            ("authorization", "Bearer t"),
        ],
    );
    let passed = judged(&answer, request).passed();
    assert_eq!(passed.head.uri, "/a?x=1&tenant=blue");
    let expected = headers([
        ("x-user", "alice"),
        ("x-group", "a"),
        ("x-group", "b"),
        ("x-new", ""),
    ]);
    assert_eq!(passed.head.headers, expected);
    let behind = Response::builder()
        .header("set-cookie", "s=1")
        .header("server", "behind");
    let client = passed.answer(behind.body(Body::empty()).unwrap());
    let expected = headers([
        ("set-cookie", "s=1"),
        ("set-cookie", "s=2"),
        ("server", "gateway"),
    ]);
    assert_eq!(*client.headers(), expected);
}

#[tokio::test(start_paused = true)]
async fn what_frames_a_message_is_not_the_services_to_write() {
    let framing = [
        "host",
        "Content-Length",
        "transfer-encoding",
        "connection",
        "te",
        "upgrade",
    ];
    let options: Vec<_> = framing.into_iter().chain([":path", ":authority"]).collect();
    let fields = || {
        options
            .iter()
            .map(|name| set(name, "evil"))
            .collect::<Vec<_>>()
    };
    let answer = yes(OkHttpResponse {
        headers: fields(),
        headers_to_remove: options.iter().map(|name| (*name).to_owned()).collect(),
        response_headers_to_add: fields(),
        ..Default::default()
    });
    let sent = [("host", "h"), ("content-length", "2"), ("te", "trailers")];
    let passed = judged(&answer, with("/a", &sent)).passed();
    assert_eq!(
        (passed.head.uri.path(), passed.head.headers.clone()),
        ("/a", headers(sent))
    );
    let client = passed.answer(Response::new(Body::empty()));
    assert!(client.headers().is_empty(), "{client:?}");

    let client = judged(&no(403, fields(), ""), get("/")).answered();
    assert!(client.headers().is_empty(), "{client:?}");
}

#[tokio::test(start_paused = true)]
async fn only_listed_fields_are_set() {
    let mut rig = Rig::new(|client| {
        let only = HeaderFilter::only([name("x-user")]);
        ExtAuthz::grpc(service(client).upstream_headers(only)).failure_mode(FailureMode::Open)
    });
    let answer = yes(OkHttpResponse {
        headers: vec![set("x-user", "alice"), set("x-role", "admin")],
        ..Default::default()
    });
    let passed = rig.judged(get("/"), Ok(grpc(&answer))).1.passed();
    assert_eq!(passed.head.headers, headers([("x-user", "alice")]));
    // Without a word a client cannot say it either.
    let spoofed = with("/", &[("x-user", "alice"), ("x-role", "guest")]);
    let passed = rig.judged(spoofed, Ok(trailers_only(14))).1.passed();
    assert_eq!(passed.head.headers, headers([("x-role", "guest")]));
}

#[tokio::test(start_paused = true)]
async fn a_no_is_sent_as_it_is() {
    let fields = vec![
        set("location", "https://login.example"),
        append("set-cookie", "a=1"),
        append("set-cookie", "b=2"),
        set("b@d name", "1"),
    ];
    let client = judged(&no(302, fields, "go there"), get("/")).answered();
    assert_eq!(
        (client.status().as_u16(), &**client.body()),
        (302, &b"go there"[..])
    );
    let expected = headers([
        ("location", "https://login.example"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("content-type", "text/plain"),
    ]);
    assert_eq!(*client.headers(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_no_without_a_status_that_is_one_is_403() {
    for (code, expected) in [
        (0, 403),
        (-1, 403),
        (99, 403),
        (101, 403),
        (600, 403),
        (70_000, 403),
        (200, 200),
        (418, 418),
    ] {
        let client = judged(&no(code, Vec::new(), ""), get("/")).answered();
        assert_eq!(client.status().as_u16(), expected, "{code}");
        assert!(client.headers().is_empty());
    }
    let client = judged(&no(204, Vec::new(), "none of this"), get("/")).answered();
    assert!(client.body().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_status_of_the_message_decides() {
    let (ok, denied) = (
        HttpResponse::Ok(OkHttpResponse {
            headers: vec![set("x-a", "1")],
            ..Default::default()
        }),
        HttpResponse::Denied(DeniedHttpResponse {
            status: Some(HttpStatus { code: 401 }),
            ..Default::default()
        }),
    );
    let cases = [
        (with_status(0), None, None),
        (with_status(0), Some(ok.clone()), None),
        (with_status(0), Some(denied.clone()), None),
        (None, Some(ok.clone()), None),
        (with_status(7), None, Some(403)),
        (with_status(7), Some(ok), Some(403)),
        (with_status(16), Some(denied.clone()), Some(401)),
        (with_status(-1), None, Some(403)),
        (None, Some(denied), Some(401)),
    ];
    for (status, http_response, expected) in cases {
        let answer = CheckResponse {
            status,
            http_response,
            dynamic_metadata: None,
        };
        match judged(&answer, get("/")) {
            Outcome::Passed(_) => assert_eq!(expected, None, "{answer:?}"),
            other => assert_eq!(
                Some(other.answered().status().as_u16()),
                expected,
                "{answer:?}"
            ),
        }
    }
    let error = judged(&CheckResponse::default(), get("/")).refused();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "it says nothing");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_may_be_said_by_an_error() {
    let mut rig = Rig::new(|client| ExtAuthz::grpc(service(client)).refuse_by_error(true));
    let cases = [
        (401, ErrorKind::Unauthenticated),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (418, ErrorKind::Forbidden),
        (429, ErrorKind::RateLimited),
        (503, ErrorKind::Overloaded),
    ];
    let fields = || {
        vec![
            set("www-authenticate", "Bearer"),
            set("content-type", "text/html"),
            set("x-why", "so"),
        ]
    };
    for (code, kind) in cases {
        let error = rig
            .judged(get("/"), Ok(grpc(&no(code, fields(), "<p>"))))
            .1
            .refused();
        assert_eq!(
            (error.kind(), error.message()),
            (kind, "the request is not authorized")
        );
        assert_eq!(error.challenge().unwrap(), "Bearer");
        let mut said = ::http::HeaderMap::new();
        error.write_headers(&mut said);
        assert_eq!(
            said,
            headers([("www-authenticate", "Bearer"), ("x-why", "so")])
        );
    }
    // That is no error.
    let outcome = rig
        .judged(
            get("/"),
            Ok(grpc(&no(302, vec![set("location", "/login")], ""))),
        )
        .1;
    assert_eq!(outcome.answered().status().as_u16(), 302);
}

#[tokio::test(start_paused = true)]
async fn a_failure_of_the_services_own_words() {
    let failed = CheckResponse {
        http_response: Some(HttpResponse::Error(DeniedHttpResponse {
            status: Some(HttpStatus { code: 500 }),
            headers: vec![set("x-why", "database")],
            body: "later".into(),
        })),
        status: with_status(13),
        dynamic_metadata: None,
    };
    let mut counted = None;
    let mut rig = Rig::new(|client| counted.insert(ExtAuthz::grpc(service(client))).clone());
    let client = rig.judged(get("/"), Ok(grpc(&failed))).1.answered();
    assert_eq!(
        (client.status().as_u16(), &**client.body()),
        (500, &b"later"[..])
    );
    assert_eq!(client.headers()["x-why"], "database");
    assert_eq!(counted.unwrap().counts().failures.status, 1);

    let mut rig =
        Rig::new(|client| ExtAuthz::grpc(service(client)).failure_mode(FailureMode::Open));
    rig.judged(get("/"), Ok(grpc(&failed))).1.passed();
}

/// A yes whose edits cannot be made must not pass without them.
#[tokio::test(start_paused = true)]
async fn a_yes_that_cannot_be_followed_is_a_failure() {
    let many = (0..=MAX_FIELDS)
        .map(|at| set(&format!("x-{at}"), "1"))
        .collect();
    let long = QueryParameter {
        key: "x".into(),
        value: "y".repeat(70_000),
    };
    for message in [
        OkHttpResponse {
            headers: vec![set("b@d name", "1")],
            ..Default::default()
        },
        OkHttpResponse {
            headers: vec![set("x-a", "1\n2")],
            ..Default::default()
        },
        OkHttpResponse {
            headers: vec![HeaderValueOption::default()],
            ..Default::default()
        },
        OkHttpResponse {
            headers: many,
            ..Default::default()
        },
        OkHttpResponse {
            headers_to_remove: vec!["b@d name".into()],
            ..Default::default()
        },
        OkHttpResponse {
            response_headers_to_add: vec![set("", "1")],
            ..Default::default()
        },
        OkHttpResponse {
            query_parameters_to_set: vec![long],
            ..Default::default()
        },
    ] {
        let mut counted = None;
        let mut rig = Rig::new(|client| counted.insert(ExtAuthz::grpc(service(client))).clone());
        rig.judged(get("/"), Ok(grpc(&yes(message)))).1.refused();
        let counts = counted.unwrap().counts();
        assert_eq!((counts.allowed, counts.failures.invalid), (0, 1));
    }
}

/// A no that cannot be said as it is must not become a failure, which may pass.
#[tokio::test(start_paused = true)]
async fn a_no_that_cannot_be_said_whole_stays_one() {
    let many = (0..2000).map(|at| set(&format!("x-{at}"), "1")).collect();
    for fields in [vec![set("b@d name", "1")], vec![set("x-a", "1\r\n2")], many] {
        let mut rig =
            Rig::new(|client| ExtAuthz::grpc(service(client)).failure_mode(FailureMode::Open));
        let client = rig
            .judged(get("/"), Ok(grpc(&no(401, fields, ""))))
            .1
            .answered();
        assert_eq!(client.status().as_u16(), 401);
        assert!(client.headers().len() <= MAX_FIELDS);
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_of_a_body_are_the_services() {
    let client = judged(
        &no(403, vec![set("content-type", "application/json")], "{}"),
        get("/"),
    );
    let client = client.answered();
    assert_eq!(client.headers()["content-type"], "application/json");
    assert_eq!(*client.body(), Bytes::from_static(b"{}"));
}
