use super::*;
use crate::config::snapshot::Secret;

#[test]
fn equal_backends_have_one_stack_which_stays_over_plans() {
    let (parts, _) = parts();
    let rules = || {
        vec![
            rule("/1", Action::Forward(to("a"))),
            rule("/2", Action::Forward(to("a"))),
            rule("/3", Action::Forward(to("b"))),
        ]
    };
    let before = plan(&snapshot(vec![listener("l", rules())]), &parts);
    assert_eq!(parts.stacks.len(), 2);
    let kept = parts.stacks.addresses();
    let after = plan(&snapshot(vec![listener("l", rules())]), &parts);
    assert_eq!(parts.stacks.addresses(), kept);
    let one = vec![rule("/1", Action::Forward(to("a")))];
    let less = plan(&snapshot(vec![listener("l", one)]), &parts);
    assert_eq!(parts.stacks.len(), 1);
    assert!(kept.is_superset(&parts.stacks.addresses()));
    drop((before, after, less));
}

/// How many of 100 requests were answered by the endpoint that fails.
async fn failures(parts: &Parts) -> usize {
    let addresses = (1..=2).map(|n| std::net::SocketAddr::from(([10, 0, 0, n], 8080)));
    let at = Endpoints::Addresses(HostPort::new("svc.ns.svc", 80), addresses.collect());
    let reference = Reference::new("", "Service", "ns", "svc");
    let backend = Backend::new(reference, Some(80), BackendKind::Http(at));
    let action = vec![WeightedBackend::new(1, Outcome::Backend(backend.into()))];
    let table = serving(parts, vec![rule("/", Action::Forward(action))]);
    let mut failures = 0;
    for _ in 0..100 {
        let response = ask(&table, get("/")).await;
        failures += usize::from(response.status() == 502);
        drop(text(response).await);
    }
    failures
}

/// Fault C10 (part): what is known of a backend's endpoints stays over a reload that does not change it. Those of limits are told apart; there are no breakers and no sessions yet.
#[tokio::test(start_paused = true)]
async fn an_endpoint_that_fails_is_not_tried_anew_by_each_plan() {
    let parts = || {
        over(Upstream::new(service_fn(
            |request: Request<Body>| async move {
                let dialled: &DialAddr = request.extensions().get().unwrap();
                let fails = dialled.addr().ip().to_string() == "10.0.0.1";
                let status = if fails { 502 } else { 200 };
                let response = Response::builder().status(status);
                Ok::<_, BoxError>(response.body(Body::empty()).unwrap())
            },
        )))
    };
    let kept = parts();
    assert_ne!(failures(&kept).await, 0);
    for _ in 0..5 {
        assert_eq!(failures(&kept).await, 0);
        assert_ne!(failures(&parts()).await, 0);
    }
}

#[test]
fn certificates_that_changed_are_seen() {
    let tls = |key: &str| {
        let reference = Reference::new("", "Secret", "ns", "cert");
        let own = crate::config::snapshot::Certificate::new(
            reference,
            Secret::new("chain"),
            Secret::new(key),
        );
        let listener = Listener::new("l", 443, Protocol::Https(vec![own]));
        let (parts, _) = parts();
        plan(&snapshot(vec![listener]), &parts)
            .sockets
            .remove(0)
            .tls
            .unwrap()
    };
    assert_eq!(tls("one"), tls("one"));
    assert_eq!(tls("one").content_hash(), tls("one").content_hash());
    assert_ne!(tls("one"), tls("two"));
    assert_ne!(tls("one").content_hash(), tls("two").content_hash());
    let shown = format!("{:?}", tls("a-private-key"));
    assert!(!shown.contains("a-private-key"), "{shown}");
}
