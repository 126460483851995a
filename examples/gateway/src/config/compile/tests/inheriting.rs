//! Policies that have the last word.

use super::policies::{GATEWAY, HTTP, LISTENER, ROUTE, RULE, SERVICE, on};
use super::support::{EDGE, compiled, conditions, message, policy, rules, statuses};

const OVERRIDE: &str = "strategy: {inheritance: Override}\n  ";

fn asking(name: &str, target: &str, strategy: &str, traffic: &str) -> String {
    on(name, target, &format!("{strategy}traffic: {{{traffic}}}"))
}

/// What `explain` says of each rule, and how long its requests may take, in seconds.
fn told(texts: &[&str]) -> Vec<(Vec<String>, Option<u64>)> {
    let rules = rules(&compiled(texts), "http");
    let told = |rule: &crate::config::snapshot::Rule| {
        let seconds = rule.timeouts.request.map(|it| it.as_secs());
        (rule.policies.lines(), seconds)
    };
    rules.iter().map(told).collect()
}

#[test]
fn what_overrides_leaves_nearer_policies_no_say() {
    let near = "timeouts: {request: 1s}, csrf: {}, authorization: {action: Allow, policy: \
                {matchExpressions: ['true']}}";
    let far = "timeouts: {request: 9s}, delay: {duration: 2s}";
    let rule = asking("u", RULE, "", near);
    let route = asking("r", HTTP, "", "buffer: {request: {}}");
    let waits = "infra/g traffic.delay: lets it wait for 2s".to_owned();
    for target in [GATEWAY, LISTENER] {
        let gateway = asking("g", target, OVERRIDE, far);
        let found = told(&[EDGE, ROUTE, SERVICE, &gateway, &route, &rule]);
        let all = (vec![waits.clone()], Some(9));
        assert_eq!(found, [all.clone(), all], "{target}");
    }
    let gateway = asking("g", GATEWAY, "strategy: {inheritance: Default}\n  ", far);
    let found = told(&[EDGE, ROUTE, SERVICE, &gateway, &route, &rule]);
    assert_eq!((found[0].0.len(), found[1].0.len()), (2, 4), "{found:?}");
    assert_eq!((found[0].1, found[1].1), (Some(9), Some(1)));
}

#[test]
fn a_farther_policy_fills_in_what_the_overriding_one_leaves_open() {
    let gateway = asking("g", GATEWAY, "", "timeouts: {request: 9s}, csrf: {}");
    let route = asking("r", HTTP, OVERRIDE, "delay: {duration: 2s}");
    // One of the same level is not nearer.
    let beside = asking("s", HTTP, "", "buffer: {request: {}}");
    let rule = asking("u", RULE, "", "timeouts: {request: 1s}");
    let found = told(&[EDGE, ROUTE, SERVICE, &gateway, &route, &beside, &rule]);
    for (lines, seconds) in found {
        assert_eq!((lines.len(), seconds), (3, Some(9)), "{lines:?}");
    }
}

#[test]
fn what_is_overridden_says_by_whom() {
    let gateway = asking("g", GATEWAY, OVERRIDE, "delay: {duration: 2s}");
    let rules = "authorization: {policy: {matchExpressions: ['true']}}";
    let route = asking("r", HTTP, "", rules);
    let both = on(
        "b",
        HTTP,
        "traffic: {csrf: {}}\n  backend: {http: {requestTimeout: 1s}}",
    );
    let set = statuses(&compiled(&[EDGE, ROUTE, SERVICE, &gateway, &route, &both]));
    let why = "is that of AgentgatewayPolicy infra/g, which overrides what is nearer";
    for (name, attached, field) in [
        ("g", "True/Attached", ""),
        ("r", "False/Overridden", "traffic.authorization "),
        ("b", "True/Merged", "traffic.csrf "),
    ] {
        let all = conditions(&set, &policy("infra", name));
        assert_eq!(all[1], format!("edge Attached={attached}"));
        let told = message(&set, &policy("infra", name), "edge", "Attached");
        if !field.is_empty() {
            assert_eq!(told, format!("{field}{why}"));
        }
    }
}

#[test]
fn what_is_overridden_on_one_listener_says_so() {
    let listener = asking("g", LISTENER, OVERRIDE, "delay: {duration: 2s}");
    let route = asking("r", HTTP, "", "csrf: {}");
    let set = statuses(&compiled(&[EDGE, ROUTE, SERVICE, &listener, &route]));
    let all = conditions(&set, &policy("infra", "r"));
    assert_eq!(all[1], "edge Attached=True/Merged");
    assert_eq!(
        message(&set, &policy("infra", "r"), "edge", "Attached"),
        "traffic.csrf is that of AgentgatewayPolicy infra/g, which overrides what is nearer on listener http"
    );
}

#[test]
fn each_phase_is_overridden_by_itself() {
    let early = |name: &str, target: &str, strategy: &str, method: &str| {
        let rule = format!("request.method == '{method}'");
        let traffic = format!(
            "phase: PreRouting, authorization: {{action: Deny, policy: {{matchExpressions: [\"{rule}\"]}}}}"
        );
        asking(name, target, strategy, &traffic)
    };
    let gateway = early("g", GATEWAY, OVERRIDE, "PUT");
    let listener = early("l", LISTENER, "", "GET");
    let route = asking("r", HTTP, "", "csrf: {}");
    let texts = [EDGE, ROUTE, SERVICE, &gateway, &listener, &route];
    let found = compiled(&texts);
    let own = &found.snapshot.gateways[0].listeners[0].before;
    assert_eq!(
        own.lines(),
        ["infra/g traffic.authorization: deny if request.method == 'PUT'"]
    );
    let set = statuses(&found);
    let of_listener = &conditions(&set, &policy("infra", "l"))[1];
    assert_eq!(of_listener, "edge Attached=False/Overridden");
    // The later phase has its own word.
    assert_eq!(told(&texts)[0].0.len(), 1);
}
