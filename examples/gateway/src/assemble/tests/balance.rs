use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::config::snapshot::{Eviction, Health};

fn several(kind: fn(Endpoints) -> BackendKind) -> Action {
    let addresses = (1..=3).map(|n| SocketAddr::from(([10, 0, 0, n], 8080)));
    let at = Endpoints::Addresses(HostPort::new("svc.ns.svc", 80), addresses.collect());
    let reference = Reference::new("", "Service", "ns", "svc");
    let backend = Backend::new(reference, Some(80), kind(at));
    Action::Forward(vec![WeightedBackend::new(
        1,
        Outcome::Backend(backend.into()),
    )])
}

#[tokio::test(start_paused = true)]
async fn addresses_share_requests_behind_the_services_name() {
    for (kind, path) in [
        (BackendKind::Http as fn(Endpoints) -> BackendKind, "/x"),
        (BackendKind::A2a, "/.well-known/agent-card.json"),
    ] {
        let (parts, sent) = parts();
        let table = serving(&parts, vec![rule("/", several(kind))]);
        for _ in 0..300 {
            let response = ask(&table, get(path)).await;
            drop(text(response).await);
        }
        let mut counts = BTreeMap::new();
        for sent in sent.lock().unwrap().iter() {
            assert_eq!(sent.uri.authority().unwrap(), "svc.ns.svc:80");
            *counts.entry(sent.dialled.unwrap().addr()).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 3, "{counts:?}");
        assert!(counts.values().all(|count| *count > 20), "{counts:?}");
    }
}

/// Which of 60 requests, one a minute, the bad one of two endpoints answers, by their numbers.
async fn asked_of_the_bad(health: Option<Health>, bad: u16) -> Vec<usize> {
    let parts = over(Upstream::new(service_fn(
        move |request: Request<Body>| async move {
            let dialled: &DialAddr = request.extensions().get().unwrap();
            let is_bad = dialled.addr().ip().to_string() == "10.0.0.1";
            let status = if is_bad { bad } else { 200 };
            let response = Response::builder().status(status);
            Ok::<_, BoxError>(response.body(Body::empty()).unwrap())
        },
    )));
    let addresses = (1..=2).map(|n| SocketAddr::from(([10, 0, 0, n], 8080)));
    let at = Endpoints::Addresses(HostPort::new("svc.ns.svc", 80), addresses.collect());
    let reference = Reference::new("", "Service", "ns", "svc");
    let mut backend = Backend::new(reference, Some(80), BackendKind::Http(at));
    backend.settings.health = health;
    let action = vec![WeightedBackend::new(1, Outcome::Backend(backend.into()))];
    let table = serving(&parts, vec![rule("/", Action::Forward(action))]);
    let mut found = Vec::new();
    // So many that chance, which draws between the two, passes nobody over for long.
    for nth in 0..120 {
        // What is known of latencies fades: only who is out is passed over.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let response = ask(&table, get("/")).await;
        if response.status() == bad {
            found.push(nth);
        }
        drop(text(response).await);
    }
    found
}

fn eviction(consecutive_failures: Option<u32>, threshold: Option<u32>) -> Option<Eviction> {
    Some(Eviction {
        duration: Duration::from_secs(86_400),
        consecutive_failures,
        threshold,
        restored: None,
    })
}

fn condition(text: &str) -> Option<crate::expression::Expression> {
    let vocabulary = crate::expression::Vocabulary::request().with_response();
    Some(crate::expression::Expression::compile_bool(text, &vocabulary).unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_is_evicted_by_the_signals_that_are_asked_for() {
    let health = |unhealthy, eviction| {
        Some(Health {
            unhealthy,
            eviction,
        })
    };
    for (health, status, count) in [
        (health(None, eviction(None, None)), 500, 1),
        (health(None, eviction(Some(0), None)), 503, 1),
        (health(None, eviction(Some(3), None)), 503, 3),
        // A moving average of which the last weighs 0.3: 0.7, 0.49.
        (health(None, eviction(None, Some(50))), 500, 2),
        (health(None, eviction(Some(5), Some(80))), 500, 1),
        (
            health(condition("response.code == 418"), eviction(None, None)),
            418,
            1,
        ),
    ] {
        let found = asked_of_the_bad(health.clone(), status).await;
        assert_eq!(found.len(), count, "{health:?} {status}: {found:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_not_unhealthy_evicts_nobody() {
    let unless = Health {
        unhealthy: condition("response.code == 418"),
        eviction: eviction(None, None),
    };
    for (health, status) in [
        (Some(unless), 500),
        (
            Some(Health {
                unhealthy: None,
                eviction: eviction(None, None),
            }),
            429,
        ),
        // What has no value is no sign.
        (
            Some(Health {
                unhealthy: condition("1 / (response.code - 500) > 0"),
                eviction: eviction(None, None),
            }),
            500,
        ),
    ] {
        let found = asked_of_the_bad(health, status).await;
        assert!(
            found.len() > 10 && found.iter().any(|nth| *nth > 50),
            "{found:?}"
        );
    }
    // Without an eviction nobody is ever out, whatever the usual signals would say.
    let found = asked_of_the_bad(Some(Health::default()), 500).await;
    assert!(found.len() > 10, "{found:?}");
}
