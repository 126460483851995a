//! Limits that several gateways share.

use agentgateway_tests::{
    Configured, Manifests, Process, get,
    raw::{RawUpstream, eventually},
};

use super::{redis_server::RedisServer, *};

pub(super) const VARIABLE: &str = "AGENTGATEWAY_REDIS_URL";

/// Four requests in an hour, before this service.
fn limited(service: u16) -> Configured {
    let backend = format!("{{static: {{host: 127.0.0.1, port: {service}}}}}");
    let manifests = Manifests::default().route("llm", "/", None, &backend);
    Configured::new(manifests.and(
        "
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: limits, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway, sectionName: llm}]
  traffic: {rateLimit: {local: [{requests: 4, unit: Hours}]}}
",
    ))
}

async fn service() -> RawUpstream {
    RawUpstream::serving(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await
}

/// How many of six requests pass, asked of these in turn.
async fn passed(gateways: &[Process]) -> usize {
    let mut passed = 0;
    for gateway in gateways.iter().cycle().take(6) {
        match get(&gateway.url("llm")).await.status() {
            StatusCode::OK => passed += 1,
            other => assert_eq!(other, StatusCode::TOO_MANY_REQUESTS),
        }
    }
    passed
}

/// Waits until each of these has said it so often.
pub(super) async fn told(gateways: &[Process], words: &str, times: usize) {
    for gateway in gateways {
        let said = || gateway.said().matches(words).count() + gateway.log().matches(words).count();
        eventually(words, || said() >= times).await;
        assert_eq!(said(), times, "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_that_share_a_redis_count_together() {
    let Some(mut redis) = RedisServer::start().await else {
        return;
    };
    let (service, url) = (service().await, redis.url());
    let replicas = [limited(service.port()), limited(service.port())];
    let mut gateways = Vec::new();
    for replica in &replicas {
        let arguments = replica.arguments("127.0.0.1:0");
        gateways.push(Process::start(&arguments, &[(VARIABLE, &url)]).await);
    }
    assert_eq!(passed(&gateways).await, 4);
    assert_eq!(passed(&gateways).await, 0);
    redis.stop();
    told(&gateways, "redis is away", 1).await;
    assert_eq!(passed(&gateways).await, 6);
    // What Redis knew is gone with it.
    redis.restart().await;
    told(&gateways, "redis is present", 2).await;
    assert_eq!(passed(&gateways).await, 4);
    // It is said once, whatever is asked meanwhile.
    told(&gateways, "redis is away", 1).await;
    told(&gateways, "redis cannot be reached", 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_without_redis_counts_by_itself_or_lets_pass() {
    let service = service().await;
    let configured = limited(service.port());
    // A variable that is empty is as one that is not set.
    let arguments = configured.arguments("127.0.0.1:0");
    let own = [Process::start(&arguments, &[(VARIABLE, "")]).await];
    assert_eq!(passed(&own).await, 4);
    let nobody = format!("redis://127.0.0.1:{}", agentgateway_tests::free_port());
    let configured = limited(service.port());
    let gateways = [configured.start(&["--redis-url", &nobody]).await];
    assert_eq!(passed(&gateways).await, 6);
    told(&gateways, "redis cannot be reached", 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_redis_is_shown_nowhere() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let (service, url) = (service().await, redis.url());
    let configured = limited(service.port());
    let script = format!("export RUST_LOG=trace {VARIABLE}='{url}' && exec \"$0\" \"$@\"");
    let gateway = Process::start_by(&script, &configured.arguments("127.0.0.1:0")).await;
    get(&gateway.url("llm")).await;
    let mut shown = vec![gateway.said().to_owned(), gateway.log()];
    for page in ["/", "/status", "/config", "/metrics"] {
        let page = get(&format!("{}{page}", gateway.url("admin"))).await;
        assert_eq!(page.status(), StatusCode::OK);
        shown.push(String::from_utf8_lossy(page.body()).into_owned());
    }
    let help = format!("export {VARIABLE}='{url}' && exec \"$0\" \"$@\" >&2");
    let (status, text) = Process::run_by(&help, &["run", "--help"]).await;
    assert!(status == Some(0) && text.contains(VARIABLE), "{text}");
    shown.push(text);
    for wrong in ["http://u:SECRET@h", "redis://u:SECRET@h:x"] {
        let wrong = wrong.replace("SECRET", RedisServer::PASSWORD);
        let (status, text) = Process::run(&["--redis-url", &wrong]).await;
        assert!(status == Some(2) && text.contains("--redis-url"), "{text}");
        shown.push(text);
    }
    for text in shown {
        assert!(!text.contains(RedisServer::PASSWORD), "{text}");
    }
}

/// The variable is that of `run`; a shell that has it set runs the others as ever.
#[tokio::test(flavor = "multi_thread")]
async fn the_variable_stands_in_the_way_of_no_verb() {
    let script = format!("export {VARIABLE}=redis://localhost && exec \"$0\" \"$@\"");
    for arguments in [&["completions", "bash"][..], &["schema"]] {
        let (status, text) = Process::run_by(&script, arguments).await;
        assert_eq!(status, Some(0), "{arguments:?}: {text}");
    }
}
