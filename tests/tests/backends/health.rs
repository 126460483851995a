//! Endpoints that are unhealthy.

use agentgateway_tests::{Manifests, TestGateway, get, raw::RawUpstream};

/// A Service with these endpoints, behind every path of a listener.
fn service(ports: [u16; 2], policy: &str) -> String {
    let slices = ports.map(|port| {
        format!(
            "---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: s-{port}, namespace: default, labels: {{kubernetes.io/service-name: s}}}}
addressType: IPv4
ports: [{{name: http, port: {port}}}]
endpoints: [{{addresses: [127.0.0.1], conditions: {{ready: true}}}}]
"
        )
    });
    format!(
        "apiVersion: v1
kind: Service
metadata: {{name: s, namespace: default}}
spec: {{ports: [{{name: http, port: 80}}]}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r, namespace: default}}
spec:
  parentRefs: [{{name: gateway, sectionName: a2a}}]
  rules: [{{backendRefs: [{{name: s, port: 80}}]}}]
{}---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {{name: p, namespace: default}}
spec:
  targetRefs: [{{group: \"\", kind: Service, name: s}}]
  backend: {policy}
",
        slices.concat()
    )
}

const TEAPOT: &[u8] = b"HTTP/1.1 418 Teapot\r\ncontent-length: 0\r\n\r\n";
const FINE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// How often of 40 times the teapot was asked.
async fn asked(policy: &str) -> usize {
    let teapot = RawUpstream::serving(TEAPOT).await;
    let fine = RawUpstream::serving(FINE).await;
    let objects = service([teapot.port(), fine.port()], policy);
    let gateway = TestGateway::serve(&Manifests::default().and(&objects)).await;
    for _ in 0..40 {
        get(&format!("{}/", gateway.url("a2a"))).await;
    }
    teapot.requests().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_fulfils_the_condition_is_evicted() {
    let unhealthy = "unhealthyCondition: response.code == 418";
    let evicted = format!("{{health: {{{unhealthy}, eviction: {{duration: 1h}}}}}}");
    assert_eq!(asked(&evicted).await, 1);
    // One that happened to be slow at first is rarely chosen again: so more than one try.
    let mut most = 0;
    for _ in 0..5 {
        most = most.max(asked("{health: {eviction: {duration: 1h}}}").await);
    }
    assert!(most > 1);
}
