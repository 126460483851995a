//! The router that serves, the explanation that is printed, and a naive matcher that shares no code
//! with either, agree on which rule takes a request.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod naive;
mod scene;

use agentgateway::config::{
    explain::{Decision, Verdict, Where, explain},
    snapshot::Snapshot,
};
use agentgateway_core::route::{Cors, Head, Hosts, Router};
use http::{
    HeaderMap, Method,
    header::{ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN},
};
use proptest::{prelude::*, test_runner::Config};

use scene::{Ask, Ruled, Scene, Valued, ask, scene};

const PORT: u16 = 8080;

/// What serves: the listener by its hostname, then the rule.
fn routed(snapshot: &Snapshot, head: &Head<'_>) -> Option<String> {
    let listeners = &snapshot.gateways[0].listeners;
    let hosts: Hosts<_> = listeners
        .iter()
        .map(|listener| {
            let mut router = Router::builder();
            for rule in &listener.rules {
                let matches = rule.matches.clone();
                router = router.route(rule.hostnames.clone(), matches, rule.route.to_string());
            }
            (listener.hostname.clone(), router.build())
        })
        .collect();
    hosts
        .find(head.host)?
        .find(head)
        .map(|found| found.value.clone())
}

fn explained(snapshot: &Snapshot, head: &Head<'_>) -> Option<String> {
    let explanation = explain(snapshot, &Where::port(PORT), head);
    let chosen = |verdict: &Verdict| *verdict == Verdict::Chosen;
    let taken = explanation
        .candidates
        .iter()
        .filter(|one| chosen(&one.verdict))
        .count();
    let all: usize = explanation.candidates.len();
    let (listener, rule) = match &explanation.decision {
        Decision::Rule(rule) => (1, Some(rule.route.clone())),
        Decision::NoRule => (1, None),
        _ => (0, None),
    };
    assert_eq!(taken, usize::from(rule.is_some()), "{explanation}");
    let listeners = explanation
        .listeners
        .iter()
        .filter(|one| chosen(&one.verdict))
        .count();
    assert_eq!(listeners, listener, "{explanation}");
    for candidate in &explanation.candidates {
        match &candidate.verdict {
            Verdict::Chosen => assert_eq!(Some(&candidate.route), rule.as_ref()),
            Verdict::Lost { because } => assert!(!because.is_empty(), "{explanation}"),
            Verdict::Missed { reasons } => assert!(!reasons.is_empty(), "{explanation}"),
        }
    }
    assert!(
        all == 0 || explanation.to_string().contains("rule "),
        "{explanation}"
    );
    rule
}

fn agree(scene: &Scene, asks: &[Ask]) -> Result<(), TestCaseError> {
    let snapshot = scene.snapshot();
    for ask in asks {
        let mut headers = HeaderMap::new();
        for (name, value) in &ask.headers {
            headers.append(*name, value.parse().unwrap());
        }
        let method = ask.method.parse().unwrap();
        let query = ask.query();
        let head = Head {
            host: ask.host,
            authority: None,
            method: &method,
            path: &ask.path,
            query: query.as_deref(),
            headers: &headers,
        };
        let expected = naive::taken(scene, ask);
        prop_assert_eq!(
            &routed(&snapshot, &head),
            &expected,
            "router: {:?} {:?}",
            scene,
            ask
        );
        prop_assert_eq!(
            &explained(&snapshot, &head),
            &expected,
            "explain: {:?} {:?}",
            scene,
            ask
        );
    }
    Ok(())
}

#[test]
fn router_explanation_and_a_naive_matcher_agree_on_ten_thousand_configurations() {
    let mut config = Config::with_cases(10_000);
    config.failure_persistence = None;
    proptest!(config, |(scene in scene(), asks in prop::collection::vec(ask(), 1..3))| {
        agree(&scene, &asks)?;
    });
}

/// HTTP/2 names the host in its target and has no field of that name.
#[test]
fn router_and_explanation_agree_on_a_match_of_the_host() {
    let mut scene = Scene {
        listeners: vec![(None, vec![Ruled::any()])],
    };
    scene.listeners[0].1[0].matches[0].headers = vec![("host", Valued::Exact("a.com:81"))];
    let snapshot = scene.snapshot();
    let field = HeaderMap::from_iter([(HOST, "a.com:81".parse().unwrap())]);
    let none = HeaderMap::new();
    for (authority, headers, taken) in [
        (None, &field, true),
        (Some("a.com:81"), &none, true),
        (Some("a.com"), &none, false),
        (None, &none, false),
    ] {
        let head = Head {
            host: "a.com",
            authority,
            method: &Method::GET,
            path: "/",
            query: None,
            headers,
        };
        assert_eq!(routed(&snapshot, &head).is_some(), taken, "{head:?}");
        assert_eq!(explained(&snapshot, &head).is_some(), taken, "{head:?}");
    }
}

#[test]
fn a_preflight_is_explained_by_the_rule_for_the_method_that_it_asks_about() {
    let mut scene = Scene {
        listeners: vec![(None, vec![Ruled::any(), Ruled::any()])],
    };
    let rules = &mut scene.listeners[0].1;
    rules[0].matches[0].method = Some("PUT");
    rules[1].matches[0].method = Some("GET");
    let mut snapshot = scene.snapshot();
    snapshot.gateways[0].listeners[0].rules[1].filters.cors = Some(Cors::default());
    for (asked, expected) in [("GET", Some(204)), ("PUT", None), ("DELETE", None)] {
        let headers = HeaderMap::from_iter([
            (ORIGIN, "https://a.com".parse().unwrap()),
            (ACCESS_CONTROL_REQUEST_METHOD, asked.parse().unwrap()),
        ]);
        let head = Head {
            host: "a.com",
            authority: None,
            method: &Method::OPTIONS,
            path: "/",
            query: None,
            headers: &headers,
        };
        let explanation = explain(&snapshot, &Where::port(PORT), &head);
        let status = match &explanation.decision {
            Decision::Rule(rule) => rule.status,
            _ => None,
        };
        assert_eq!(status, expected, "{explanation}");
    }
}

/// The generator is worth something only if rules are found, missed and beaten.
#[test]
fn the_random_requests_are_taken_often_and_often_by_one_of_several() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let (mut taken, mut missed, mut beaten) = (0, 0, 0);
    for _ in 0..500 {
        let scene = scene().new_tree(&mut runner).unwrap().current();
        let ask = ask().new_tree(&mut runner).unwrap().current();
        match naive::takers(&scene, &ask) {
            0 => missed += 1,
            1 => taken += 1,
            _ => beaten += 1,
        }
    }
    assert!(
        taken > 25 && missed > 25 && beaten > 25,
        "{taken} {missed} {beaten}"
    );
}
