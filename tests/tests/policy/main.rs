//! Tracing by policy: replaced while it runs, by Gateway, to collectors of the test's own.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod probe;
mod scene;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use agentgateway::telemetry::{Collector as Address, OtlpProtocol, Scope, TracingState};
use agentgateway_tests::{Collector, Span, free_port};

use self::scene::{Scene, compile, eventually, policy, split};

const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const UNSAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

fn state(policy: agentgateway::telemetry::TracingPolicy) -> TracingState {
    TracingState::Policy(Box::new(policy))
}

fn denied() -> TracingState {
    TracingState::Denied {
        origin: "ns/otel".to_owned(),
        reason: "no ReferenceGrant in namespace opentelemetry".to_owned(),
    }
}

/// The servers' spans among these, by path.
fn served(spans: &[Span]) -> HashMap<String, usize> {
    let mut paths = HashMap::new();
    for span in spans.iter().filter(|span| span.kind == 2) {
        *paths
            .entry(span.attributes["url.path"].clone())
            .or_default() += 1;
    }
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_replaced_while_requests_run_and_no_span_is_lost() {
    let scene = Scene::new().await;
    let (one, two) = (Collector::start().await, Collector::start().await);
    scene.apply(&[("swap", state(policy(&one)))], &[]);
    let stack = scene.gateway("swap");
    let (ends, count) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let (stack, ends, count) = (stack.clone(), ends.clone(), count.clone());
        workers.spawn(async move {
            while !ends.load(Ordering::Relaxed) {
                let number = count.fetch_add(1, Ordering::Relaxed);
                assert_eq!(stack.get(&format!("/{number}"), &[]).await, 200);
                // Slower than the collectors: nothing may be dropped for want of room.
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
        });
    }
    for round in 0..20 {
        let reached = count.load(Ordering::Relaxed) + 20;
        eventually(|| count.load(Ordering::Relaxed) >= reached).await;
        let target = if round % 2 == 0 { &two } else { &one };
        scene.apply(&[("swap", state(policy(target)))], &[]);
    }
    ends.store(true, Ordering::Relaxed);
    while let Some(worker) = workers.join_next().await {
        worker.unwrap();
    }
    let all = || {
        let mut all = one.spans();
        all.extend(two.spans());
        served(&all)
    };
    let total = usize::try_from(count.load(Ordering::Relaxed)).unwrap();
    eventually(|| all().len() == total).await;
    assert!(all().values().all(|times| *times == 1), "each is sent once");
    assert!(!one.spans().is_empty() && !two.spans().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_policy_sends_nothing_anywhere_and_traffic_goes_on() {
    let scene = Scene::new().await;
    let (environment, named) = (Collector::start().await, Collector::start().await);
    let endpoint = environment.endpoint();
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str())];
    scene.apply(&[("denied", state(policy(&named)))], &variables);
    let stack = scene.gateway("denied");
    assert_eq!(stack.get("/before", &[]).await, 200);
    named
        .wait(|spans| served(spans).contains_key("/before"))
        .await;
    scene.apply(&[("denied", denied())], &variables);
    assert_eq!(stack.get("/denied", &[("traceparent", PARENT)]).await, 200);
    assert_eq!(
        stack.traceparent().as_deref(),
        Some(PARENT),
        "it passes as it is"
    );
    let report = scene.tracing.report();
    let report = report
        .iter()
        .find(|report| report.gateway == "ns/denied")
        .unwrap();
    assert_eq!(report.state, "denied");
    assert!(
        report.reason.contains("ns/otel: no ReferenceGrant"),
        "{report}"
    );
    // Without the policy the environment's endpoint counts.
    scene.apply(&[("denied", TracingState::FromEnvironment)], &variables);
    assert_eq!(stack.get("/after", &[]).await, 200);
    let spans = environment
        .wait(|spans| served(spans).contains_key("/after"))
        .await;
    assert_eq!(served(&spans).len(), 1);
    assert_eq!(served(&named.spans()).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_gateway_has_its_own_collector() {
    let scene = Scene::new().await;
    let (one, two) = (Collector::start().await, Collector::start().await);
    let states = [
        ("one", state(policy(&one))),
        ("two", state(policy(&two))),
        ("none", denied()),
    ];
    scene.apply(&states, &[]);
    let stacks = ["one", "two", "none"].map(|name| (name, scene.gateway(name)));
    for number in 0..10 {
        for (name, stack) in &stacks {
            assert_eq!(stack.get(&format!("/{name}/{number}"), &[]).await, 200);
        }
    }
    for (collector, name) in [(&one, "one"), (&two, "two")] {
        // A client's span follows the server's.
        let spans = collector.wait(|spans| spans.len() >= 20).await;
        assert_eq!(spans.len(), 20);
        for (path, times) in served(&spans) {
            assert!(
                path.starts_with(&format!("/{name}/")) && times == 1,
                "{path}"
            );
        }
        let gateway = spans.iter().find(|span| span.kind == 2).unwrap();
        assert_eq!(
            gateway.attributes["agentgateway.gateway"],
            format!("ns/{name}")
        );
        let client = spans.iter().find(|span| span.kind == 3).unwrap();
        assert!(spans.iter().any(|span| span.id == client.parent));
        let marks = |span: &Span| span.attributes.keys().any(|key| key.contains("mark"));
        assert!(!spans.iter().any(marks), "what is ours alone stays here");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_resources_and_filters_are_the_policys() {
    let scene = Scene::new().await;
    let collector = Collector::start().await;
    let mut asked = policy(&collector);
    for (name, text) in [
        ("team", "request.headers['x-team']"),
        ("code", "response.code"),
        ("secret", "request.headers['authorization']"),
        ("broken", "1 / size(request.path.contains('/') ? [] : [1])"),
    ] {
        asked.add.push((name.to_owned(), compile(text)));
    }
    asked.remove.push("url.path".to_owned());
    asked.filter = Some(compile("response.code >= 500 || has(request.headers.keep)"));
    let stage = ("deployment.environment.name".to_owned(), compile("\"dev\""));
    asked.resources.push(stage);
    scene.apply(&[("attributes", state(asked))], &[]);
    let stack = scene.gateway("attributes");
    let headers = [("x-team", "blue"), ("authorization", "Bearer sk")];
    assert_eq!(stack.get("/dropped", &headers).await, 200);
    assert_eq!(stack.get("/bad", &headers).await, 502);
    assert_eq!(stack.get("/kept", &[("keep", "1")]).await, 200);
    let spans = collector.wait(|spans| spans.len() >= 4).await;
    assert_eq!(spans.len(), 4, "two requests of two spans");
    let bad = spans
        .iter()
        .find(|span| span.kind == 2 && span.attributes["code"] == "502");
    let bad = &bad.unwrap().attributes;
    assert_eq!(
        (bad["team"].as_str(), bad["secret"].as_str()),
        ("blue", "[redacted]")
    );
    assert!(!bad.contains_key("url.path") && !bad.contains_key("broken"));
    assert_eq!(spans[0].resource["deployment.environment.name"], "dev");
    assert_eq!(spans[0].service, "gw");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_behind_follows_the_decision() {
    let scene = Scene::new().await;
    let collector = Collector::start().await;
    let mut asked = policy(&collector);
    asked.random_sampling = Some(compile("0.000001"));
    asked.client_sampling = None;
    scene.apply(&[("behind", state(asked.clone()))], &[]);
    let stack = scene.gateway("behind");
    stack.get("/", &[]).await;
    let told = stack.traceparent().unwrap();
    assert!(told.starts_with("00-") && told.ends_with("-00"), "{told}");
    stack.get("/", &[("traceparent", UNSAMPLED)]).await;
    assert_eq!(stack.traceparent().as_deref(), Some(UNSAMPLED));
    stack
        .get(
            "/sampled",
            &[("traceparent", PARENT), ("tracestate", "a=b")],
        )
        .await;
    let told = stack.traceparent().unwrap();
    assert!(told.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && told.ends_with("-01"));
    let spans = collector.wait(|spans| spans.len() >= 2).await;
    assert_eq!(served(&spans).keys().collect::<Vec<_>>(), ["/sampled"]);
    let server = spans.iter().find(|span| span.kind == 2).unwrap();
    assert_eq!(server.parent, "00f067aa0ba902b7");
    asked.client_sampling = Some(compile("false"));
    scene.apply(&[("behind", state(asked))], &[]);
    stack.get("/", &[("traceparent", PARENT)]).await;
    assert_eq!(
        stack.traceparent().as_deref(),
        Some(UNSAMPLED),
        "the flag is taken off"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn http_is_spoken_with_compression_and_headers() {
    let scene = Scene::new().await;
    let collector = Collector::start_http().await;
    let mut asked = policy(&collector);
    asked.protocol = OtlpProtocol::http();
    let variables = [
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret"),
    ];
    scene.apply(&[("http", state(asked))], &variables);
    assert_eq!(scene.gateway("http").get("/http", &[]).await, 200);
    let spans = collector.wait(|spans| spans.len() >= 2).await;
    assert_eq!(served(&spans)["/http"], 1);
    let report = scene.tracing.report();
    let report = report
        .iter()
        .find(|report| report.gateway == "ns/http")
        .unwrap();
    let text = format!("{report}{}", serde_json::to_string(report).unwrap());
    assert!(
        text.contains("http/protobuf") && !text.contains("secret"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_collector_keeps_its_exporter_and_its_counts() {
    let scene = Scene::new().await;
    let collector = Collector::start().await;
    let mut asked = policy(&collector);
    scene.apply(&[("same", state(asked.clone()))], &[]);
    let stack = scene.gateway("same");
    stack.get("/1", &[]).await;
    let sent = || {
        let report = scene.tracing.report();
        let found = report
            .into_iter()
            .find(|report| report.gateway == "ns/same");
        found.unwrap().exporter.unwrap().sent
    };
    eventually(|| sent() == 2).await;
    asked.random_sampling = Some(compile("0.5"));
    scene.apply(&[("same", state(asked.clone()))], &[]);
    assert_eq!(sent(), 2, "the sampler alone has changed");
    asked.resources.push(("a".to_owned(), compile("1")));
    scene.apply(&[("same", state(asked))], &[]);
    assert_eq!(
        sent(),
        0,
        "in another resource's name it is another exporter"
    );
}

/// Fault O08: a collector that is away costs requests nothing; what waits is sent when it comes, and what was lost is counted.
#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_told_and_comes_back() {
    let scene = Scene::new().await;
    let collector = Collector::start().await;
    let mut asked = policy(&collector);
    asked.target = Address::new(format!("127.0.0.1:{}", free_port()), false);
    scene.apply(&[("away", state(asked.clone()))], &[]);
    let stack = scene.gateway("away");
    for number in 0..50 {
        assert_eq!(stack.get(&format!("/{number}"), &[]).await, 200);
    }
    let exporter = || {
        let report = scene.tracing.report();
        let found = report
            .into_iter()
            .find(|report| report.gateway == "ns/away");
        found.unwrap().exporter.unwrap()
    };
    eventually(|| exporter().dropped_failed >= 50).await;
    let told = exporter();
    assert!(told.last_error.unwrap().contains("Connection refused"));
    assert!(told.consecutive_failures > 0 && told.last_success.is_none());
    asked.target = Address::new(format!("127.0.0.1:{}", collector.port()), false);
    scene.apply(&[("away", state(asked))], &[]);
    stack.get("/back", &[]).await;
    collector
        .wait(|spans| served(spans).contains_key("/back"))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_does_not_fit_the_protocol_is_told() {
    let scene = Scene::new().await;
    let collector = Collector::start().await;
    let mut asked = policy(&collector);
    asked.target = Address::new("127.0.0.1:4318", false);
    let warnings = scene.apply(
        &[("port", state(asked))],
        &[("OTEL_TRACES_SAMPLER", "xray")],
    );
    let told = warnings.join("\n");
    assert!(told.contains("port 4318 usually speaks HTTP"), "{told}");
    assert!(
        told.contains("OTEL_TRACES_SAMPLER of AgentgatewayParameters ns/params"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_listener_of_a_socket_follows_its_own_policy() {
    let scene = Scene::new().await;
    let collector = Collector::start().await;
    let (a, b) = ("a.example", "*.b.example");
    let socket = scene.socket(&[a, b]);
    let stack = scene.stack(socket.clone());
    let mut never = policy(&collector);
    (never.random_sampling, never.origin) = (Some(compile("false")), "ns/never".to_owned());
    let of = |name: &str| Scope::listener(&split(), name);
    let strays = Scope::strays(&split(), 80);
    scene.apply_to([
        (of(a), state(policy(&collector))),
        (of(b), state(never.clone())),
        (strays.clone(), TracingState::FromEnvironment),
    ]);
    let hosts = ["a.example", "x.b.example", "c.example"];
    for host in hosts {
        assert_eq!(
            stack.get(&format!("/1/{host}"), &[("host", host)]).await,
            200
        );
    }
    // What comes after is seen after.
    assert_eq!(stack.get("/end", &[("host", a)]).await, 200);
    let seen = |spans: &[Span]| {
        let mut seen: Vec<_> = served(spans).into_keys().collect();
        seen.sort();
        seen
    };
    let spans = collector
        .wait(|spans| served(spans).contains_key("/end"))
        .await;
    assert_eq!(seen(&spans), ["/1/a.example", "/end"]);
    let told = scene.tracing.report();
    let told: Vec<_> = told.iter().map(|it| (it.subject(), it.state)).collect();
    assert_eq!(
        told,
        [
            ("Gateway ns/split, listener *.b.example".to_owned(), "on"),
            ("Gateway ns/split, listener a.example".to_owned(), "on"),
            ("Gateway ns/split, other hosts of port 80".to_owned(), "off"),
        ]
    );
    // The other way round: where no listener is, the policy of all of them counts.
    scene.apply_to([
        (of(a), state(never)),
        (of(b), state(policy(&collector))),
        (strays, state(policy(&collector))),
    ]);
    for host in hosts {
        assert_eq!(
            stack.get(&format!("/2/{host}"), &[("host", host)]).await,
            200
        );
    }
    // A listener more, which takes what nobody took.
    socket.follow(&scene.socket(&[a, b, "c.example"]));
    scene.apply_to([a, b, "c.example"].map(|name| (of(name), state(policy(&collector)))));
    assert_eq!(stack.get("/last", &[("host", "c.example")]).await, 200);
    let spans = collector
        .wait(|spans| served(spans).contains_key("/last"))
        .await;
    assert_eq!(
        seen(&spans),
        [
            "/1/a.example",
            "/2/c.example",
            "/2/x.b.example",
            "/end",
            "/last"
        ]
    );
    let told = scene.tracing.report();
    assert_eq!(told.len(), 1, "they are alike: {told:?}");
    assert_eq!(told[0].subject(), "Gateway ns/split");
}
