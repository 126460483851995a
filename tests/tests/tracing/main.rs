//! Spans of the running command, at a collector of the test's own and at a real one.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod neighbours;

use std::time::Duration;

use agentgateway_tests::{Collector, Manifests, Peer, Process, Span, free_port, get, post};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const ANY_PORTS: [&str; 8] = [
    "--a2a-port",
    "0",
    "--mcp-port",
    "0",
    "--llm-port",
    "0",
    "--admin",
    "127.0.0.1:0",
];

fn environment<'a>(endpoint: &'a str, service: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_SERVICE_NAME", service),
        ("OTEL_TRACES_SAMPLER", "traceidratio"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.0"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    ]
}

/// A gateway before another one: two hops.
async fn two_hops(endpoint: &str) -> (Process, Process, tempfile::TempDir) {
    hops(endpoint, None).await
}

/// The same; the first has parameters of this spec.
async fn hops(endpoint: &str, spec: Option<&str>) -> (Process, Process, tempfile::TempDir) {
    let back = Process::start(&ANY_PORTS, &environment(endpoint, "back")).await;
    let port = |name: &str| back.url(name).rsplit(':').next().unwrap().to_owned();
    let llm = format!(
        "{{ai: {{provider: {{openai: {{}}, host: 127.0.0.1, port: {}}}}}}}",
        port("llm")
    );
    let mcp = format!(
        "{{mcp: {{targets: [{{name: back, static: {{host: 127.0.0.1, port: {}, path: /mcp, \
         protocol: StreamableHTTP}}}}]}}}}",
        port("mcp")
    );
    let target = |name| {
        format!(
            "{{name: {name}, static: {{host: 127.0.0.1, port: {}, path: /mcp}}}}",
            port("mcp")
        )
    };
    let tools = format!(
        "{{mcp: {{targets: [{}, {}]}}}}",
        target("one"),
        target("other")
    );
    let a2a = format!("{{a2a: {{host: 127.0.0.1, port: {}}}}}", port("a2a"));
    let manifests = Manifests::default();
    let manifests = match spec {
        Some(spec) => manifests.parameters(spec),
        None => manifests,
    };
    let manifests = manifests
        .route("llm", "/v1", None, &llm)
        .route("mcp", "/mcp", None, &mcp)
        .route("mcp", "/tools", None, &tools)
        .route("a2a", "/", None, &a2a)
        .ports(free_port(), free_port(), free_port());
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("gateway.yaml"), manifests.text()).unwrap();
    let config = directory.path().to_str().unwrap().to_owned();
    let arguments = [
        "run",
        "--config",
        &config,
        "--bind",
        "127.0.0.1",
        "--admin",
        "127.0.0.1:0",
        "--drain-delay",
        "0",
    ];
    let front = Process::start(&arguments, &environment(endpoint, "front")).await;
    (front, back, directory)
}

fn of<'a>(spans: &'a [Span], service: &str, kind: i32, name: &str) -> &'a Span {
    let mut found = spans
        .iter()
        .filter(|span| span.service == service && span.kind == kind && span.name.starts_with(name));
    let first = found
        .next()
        .unwrap_or_else(|| panic!("no {service} {kind} {name} in {spans:#?}"));
    assert!(found.next().is_none(), "two of {service} {kind} {name}");
    first
}

fn own(spans: &[Span]) -> Vec<Span> {
    spans
        .iter()
        .filter(|span| span.trace == TRACE)
        .cloned()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_streamed_chat_over_two_hops_is_one_trace() {
    let collector = Collector::start().await;
    let (front, back, _config) = two_hops(&collector.endpoint()).await;
    let url = format!("{}/v1/chat/completions", front.url("llm"));
    let body = r#"{"model":"m","stream":true,"messages":[{"role":"user","content":"a b c"}]}"#;
    let answer = post(&url, &[("traceparent", PARENT)], body).await;
    let text = String::from_utf8_lossy(answer.body());
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");
    assert!(
        !text.contains("prompt_tokens"),
        "the usage chunk was not asked for: {text}"
    );

    let spans = own(&collector.wait(|spans| own(spans).len() >= 5).await);
    let server = of(&spans, "front", 2, "POST");
    let call = of(&spans, "front", 1, "chat m");
    let attempt = of(&spans, "front", 3, "chat m");
    let second = of(&spans, "back", 2, "POST");
    let inner = of(&spans, "back", 1, "chat m");
    assert_eq!(spans.len(), 5);
    assert_eq!(server.parent, "00f067aa0ba902b7");
    assert_eq!(call.parent, server.id);
    assert_eq!(attempt.parent, call.id);
    assert_eq!(second.parent, attempt.id);
    assert_eq!(inner.parent, second.id);
    assert_eq!(server.attributes["http.route"], "/v1/*");
    assert_eq!((&*server.name, &*second.name), ("POST /v1/*", "POST /"));
    for (span, integers) in [
        (server, &["http.response.status_code"][..]),
        (
            attempt,
            &[
                "http.response.status_code",
                "server.port",
                "gen_ai.usage.input_tokens",
                "gen_ai.usage.output_tokens",
            ],
        ),
    ] {
        for name in integers {
            assert!(
                span.integers.iter().any(|own| own == name),
                "{name} is a text: {span:?}"
            );
        }
    }
    // Each attribute once, and the Gateway's name in every mode.
    for (span, gateway) in [
        (server, "default/gateway"),
        (second, "default/agentgateway"),
    ] {
        let mut names = span.names.clone();
        names.sort();
        let all = names.len();
        names.dedup();
        assert_eq!(names.len(), all, "{:?}", span.names);
        assert_eq!(span.attributes["agentgateway.gateway"], gateway);
    }
    assert_eq!(attempt.attributes["gen_ai.usage.output_tokens"], "5");
    assert_eq!(attempt.attributes["agentgateway.end"], "complete");
    assert_eq!(attempt.attributes["server.address"], "127.0.0.1");
    // The stream is paced: a span that ended with the head would be shorter.
    for span in [server, call, attempt] {
        assert!(
            span.nanos > 50_000_000,
            "{} took {} ns",
            span.name,
            span.nanos
        );
    }
    drop((front, back));
}

/// The first gateway is asked for what is said, and the second is not.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_is_on_the_span_of_a_call_where_raw_config_asks_for_it() {
    let collector = Collector::start().await;
    let spec = "{rawConfig: {llm: {spanContent: {maxAttributeBytes: 1024}}}}";
    let (front, back, _config) = hops(&collector.endpoint(), Some(spec)).await;
    let url = format!("{}/v1/chat/completions", front.url("llm"));
    let said = "word ".repeat(400);
    let body = format!(
        r#"{{"model":"m","stream":true,"messages":[{{"role":"system","content":"be brief"}},{{"role":"user","content":"{said}"}}]}}"#
    );
    let answer = post(&url, &[("traceparent", PARENT)], body).await;
    let text = String::from_utf8_lossy(answer.body());
    assert!(text.ends_with("data: [DONE]\n\n"), "{text}");

    let spans = own(&collector.wait(|spans| own(spans).len() >= 5).await);
    let call = of(&spans, "front", 1, "chat m");
    assert_eq!(
        call.attributes["gen_ai.system_instructions"],
        r#"[{"type":"text","content":"be brief"}]"#
    );
    let input = &call.attributes["gen_ai.input.messages"];
    assert!(
        input.starts_with(r#"[{"role":"user","parts":[{"type":"text","content":"word word "#),
        "{input}"
    );
    assert!(
        input.len() <= 1024 && input.contains("truncated"),
        "{input}"
    );
    let output = &call.attributes["gen_ai.output.messages"];
    let begin = r#"[{"role":"assistant","parts":[{"type":"text","content":""#;
    assert!(output.starts_with(begin), "{output}");
    assert!(!call.attributes.contains_key("gen_ai.tool.definitions"));
    // The attempt has none, and neither has the gateway that nobody asked.
    for span in spans.iter().filter(|span| span.id != call.id) {
        let words = span.attributes.values().find(|it| it.contains("word"));
        assert_eq!(words, None, "{span:?}");
        let messages = span.names.iter().find(|name| name.contains("messages"));
        assert_eq!(messages, None, "{span:?}");
    }
    drop((front, back));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_mcp_call_travels_in_meta() {
    let collector = Collector::start().await;
    let (front, back, _config) = two_hops(&collector.endpoint()).await;
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"add","arguments":{{"a":1,"b":2}},"_meta":{{"traceparent":"{PARENT}"}}}}}}"#
    );
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2025-11-25"),
    ];
    let answer = post(&format!("{}/mcp", front.url("mcp")), &headers, body).await;
    assert!(String::from_utf8_lossy(answer.body()).contains("\"id\":7"));

    let spans = own(&collector.wait(|spans| own(spans).len() >= 3).await);
    let call = of(&spans, "front", 2, "tools/call add");
    let attempt = of(&spans, "front", 3, "tools/call add");
    let inner = of(&spans, "back", 2, "tools/call add");
    assert_eq!(call.parent, "00f067aa0ba902b7");
    assert_eq!(call.links.len(), 1, "the HTTP span is linked");
    assert_eq!(attempt.parent, call.id);
    assert_eq!(
        inner.parent, attempt.id,
        "the attempt's own context stands in _meta"
    );
    assert_eq!(call.attributes["mcp.method.name"], "tools/call");
    assert_eq!(call.attributes["gen_ai.tool.name"], "add");
    assert_eq!(call.attributes["jsonrpc.request.id"], "7");
    drop((front, back));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_one_of_several_servers_is_one_trace_that_tells_which() {
    let collector = Collector::start().await;
    let (front, back, _config) = two_hops(&collector.endpoint()).await;
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"other_add","arguments":{{"a":1,"b":2}},"_meta":{{"traceparent":"{PARENT}","io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    );
    let headers = [
        ("accept", "application/json, text/event-stream"),
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "other_add"),
    ];
    let answer = post(&format!("{}/tools", front.url("mcp")), &headers, body).await;
    let answer = String::from_utf8_lossy(answer.body());
    assert!(
        answer.contains("\"id\":7") && answer.contains("result"),
        "{answer}"
    );

    // Each process sends its own when it will.
    let wanted = [
        ("front", "tools/call other_add"),
        ("front", "tools/call add"),
        ("back", "tools/call add"),
    ];
    let is_there = |spans: &[Span], (service, name): (&str, &str)| {
        let is_it = |span: &Span| span.service == service && span.name == name;
        own(spans).iter().any(is_it)
    };
    let spans = own(&collector
        .wait(|spans| wanted.into_iter().all(|one| is_there(spans, one)))
        .await);
    let call = of(&spans, "front", 2, "tools/call other_add");
    let attempt = of(&spans, "front", 3, "tools/call add");
    let inner = of(&spans, "back", 2, "tools/call add");
    assert_eq!(call.parent, "00f067aa0ba902b7");
    assert_eq!(attempt.parent, call.id);
    assert_eq!(inner.parent, attempt.id);
    assert_eq!(attempt.attributes["agentgateway.mcp.target"], "other");
    assert_eq!(call.attributes["gen_ai.tool.name"], "other_add");
    drop((front, back));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_a2a_task_over_two_hops_is_one_trace() {
    let collector = Collector::start().await;
    let (front, back, _config) = two_hops(&collector.endpoint()).await;
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"SendMessage","params":{"message":{"messageId":"m1","role":"ROLE_USER","parts":[{"text":"hello"}]}}}"#;
    let headers = [("a2a-version", "1.0"), ("traceparent", PARENT)];
    let answer = post(&front.url("a2a"), &headers, body).await;
    assert!(String::from_utf8_lossy(answer.body()).contains("TASK_STATE_COMPLETED"));

    let spans = own(&collector.wait(|spans| own(spans).len() >= 5).await);
    let server = of(&spans, "front", 2, "POST");
    let call = of(&spans, "front", 2, "SendMessage");
    let attempt = of(&spans, "front", 3, "SendMessage");
    let second = of(&spans, "back", 2, "POST");
    assert_eq!(server.parent, "00f067aa0ba902b7");
    assert_eq!((&call.parent, &attempt.parent), (&server.id, &call.id));
    assert_eq!(second.parent, attempt.id);
    assert_eq!(call.attributes["a2a.task.state"], "TASK_STATE_COMPLETED");
    assert_eq!(call.attributes["a2a.message.id"], "m1");
    drop((front, back));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_sampler_at_one_every_request_is_there_after_the_end() {
    let collector = Collector::start().await;
    let endpoint = collector.endpoint();
    let mut environment = environment(&endpoint, "all");
    // Nothing leaves by the clock: the flush at the end must bring it all.
    environment.retain(|(name, _)| *name != "OTEL_BSP_SCHEDULE_DELAY");
    environment.push(("OTEL_BSP_SCHEDULE_DELAY", "600000"));
    let gateway = Process::start(&ANY_PORTS, &environment).await;
    let url = format!("{}/v1/chat/completions", gateway.url("llm"));
    // An unsampled parent does not count for `traceidratio`.
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    for number in 0..50 {
        let body =
            format!(r#"{{"model":"m{number}","messages":[{{"role":"user","content":"a"}}]}}"#);
        let headers: &[(&str, &str)] = if number % 2 == 0 {
            &[("traceparent", parent)]
        } else {
            &[]
        };
        assert_eq!(post(&url, headers, body).await.status(), 200);
    }
    assert_eq!(gateway.stop().await, Some(0));
    let spans = collector.spans();
    for number in 0..50 {
        let name = format!("chat m{number}");
        assert!(
            spans.iter().any(|span| span.name == name),
            "{name} is missing"
        );
    }
    assert_eq!(spans.iter().filter(|span| span.kind == 2).count(), 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sampler_that_is_off_sends_nothing() {
    let collector = Collector::start().await;
    let endpoint = collector.endpoint();
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_TRACES_SAMPLER", "always_off"),
    ];
    let gateway = Process::start(&ANY_PORTS, &environment).await;
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#;
    let url = format!("{}/v1/chat/completions", gateway.url("llm"));
    assert_eq!(post(&url, &[], body).await.status(), 200);
    assert_eq!(gateway.stop().await, Some(0));
    assert!(collector.spans().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_costs_requests_nothing_and_is_counted() {
    let endpoint = format!("http://127.0.0.1:{}", free_port());
    let mut environment = environment(&endpoint, "alone");
    environment.push(("OTEL_BSP_MAX_QUEUE_SIZE", "16"));
    environment.push(("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "8"));
    let gateway = Process::start(&ANY_PORTS, &environment).await;
    let url = format!("{}/v1/chat/completions", gateway.url("llm"));
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#;
    for _ in 0..100 {
        assert_eq!(post(&url, &[], body).await.status(), 200);
    }
    let metrics = format!("{}/metrics", gateway.url("admin"));
    let mut lost = 0;
    for _ in 0..200 {
        let text = String::from_utf8(get(&metrics).await.into_body().to_vec()).unwrap();
        let line = text
            .lines()
            .find(|line| line.starts_with("otel_spans_dropped_total "));
        lost = line
            .and_then(|line| line.rsplit(' ').next())
            .unwrap()
            .parse()
            .unwrap();
        if lost == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(lost, 200, "two spans a request, none of which can be sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_collector_prints_the_trace() {
    let Some(mut collector) = Peer::shell("collector.sh").await else {
        eprintln!("skipped: the collector has no build for this system");
        return;
    };
    let endpoint = format!("http://127.0.0.1:{}", collector.port());
    let (front, back, _config) = two_hops(&endpoint).await;
    let url = format!("{}/v1/chat/completions", front.url("llm"));
    let body = r#"{"model":"m","messages":[{"role":"user","content":"a b c"}]}"#;
    assert_eq!(
        post(&url, &[("traceparent", PARENT)], body).await.status(),
        200
    );
    assert_eq!(front.stop().await, Some(0));
    assert_eq!(back.stop().await, Some(0));
    let mut seen = String::new();
    for _ in 0..5 {
        match collector.read_until(TRACE, Duration::from_secs(10)).await {
            Ok(more) => seen.push_str(&more),
            Err(more) => panic!("fewer than five spans of the trace:\n{seen}\n{more}"),
        }
    }
    for name in ["service.name: Str(front)", "service.name: Str(back)"] {
        assert!(seen.contains(name), "{name} is missing in:\n{seen}");
    }
}
