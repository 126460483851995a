use super::{Health, Overview, configuration_words, overview, words};
use crate::config::compile::tests::support::{EDGE, WEB, compiled, statuses, store};
use crate::overview::Configuration;

fn of(texts: &[&str]) -> Overview {
    let found = compiled(texts);
    overview(&store(texts), &found.facts, &statuses(&found))
}

fn said(overview: &Overview) -> String {
    words(&overview.items, |_, word| word.to_owned())
}

fn route(name: &str, parent: &str, rule: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
         metadata: {{name: {name}, namespace: web}}\nspec:\n  parentRefs: [{parent}]\n  \
         rules: [{{{rule}}}]\n"
    )
}

const OURS: &str = "{name: edge, namespace: infra}";

/// A Gateway and a route that nobody serves stand in the tree, and fail.
#[test]
fn what_nobody_serves_is_in_the_tree() {
    let backend = "backendRefs: [{name: a, port: 80}]";
    let edge = EDGE.replace("gatewayClassName: agw", "gatewayClassName: agww");
    let (below, lost) = (
        route("r", OURS, backend),
        route("lost", "{name: edge}", backend),
    );
    let found = of(&[&edge, WEB, &below, &lost]);
    assert_eq!(found.health(), Health::Failing);
    let text = said(&found);
    let expected = "\
FAIL Gateway infra/edge
       Accepted=Unknown Pending: waiting for controller: GatewayClass agww not found; did you mean \"agw\"?
       Programmed=Unknown Pending
FAIL   HTTPRoute web/r
         Accepted=Unknown Pending: Gateway infra/edge waits for its controller
FAIL HTTPRoute web/lost
       Accepted=False NoMatchingParent: Gateway web/edge not found; it exists in namespace infra
ok   GatewayClass agw
";
    assert_eq!(text, expected);
    let other = EDGE.replace("agentgateway.dev/agentgateway", "example.com/other");
    let found = of(&[&other, WEB, &below]);
    assert_eq!(found.health(), Health::Fine);
    assert!(said(&found).contains("ok     Gateway infra/edge: left alone: agw is not ours"));
}

/// A grant is shown once, below the condition that lacks it, and what has no effect is named.
#[test]
fn remedies_are_shown_once_and_notes_with_them() {
    let away = "backendRefs: [{name: a, namespace: other, port: 80}], sessionPersistence: {}";
    let other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n";
    let text = said(&of(&[EDGE, WEB, other, &route("r", OURS, away)]));
    assert_eq!(text.matches("kind: ReferenceGrant").count(), 1, "{text}");
    assert!(
        text.contains("note: spec.rules[0].sessionPersistence: is known but not implemented, and has no effect"),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.starts_with("FAIL")
            || line.starts_with("ok")
            || line.starts_with("     ")),
        "{text}"
    );
}

/// Clients that may mistake one listener for another are worth knowing of, and no fault.
#[test]
fn overlapping_hostnames_are_no_fault() {
    let tls = "protocol: HTTPS, tls: {certificateRefs: [{name: s}]}";
    let text = EDGE.to_owned()
        + &format!("  - {{name: a, port: 443, {tls}}}\n")
        + &format!("  - {{name: b, port: 443, hostname: b.example, {tls}}}\n");
    let found = of(&[&text]);
    let item = found.find("listener", "infra", "a").unwrap();
    let overlaps = item.condition("OverlappingTLSConfig").unwrap();
    assert_eq!(
        (overlaps.status.as_str(), overlaps.health()),
        ("True", Health::Fine)
    );
    assert!(said(&found).contains("note: spec.listeners: listener a: another listener"));
}

#[test]
fn a_listener_is_in_the_namespace_of_its_gateway_and_a_class_in_every_one() {
    let found = of(&[EDGE]);
    assert!(found.find("Listener", "infra", "http").is_some());
    assert!(found.find("Listener", "default", "http").is_none());
    assert!(found.find("gatewayclass", "default", "agw").is_some());
}

/// Fault C08: what waits for a restart is named, and is no fault; what is refused is one.
#[test]
fn a_refused_edit_and_what_waits_is_said() {
    let mut state = Configuration {
        generation: 3,
        since: "2026-11-29T10:00:00Z".to_owned(),
        applied: true,
        restart: vec!["AgentgatewayParameters a/b: spec.env X".to_owned()],
        ..Configuration::default()
    };
    let said = |state: &Configuration| configuration_words(state, |_, word| word.to_owned());
    assert_eq!(
        said(&state),
        "wait Configuration: generation 3 since 2026-11-29T10:00:00Z\n       \
         pending restart: AgentgatewayParameters a/b: spec.env X\n"
    );
    state.applied = false;
    state.problems = (0..25).map(|nth| format!("a.yaml:{nth}:1: no")).collect();
    state.revoked = vec!["ReferenceGrant web/g".to_owned()];
    assert_eq!(state.health(), Health::Failing);
    let text = said(&state);
    for part in [
        "FAIL Configuration",
        "refused since",
        "a.yaml:19:1",
        "and 5 more",
        "revoked, as it is not on disk: ReferenceGrant web/g",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("a.yaml:20:1"));
    let none = said(&Configuration {
        applied: true,
        ..Configuration::default()
    });
    assert_eq!(
        none,
        "ok   Configuration: none; the services in the process are served\n"
    );
}
