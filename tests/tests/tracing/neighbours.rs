//! Two gateways within one process.

use agentgateway::telemetry::{Environment, TelemetrySettings, Tracing};
use agentgateway_tests::{Collector, Manifests, Span, TestGateway, post};

const OWN: &str = "11111111111111111111111111111111";
const OTHER: &str = "22222222222222222222222222222222";

/// Every span to this collector, soon.
fn all_to(collector: &Collector) -> TelemetrySettings {
    let endpoint = collector.endpoint();
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    TelemetrySettings {
        environment: Environment::empty().with_parameters("default/all", variables),
        ..TelemetrySettings::default()
    }
}

/// A gateway whose only route leads to this port.
async fn gateway(tracing: &Tracing, port: u16) -> TestGateway {
    let backend = format!("{{a2a: {{host: 127.0.0.1, port: {port}}}}}");
    let manifests = Manifests::default().route("a2a", "/", None, &backend);
    TestGateway::traced(&manifests, tracing).await
}

async fn call(gateway: &TestGateway, trace: &str) {
    let parent = format!("00-{trace}-00f067aa0ba902b7-01");
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"GetTask","params":{"id":"t"}}"#;
    let headers = [("a2a-version", "1.0"), ("traceparent", parent.as_str())];
    let _ = post(&gateway.url("a2a"), &headers, body).await;
}

fn count(spans: &[Span], trace: &str, gateways: bool) -> usize {
    let of = spans.iter().filter(|span| span.trace == trace);
    of.filter(|span| !gateways || span.attributes.contains_key("agentgateway.listener"))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_tells_of_its_own_requests_alone() {
    let (collector, other) = (Collector::start().await, Collector::start().await);
    let (installed, detached) = (Tracing::install().unwrap(), Tracing::detached());
    let neighbour = gateway(&detached, 1).await;
    let own = gateway(&installed, neighbour.addr("a2a").port()).await;
    installed.apply(&all_to(&collector));
    detached.apply(&all_to(&other));

    for _ in 0..4 {
        call(&neighbour, OTHER).await;
    }
    // The neighbour is also what stands behind.
    call(&own, OWN).await;
    let spans = collector.wait(|spans| count(spans, OWN, true) > 0).await;
    assert_eq!(count(&spans, OWN, true), 1, "{spans:#?}");
    assert_eq!(count(&spans, OTHER, false), 0, "{spans:#?}");
    assert_eq!(other.spans().len(), 0);
    // What is set up for it is told nevertheless.
    let told = &detached.report()[0];
    assert_eq!(told.state, "on", "{told}");
}
