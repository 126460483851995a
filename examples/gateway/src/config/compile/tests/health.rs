//! Keep-alive of connections to backends, and the health of their endpoints.

use std::time::Duration;

use super::backends::{OURS, backend, ours, to};
use super::policies::on;
use super::support::{EDGE, compiled, conditions, message, policy, statuses};
use crate::config::snapshot::{BackendSettings, Eviction, Health, Keepalive};

fn with(policies: &str) -> BackendSettings {
    let own = ours(&format!(
        "{{static: {{host: h, port: 80}}, policies: {policies}}}"
    ));
    backend(&[EDGE, &own, &to(OURS)]).settings
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn keepalive_has_the_defaults_of_the_resource() {
    let found = |policies: &str| with(policies).keepalive;
    assert_eq!(found("{tcp: {connectTimeout: 1s}}"), None);
    let usual = Keepalive {
        idle: seconds(180),
        interval: seconds(180),
        probes: 9,
    };
    assert_eq!(found("{tcp: {keepalive: {}}}"), Some(usual));
    let own = Keepalive {
        idle: seconds(60),
        interval: seconds(5),
        probes: 3,
    };
    assert_eq!(
        found("{tcp: {keepalive: {time: 1m, interval: 5s, retries: 3}}}"),
        Some(own)
    );
}

#[test]
fn health_is_what_the_manifest_says() {
    let found = |policies: &str| with(policies).health;
    assert_eq!(found("{health: {}}"), Some(Health::default()));
    let eviction = |policies: &str| found(policies).unwrap().eviction.unwrap();
    let usual = Eviction {
        duration: seconds(3),
        consecutive_failures: None,
        threshold: None,
        restored: None,
    };
    assert_eq!(eviction("{health: {eviction: {}}}"), usual);
    let own = Eviction {
        duration: seconds(30),
        consecutive_failures: Some(5),
        threshold: Some(50),
        restored: Some(80),
    };
    let spec = "{health: {eviction: {duration: 30s, consecutiveFailures: 5, healthThreshold: 50, \
                restoreHealth: 80}}}";
    assert_eq!(eviction(spec), own);
    let unhealthy = found("{health: {unhealthyCondition: 'response.code == 418'}}");
    let text = unhealthy.unwrap().unhealthy.unwrap();
    assert_eq!(text.text(), "response.code == 418");
}

#[test]
fn the_nearest_policy_that_has_them_wins_keepalive_and_health() {
    let target = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";
    let attached = "backend: {tcp: {keepalive: {time: 2s}}, health: {eviction: {duration: 9s}}}";
    let attached = on("p", target, attached).replace("namespace: infra", "namespace: web");
    let own = |policies: &str| {
        let own = ours(&format!("{{static: {{host: h, port: 80}}{policies}}}"));
        backend(&[EDGE, &own, &to(OURS), &attached]).settings
    };
    let found = own("");
    assert_eq!(found.keepalive.unwrap().idle, seconds(2));
    assert_eq!(found.health.unwrap().eviction.unwrap().duration, seconds(9));
    let found = own(", policies: {tcp: {keepalive: {time: 1s}}, health: {}}");
    assert_eq!(found.keepalive.unwrap().idle, seconds(1));
    assert_eq!(found.health, Some(Health::default()));
}

#[test]
fn a_condition_that_no_answer_can_be_held_against_is_told() {
    let target = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";
    let plain = ours("{static: {host: h, port: 80}}");
    for (condition, words) in [
        (
            "request.path == '/a' && response.code >= 500",
            "held against the answer alone, as in response.code >= 500",
        ),
        ("response.status >= 500", "response.code"),
        ("response.code", "a bool"),
        ("response.code >=", ""),
    ] {
        let spec = format!("backend: {{health: {{unhealthyCondition: \"{condition}\"}}}}");
        let text = on("p", target, &spec).replace("namespace: infra", "namespace: web");
        let found = compiled(&[EDGE, &plain, &to(OURS), &text]);
        let told = found.facts.diagnoses().iter();
        let told: Vec<_> = told.map(ToString::to_string).collect();
        let path = "spec.backend.health.unhealthyCondition: ";
        assert!(
            told.iter()
                .any(|one| one.contains(path) && one.contains(words)),
            "{condition}: {told:#?}"
        );
        let set = statuses(&found);
        let of = policy("web", "p");
        assert_eq!(conditions(&set, &of)[0], "edge Accepted=False/Invalid");
        assert!(message(&set, &of, "edge", "Accepted").contains(words));
    }
}
