//! Services and hosts of Services through EndpointSlices.

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
    fmt::Write as _,
};

use agentgateway_core::Body;
use agentgateway_tests::get;
use bytes::Bytes;
use http::Response;
use tokio::{sync::watch, task::JoinSet};
use tower::service_fn;

use super::{scene::Scene, stand_in::StandIn};

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
apiVersion: v1
kind: Service
metadata: {name: shop, namespace: web}
spec: {ports: [{name: http, port: 80, targetPort: http}]}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayBackend
metadata: {name: shop, namespace: web}
spec: {static: {host: shop.web.svc.cluster.local, port: 80}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: shop, namespace: web}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {value: /service}}]
    backendRefs: [{name: shop, port: 80}]
  - matches: [{path: {value: /host}}]
    backendRefs: [{group: agentgateway.dev, kind: AgentgatewayBackend, name: shop}]
";

/// The three endpoints, each in a slice with a port of its own.
fn slices(endpoints: &[(&'static str, StandIn)], ready: [bool; 3]) -> String {
    let mut text = String::new();
    for ((name, at), ready) in endpoints.iter().zip(ready) {
        write!(
            text,
            "---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
             metadata: {{name: {name}, namespace: web, labels: {{kubernetes.io/service-name: shop}}}}\n\
             addressType: IPv4\nports: [{{name: http, port: {}}}]\n\
             endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: {ready}}}}}]\n",
            at.addr().port()
        )
        .unwrap();
    }
    text
}

type Asked = watch::Sender<BTreeSet<&'static str>>;

/// A server that says its name, once two servers were asked.
async fn endpoint(name: &'static str, asked: Asked) -> (&'static str, StandIn) {
    let service = service_fn(move |_| {
        let asked = asked.clone();
        async move {
            asked.send_modify(|asked| {
                asked.insert(name);
            });
            let mut both = asked.subscribe();
            // The sender is here: it cannot have gone.
            let _ = both.wait_for(|asked| asked.len() > 1).await;
            let answer = Response::new(Body::from(Bytes::from_static(name.as_bytes())));
            Ok::<_, Infallible>(answer)
        }
    });
    (name, StandIn::serving(service).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn ready_endpoints_share_the_requests_and_none_is_503() {
    let asked = Asked::new(BTreeSet::new());
    let mut endpoints = Vec::new();
    for name in ["one", "two", "three"] {
        endpoints.push(endpoint(name, asked.clone()).await);
    }
    let scene = Scene::of(MANIFESTS);
    scene.write("slices.yaml", &slices(&endpoints, [true, true, false]));
    let gateway = scene.serve().await;
    for path in ["service", "host"] {
        let url = format!("{}/{path}", gateway.url("http"));
        asked.send_replace(BTreeSet::new());
        // None is answered before both endpoints were asked: however much faster one was, its load drives some away.
        let mut waiting = JoinSet::new();
        for _ in 0..64 {
            let url = url.clone();
            waiting.spawn(async move { get(&url).await.into_body() });
        }
        let both: BTreeSet<Bytes> = waiting.join_all().await.into_iter().collect();
        assert_eq!(both, BTreeSet::from(["one", "two"].map(Bytes::from)));
        let mut counts: BTreeMap<Bytes, usize> = BTreeMap::new();
        for _ in 0..100 {
            let answer = get(&url).await;
            assert_eq!(answer.status(), 200);
            *counts.entry(answer.into_body()).or_default() += 1;
        }
        assert!(!counts.contains_key("three".as_bytes()), "{counts:?}");
    }

    let none = |scene: &Scene| scene.write("slices.yaml", &slices(&endpoints, [false; 3]));
    gateway.change(none).await;
    for path in ["service", "host"] {
        let answer = get(&format!("{}/{path}", gateway.url("http"))).await;
        assert_eq!(answer.status(), 503, "{path}");
    }

    let third =
        |scene: &Scene| scene.write("slices.yaml", &slices(&endpoints, [false, false, true]));
    gateway.change(third).await;
    for path in ["service", "host"] {
        let answer = get(&format!("{}/{path}", gateway.url("http"))).await;
        assert_eq!(
            (answer.status().as_u16(), &**answer.body()),
            (200, &b"three"[..]),
            "{path}"
        );
    }
}
