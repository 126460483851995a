//! What is decided before a rule is chosen.

use std::{future::pending, time::Duration};

use agentgateway_core::{
    authz::Effect,
    route::{Cors, HeaderMatch, ValueMatch},
};
use http::{Method, StatusCode};
use tokio::time::timeout;

use super::*;
use crate::{
    config::snapshot::{
        AccessRule, BeforeRouting, Cases, MessageChanges, Part, Policies, Transforming,
    },
    expression::{Expression, Vocabulary},
};

fn part<T>(spec: T) -> Arc<Part<T>> {
    let name = "ns/p".into();
    Arc::new(Part { name, spec })
}

fn expression(text: &str) -> Expression {
    let names = Vocabulary::request().with_principal().with_metadata();
    Expression::compile(text, &names).unwrap()
}

/// Lets no request pass with this path, and writes what leads to another one.
fn before() -> Policies {
    let deny = AccessRule {
        effect: Effect::Deny,
        conditions: vec![expression("request.path == '/denied'")],
    };
    let request = MessageChanges {
        set: vec![
            (":path".to_owned(), expression("'/v2' + request.path")),
            ("x-team".to_owned(), expression("'red'")),
        ],
        ..MessageChanges::default()
    };
    let moved = expression("request.path == '/moved'");
    let changes = Transforming {
        request,
        ..Transforming::default()
    };
    Policies {
        authorization: vec![part(deny)],
        transform: Some(part(Cases(vec![(Some(moved), changes)]))),
        ..Policies::default()
    }
}

fn gated(parts: &Parts, rules: Vec<Rule>, before: BeforeRouting) -> Table {
    let mut own = listener("own", rules);
    own.before = before;
    table(parts, vec![own])
}

fn policies(policies: Policies) -> BeforeRouting {
    BeforeRouting {
        policies,
        ..BeforeRouting::default()
    }
}

/// Each exchange that the observer was told of, the oldest first.
fn told(parts: &Parts) -> Vec<(&'static str, Option<u16>, String)> {
    let all = parts.observer.recent().list().into_iter();
    let mut all: Vec<_> = all
        .map(|told| (told.protocol, told.status, told.outcome.into_owned()))
        .collect();
    all.reverse();
    all
}

#[tokio::test]
async fn a_rule_is_chosen_for_what_a_transformation_has_left() {
    let (parts, sent) = parts();
    let mut red = rule("/v2", Action::Forward(to("red")));
    let team = HeaderMatch {
        name: "x-team".parse().unwrap(),
        value: ValueMatch::Exact("red".to_owned()),
    };
    red.matches[0].headers = vec![team];
    let rules = vec![rule("/", Action::Forward(to("any"))), red];
    let table = gated(&parts, rules, policies(before()));
    for (path, expected, uri) in [("/moved", "red", "/v2/moved"), ("/other", "any", "/other")] {
        let response = ask(&table, Request::get(path).body(Body::empty()).unwrap()).await;
        assert_eq!(
            response.headers()["x-from"],
            format!("{expected}.ns.svc:80")
        );
        assert_eq!(sent.lock().unwrap().pop().unwrap().uri.path(), uri);
    }
    let denied = ask(&table, Request::get("/denied").body(Body::empty()).unwrap()).await;
    assert_eq!(denied.status(), StatusCode::FORBIDDEN);
    assert!(sent.lock().unwrap().is_empty());
}

#[tokio::test]
async fn each_exchange_is_told_of_once() {
    let (parts, _) = parts();
    let at = Endpoints::Name(HostPort::new("agent.ns.svc", 80));
    let agent = Outcome::Backend(backend(BackendKind::A2a(at)));
    let rules = vec![
        rule("/plain", Action::Forward(to("any"))),
        rule(
            "/a2a",
            Action::Forward(vec![WeightedBackend::new(1, agent)]),
        ),
    ];
    let table = gated(&parts, rules, policies(before()));
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"message/send","params":{"message":{}}}"#;
    for (path, expected) in [
        ("/denied", ("http", Some(403))),
        ("/plain", ("http", Some(200))),
        ("/nowhere", ("http", Some(404))),
        ("/a2a", ("a2a", Some(200))),
    ] {
        let response = ask(&table, post(path, call)).await;
        drop(response.into_body().collect().await);
        let all = told(&parts);
        let (protocol, status, _) = all.last().unwrap();
        assert_eq!((*protocol, *status), expected, "{path}");
    }
    assert_eq!(told(&parts).len(), 4, "{:?}", told(&parts));
}

/// Who leaves is told of once, by who has the request then.
#[tokio::test(start_paused = true)]
async fn who_leaves_behind_the_gate_is_told_of_once() {
    let parts = over(Upstream::new(service_fn(|_: Request<Body>| async {
        pending::<()>().await;
        Ok::<_, BoxError>(Response::new(Body::empty()))
    })));
    let rules = vec![rule("/", Action::Forward(to("any")))];
    let table = gated(&parts, rules, policies(before()));
    let asked = timeout(Duration::from_millis(1), ask(&table, post("/", "")));
    assert!(asked.await.is_err(), "nobody answers");
    let dropped = ("http", None, "dropped".to_owned());
    assert_eq!(told(&parts), [dropped]);
}

#[tokio::test]
async fn a_refusal_is_said_as_the_listener_speaks() {
    let (parts, _) = parts();
    let at = Endpoints::Name(HostPort::new("agent.ns.svc", 80));
    let outcome = Outcome::Backend(backend(BackendKind::A2a(at)));
    let action = Action::Forward(vec![WeightedBackend::new(1, outcome)]);
    let table = gated(&parts, vec![rule("/", action)], policies(before()));
    let denied = ask(&table, post("/denied", "{}")).await;
    assert_eq!(denied.status(), StatusCode::FORBIDDEN);
    let said = denied.into_body().collect().await.unwrap().to_bytes();
    let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(said["error"]["code"], -31403, "{said}");
    let mut call = post("/denied", "");
    let kind = "application/grpc".parse().unwrap();
    call.headers_mut().insert("content-type", kind);
    // PERMISSION_DENIED.
    assert_eq!(ask(&table, call).await.headers()["grpc-status"], "7");
}

#[tokio::test]
async fn pages_are_told_who_may_call_before_anybody_is_asked() {
    let (parts, sent) = parts();
    let mut cors = Cors::default();
    cors.allow_origins = vec!["https://a.example".to_owned()];
    let before = BeforeRouting {
        cors: Some(cors),
        policies: before(),
    };
    let rules = vec![rule("/", Action::Forward(to("any")))];
    let table = gated(&parts, rules, before);
    let from = |method: Method, path: &str| {
        Request::builder()
            .method(method)
            .uri(path)
            .header("origin", "https://a.example")
    };
    let asked = from(Method::OPTIONS, "/denied").header("access-control-request-method", "GET");
    let preflight = ask(&table, asked.body(Body::empty()).unwrap()).await;
    assert_eq!(preflight.status(), StatusCode::NO_CONTENT);
    let allowed = |response: &Response<Body>| {
        response
            .headers()
            .get("access-control-allow-origin")
            .cloned()
    };
    assert_eq!(allowed(&preflight).unwrap(), "https://a.example");
    assert!(sent.lock().unwrap().is_empty());
    for (path, status) in [("/", 200), ("/denied", 403)] {
        let response = ask(&table, from(Method::GET, path).body(Body::empty()).unwrap()).await;
        assert_eq!(response.status(), status);
        // What is refused can be read, too.
        assert_eq!(allowed(&response).unwrap(), "https://a.example");
    }
}
