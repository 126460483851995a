//! Tracing by the policy of the deployment, with and without its grant.

use std::fs;

use agentgateway::{
    demo::{Agent, Model, Tools},
    telemetry::{Tracing, TracingReport},
};
use agentgateway_tests::{Collector, Span, post, raw::eventually};

use super::{
    fixture::{HOST, manifests, send_as},
    scene::{Scene, Served},
    stand_in::{Secure, StandIn, Wire},
};

const GATEWAY: &str = "agentgateway-system/agentgateway-proxy";
const POLICY: &str = "agentgateway-system/otel-tracing";
const GRANT: &str = "13-referencegrant.yaml";
const LISTED: &str = "  - 13-referencegrant.yaml\n";
const GRANTED: &str = "11111111111111111111111111111111";
const DENIED: &str = "22222222222222222222222222222222";
const AGAIN: &str = "33333333333333333333333333333333";
const NEXT: &str = "  - 14-otel-collector-service.yaml\n";

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{
    "io.modelcontextprotocol/protocolVersion":"2026-07-28",
    "io.modelcontextprotocol/clientCapabilities":{}}}}"#;

/// One call of each protocol, in this trace; all must be answered.
async fn traffic(gateway: &Served, trace: Option<&str>) {
    let parent = trace.map(|trace| format!("00-{trace}-00f067aa0ba902b7-01"));
    let mut headers = vec![("accept", "application/json, text/event-stream")];
    headers.extend(parent.as_deref().map(|parent| ("traceparent", parent)));
    let a2a = format!("{}/planner/", gateway.url("a2a"));
    let answer = send_as(HOST, &a2a, "hello", &headers).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    let mcp = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/list"),
    ];
    let mcp = [&headers[..], &mcp].concat();
    let answer = post(&format!("{}/mcp", gateway.url("mcp")), &mcp, LIST).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    let llm = format!("{}/v1/chat/completions", gateway.url("llm"));
    let chat = r#"{"model":"m","messages":[{"role":"user","content":"hello"}]}"#;
    let answer = post(&llm, &headers, chat).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
}

/// How many requests the gateway has told of as a server, of this trace or of all.
fn served(spans: &[Span], trace: Option<&str>) -> usize {
    let of = |span: &&Span| {
        span.attributes.contains_key("agentgateway.listener")
            && trace.is_none_or(|trace| span.trace == trace)
    };
    spans.iter().filter(of).count()
}

fn report(tracing: &Tracing) -> TracingReport {
    let mut all = tracing.report().into_iter();
    all.find(|report| report.gateway == GATEWAY).unwrap()
}

fn with_grant(scene: &Scene, text: &str) {
    scene.write(GRANT, text);
    scene.edit("kustomization.yaml", NEXT, &format!("{LISTED}{NEXT}"));
}

fn without_grant(scene: &Scene) {
    scene.edit("kustomization.yaml", LISTED, "");
}

/// Fault C06: the grant that tracing stands on is taken away: spans stop at once, traffic goes on, and the policy says which grant is missing.
/// Fault C02: a directory whose kustomization names a file that is gone keeps the last good configuration, and says so.
#[tokio::test(flavor = "multi_thread")]
async fn spans_follow_the_grant() {
    let Some(scene) = manifests() else { return };
    let planner = StandIn::serving(Agent::new()).await;
    let search = StandIn::serving(Tools::new()).await;
    let model = StandIn::serving(Model::new()).await;
    let openai = Secure::before(model.addr().port(), "api.openai.com").await;
    let collector = Collector::start().await;
    let wire = Wire::to(collector.port()).await;
    let tracing = Tracing::install().unwrap();
    // The deployment's spans wait for 5 s; everything else is as it stands there.
    let soon = "    - name: OTEL_BSP_SCHEDULE_DELAY\n      value: \"50\"\n";
    scene.edit(
        "11-parameters.yaml",
        "  shutdown:\n",
        &format!("{soon}  shutdown:\n"),
    );
    let gateway = scene
        .resolve("agents/planner", 9999, planner.addr())
        .resolve("tools/search-mcp", 8001, search.addr())
        .resolve("opentelemetry/opentelemetry-collector", 4317, wire.addr())
        .serve_with(tracing.clone(), |parts| parts.client = openai.client())
        .await;

    traffic(&gateway, Some(GRANTED)).await;
    traffic(&gateway, None).await;
    let spans = collector.wait(|spans| served(spans, None) == 6).await;
    assert_eq!(served(&spans, Some(GRANTED)), 3, "{spans:#?}");
    for span in &spans {
        assert_eq!(span.service, "agentgateway-proxy");
        assert_eq!(span.resource["deployment.environment.name"], "dev");
    }
    eventually("the spans are counted", || {
        let sent = report(&tracing).exporter.unwrap().sent;
        sent > 0 && sent == collector.spans().len() as u64
    })
    .await;
    is_on(&report(&tracing));

    a_grant_that_is_only_deleted_is_refused(&gateway).await;
    let text = denied(&gateway, &tracing).await;
    gateway.change(|scene| with_grant(scene, &text)).await;
    is_on(&report(&tracing));
    traffic(&gateway, Some(AGAIN)).await;
    let spans = collector
        .wait(|spans| served(spans, Some(AGAIN)) == 3)
        .await;
    assert_eq!(served(&spans, Some(DENIED)), 0, "{spans:#?}");
    for (name, said) in policy(&gateway) {
        assert!(said.starts_with("True/"), "{name}: {said}");
    }

    drop(wire);
    traffic(&gateway, None).await;
    eventually("the loss is told", || {
        let exporter = report(&tracing).exporter.unwrap();
        exporter.dropped_failed > 0 && exporter.last_error.is_some()
    })
    .await;
    let told = report(&tracing).to_string();
    assert!(told.contains("last error"), "{told}");
}

fn is_on(report: &TracingReport) {
    assert_eq!(report.state, "on", "{report}");
    let sampler = report.sampler.as_ref().unwrap();
    for one in [&sampler.random, &sampler.client] {
        assert!(one.text.contains("true"), "{report}");
        assert!(one.origin.contains(POLICY), "{report}");
    }
    let exporter = report.exporter.as_ref().unwrap();
    assert!(exporter.origin.contains(POLICY), "{report}");
    assert_eq!(exporter.protocol, "grpc");
    let lost = (exporter.dropped_queue_full, exporter.dropped_failed);
    assert_eq!(
        (lost, exporter.last_error.as_deref()),
        ((0, 0), None),
        "{report}"
    );
}

/// What is said of the policy.
fn policy(gateway: &Served) -> Vec<(String, String)> {
    let all = gateway.conditions().into_iter();
    let all = all.filter(|(name, _)| name.starts_with("AgentgatewayPolicy"));
    let all: Vec<_> = all.collect();
    assert!(all.len() >= 3, "{all:?}");
    all
}

/// The kustomization still names the file, so that the directory as a whole is no configuration.
async fn a_grant_that_is_only_deleted_is_refused(gateway: &Served) {
    let path = gateway.scene.folder.path().join(GRANT);
    let text = fs::read_to_string(&path).unwrap();
    let problems = gateway.refused(|_| fs::remove_file(&path).unwrap()).await;
    assert!(problems.concat().contains(GRANT), "{problems:?}");
    let revoked = || !gateway.view().running.revoked.is_empty();
    eventually("the grant is revoked all the same", revoked).await;
    gateway.scene.write(GRANT, &text);
    let is_whole = || gateway.view().on_disk.applied && !revoked();
    eventually("all is served again", is_whole).await;
}

/// Takes the grant away, and gives what stood in its file.
async fn denied(gateway: &Served, tracing: &Tracing) -> String {
    let path = gateway.scene.folder.path().join(GRANT);
    let text = fs::read_to_string(&path).unwrap();
    let deleted = |scene: &Scene| {
        without_grant(scene);
        fs::remove_file(&path).unwrap();
    };
    gateway.change(deleted).await;
    traffic(gateway, Some(DENIED)).await;
    let report = report(tracing);
    assert_eq!(report.state, "denied", "{report}");
    assert!(
        report.sampler.is_none() && report.exporter.is_none(),
        "{report}"
    );
    assert!(report.reason.contains("ReferenceGrant"), "{report}");
    let said = policy(gateway);
    let resolved = said.iter().find(|(name, _)| name.ends_with("ResolvedRefs"));
    let (_, resolved) = resolved.unwrap();
    assert!(
        resolved.starts_with("False/RefNotPermitted: "),
        "{resolved}"
    );
    for line in [
        "kind: ReferenceGrant",
        "namespace: opentelemetry",
        "kind: AgentgatewayPolicy",
        "namespace: agentgateway-system",
        "name: opentelemetry-collector",
    ] {
        assert!(resolved.contains(line), "no {line} in {resolved}");
    }
    text
}
