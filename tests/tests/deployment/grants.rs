//! Shares of a route in another namespace, each under a grant of its own.

use std::{collections::BTreeMap, convert::Infallible};

use agentgateway_core::Body;
use agentgateway_tests::get;
use bytes::Bytes;
use http::Response;
use tower::service_fn;

use super::{
    scene::{Scene, Served, conditions},
    stand_in::StandIn,
};

const MANIFESTS: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agentgateway}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: web}
spec:
  gatewayClassName: agentgateway
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: split, namespace: web}
spec:
  parentRefs: [{name: edge, sectionName: http}]
  rules:
  - backendRefs:
    - {name: small, namespace: apps, port: 80, weight: 1}
    - {name: large, namespace: apps, port: 80, weight: 3}
---
apiVersion: v1
kind: Service
metadata: {name: small, namespace: apps}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: large, namespace: apps}
spec: {ports: [{port: 80}]}
";

const REQUESTS: usize = 400;

fn grant(service: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: ReferenceGrant\n\
         metadata: {{name: {service}, namespace: apps}}\nspec:\n  \
         from: [{{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: web}}]\n  \
         to: [{{group: \"\", kind: Service, name: {service}}}]\n"
    )
}

/// A server that says its name.
async fn named(name: &'static str) -> StandIn {
    let service = service_fn(move |_| {
        let answer = Response::new(Body::from(Bytes::from_static(name.as_bytes())));
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    StandIn::serving(service).await
}

/// How many of the requests each share has answered, refusals by their status.
async fn shares(gateway: &Served) -> BTreeMap<String, usize> {
    let url = gateway.url("http");
    let mut found = BTreeMap::new();
    for _ in 0..REQUESTS {
        let answer = get(&url).await;
        let who = match answer.status().as_u16() {
            200 => String::from_utf8(answer.body().to_vec()).unwrap(),
            refused => refused.to_string(),
        };
        *found.entry(who).or_default() += 1;
    }
    found
}

/// A quarter of the requests are for the small one: 100, and 8.7 is one standard deviation.
fn is_quarter(count: usize) -> bool {
    (50..=150).contains(&count)
}

/// What `/status` says at one moment: the generation that runs, and its route's references.
fn told(gateway: &Served) -> (u64, String) {
    let view = gateway.view();
    let all = conditions(&view.status);
    let said = &all["HTTPRoute web/split [http] ResolvedRefs"];
    (view.running.generation, said.clone())
}

/// Takes a grant away while the status is read without a pause: no generation says both.
async fn revoke(gateway: &Served, service: &str) -> String {
    let (before, first) = told(gateway);
    let mut seen = BTreeMap::from([(before, first)]);
    let file = gateway.scene.folder.path().join(format!("{service}.yaml"));
    std::fs::remove_file(file).unwrap();
    let watching = async {
        while gateway.view().running.generation == before {
            let (generation, said) = told(gateway);
            assert_eq!(
                seen.entry(generation).or_insert_with(|| said.clone()),
                &said
            );
            tokio::task::yield_now().await;
        }
    };
    let limit = std::time::Duration::from_secs(10);
    tokio::time::timeout(limit, watching).await.unwrap();
    let (after, said) = told(gateway);
    assert_eq!(after, before + 1);
    assert!(said.starts_with("False/RefNotPermitted: "), "{said}");
    said
}

/// Fault C06: a grant that is removed gives 500 for its share alone, and its route says so, in the same generation.
#[tokio::test(flavor = "multi_thread")]
async fn a_removed_grant_costs_its_share_in_the_same_generation() {
    let (small, large) = (named("small").await, named("large").await);
    let scene = Scene::of(MANIFESTS)
        .resolve("apps/small", 80, small.addr())
        .resolve("apps/large", 80, large.addr());
    scene.write("small.yaml", &grant("small"));
    scene.write("large.yaml", &grant("large"));
    let gateway = scene.serve().await;
    let (_, said) = told(&gateway);
    assert!(said.starts_with("True/ResolvedRefs"), "{said}");
    let found = shares(&gateway).await;
    assert!(is_quarter(found["small"]), "{found:?}");
    assert_eq!(found["small"] + found["large"], REQUESTS, "{found:?}");

    for (gone, stays) in [("small", "large"), ("large", "small")] {
        let said = revoke(&gateway, gone).await;
        let named = format!("Service apps/{gone}");
        assert!(said.contains(&named), "{said}");
        assert!(!said.contains(&format!("Service apps/{stays}")), "{said}");
        let found = shares(&gateway).await;
        assert!(is_quarter(found["500"]) == (gone == "small"), "{found:?}");
        assert_eq!(found["500"] + found[stays], REQUESTS, "{found:?}");
        let back = |scene: &Scene| scene.write(&format!("{gone}.yaml"), &grant(gone));
        gateway.change(back).await;
        assert!(!shares(&gateway).await.contains_key("500"));
    }

    revoke(&gateway, "small").await;
    revoke(&gateway, "large").await;
    assert_eq!(
        shares(&gateway).await,
        BTreeMap::from([("500".to_owned(), REQUESTS)])
    );
}
