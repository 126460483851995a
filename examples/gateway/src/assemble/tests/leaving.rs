use std::{future::pending, time::Duration};

use agentgateway_core::policy::FailureMode;
use tokio::time::timeout;

use super::*;
use crate::config::snapshot::{Asked, Cases, ExtAuth, ExtAuthHttp, ExtAuthSpeech, Part, Policies};

/// Parts whose backends never answer; the service that is asked who may call does, or neither does it.
fn silent(judge_answers: bool) -> Parts {
    over(Upstream::new(service_fn(
        move |request: Request<Body>| async move {
            let to_judge = request
                .uri()
                .host()
                .is_some_and(|host| host.starts_with("judge"));
            if !(to_judge && judge_answers) {
                pending::<()>().await;
            }
            Ok::<_, BoxError>(Response::new(Body::empty()))
        },
    )))
}

pub(super) fn judged() -> Policies {
    let at = Endpoints::Name(HostPort::new("judge.ns.svc", 80));
    let http = ExtAuthHttp {
        path: None,
        redirect: None,
        body: None,
        request_headers: None,
        added: Vec::new(),
        response_headers: Vec::new(),
        metadata: Vec::new(),
    };
    let spec = ExtAuth {
        service: Asked { at, tls: false },
        speech: ExtAuthSpeech::Http(Box::new(http)),
        failure_mode: FailureMode::Closed,
        body_bytes: None,
        cache: None,
    };
    Policies {
        ext_auth: Some(Arc::new(Part {
            name: "ns/p traffic.extAuth".into(),
            spec: Cases(vec![(None, spec)]),
        })),
        ..Policies::default()
    }
}

/// Who tells of a request whose client leaves before there is an answer.
async fn told_by(parts: &Parts) -> Vec<(&'static str, String)> {
    let at = Endpoints::Name(HostPort::new("agent.ns.svc", 80));
    let outcome = Outcome::Backend(backend(BackendKind::A2a(at)));
    let action = Action::Forward(vec![WeightedBackend::new(1, outcome)]);
    let mut rule = rule("/", action);
    rule.policies = Arc::new(judged());
    let table = serving(parts, vec![rule]);
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"}}"#;
    let asked = timeout(Duration::from_millis(1), ask(&table, post("/", call)));
    assert!(asked.await.is_err(), "nobody answers");
    let told = parts.observer.recent().list().into_iter();
    told.map(|told| (told.protocol, told.outcome.into_owned()))
        .collect()
}

#[tokio::test(start_paused = true)]
async fn who_leaves_while_a_policy_asks_is_told_of_by_the_table() {
    let told = told_by(&silent(false)).await;
    assert_eq!(told, [("http", "dropped".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_behind_the_policies_is_told_of_by_the_protocol_alone() {
    let told = told_by(&silent(true)).await;
    assert_eq!(told, [("a2a", "dropped".to_owned())]);
}
