use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::*;

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
