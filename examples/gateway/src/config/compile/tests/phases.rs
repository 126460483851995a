//! What is decided before a rule is chosen.

use agentgateway_core::route::Head;
use http::{HeaderMap, Method};

use super::policies::{GATEWAY, LISTENER, ROUTE, SERVICE, on};
use super::support::{EDGE, compiled, conditions, policy, rules, shares, statuses};
use crate::config::explain::{Where, explain};
use crate::config::snapshot::{BeforeRouting, Listener};

fn listener(texts: &[&str], name: &str) -> Listener {
    let found = compiled(texts);
    let listeners = &found.snapshot.gateways[0].listeners;
    let own = listeners.iter().find(|own| own.name == name);
    own.unwrap().clone()
}

fn early(name: &str, target: &str, traffic: &str) -> String {
    on(
        name,
        target,
        &format!("traffic: {{phase: PreRouting, {traffic}}}"),
    )
}

const DENY: &str =
    "authorization: {action: Deny, policy: {matchExpressions: ['request.path == \"/x\"']}}";

#[test]
fn it_is_the_listeners_and_no_rules() {
    let keys = "basicAuthentication: {users: ['a:{SHA}qvTGHdzF6KLavt4PO0gs2a6pQ00=']}";
    let all = format!(
        "{keys}, cors: {{allowOrigins: ['*']}}, {DENY}, transformation: {{request: {{set: [{{name: \
         x-team, value: principal.name}}]}}}}"
    );
    let before = early("p", GATEWAY, &all);
    let after = on("q", GATEWAY, &format!("traffic: {{{keys}}}"));
    let texts = [EDGE, ROUTE, SERVICE, &before, &after];
    let own = listener(&texts, "http");
    assert_eq!(
        own.before.lines(),
        [
            "traffic.cors: answers preflights, and says which pages may read answers",
            "infra/p traffic.basicAuthentication: refuses who is not known",
            "infra/p traffic.transformation: writes of requests x-team",
            "infra/p traffic.authorization: deny if request.path == \"/x\"",
        ]
    );
    for rule in &own.rules {
        let lines = rule.policies.lines();
        let expected = "infra/q traffic.basicAuthentication: refuses who is not known";
        assert_eq!(lines, [expected]);
        assert_eq!(rule.filters.cors, None);
    }
    // Each phase has its own: neither policy takes anything from the other.
    let set = statuses(&compiled(&texts));
    for name in ["p", "q"] {
        let found = conditions(&set, &policy("infra", name));
        let expected = ["edge Accepted=True/Valid", "edge Attached=True/Attached"];
        assert_eq!(found[..2], expected, "{name}");
    }
}

#[test]
fn the_listener_beats_its_gateway_and_rules_of_access_add_up() {
    let team = |name: &str, target: &str| {
        let set =
            format!("transformation: {{request: {{set: [{{name: x, value: \"'{name}'\"}}]}}}}");
        early(name, target, &format!("{set}, {DENY}"))
    };
    let (wide, near) = (team("wide", GATEWAY), team("near", LISTENER));
    let texts = [EDGE, ROUTE, SERVICE, &wide, &near];
    let transforms = |before: BeforeRouting| before.policies.transform.unwrap().name.to_string();
    let own = listener(&texts, "http").before;
    assert_eq!(own.policies.authorization.len(), 2);
    assert_eq!(transforms(own), "infra/near traffic.transformation");
    let only = listener(&[EDGE, ROUTE, SERVICE, &near], "http").before;
    assert_eq!(only.policies.authorization.len(), 1);
}

#[test]
fn facts_of_calls_are_not_known_there() {
    let text = early(
        "p",
        GATEWAY,
        "authorization: {policy: {matchExpressions: ['request.method == \"GET\" || mcp.tool == \"x\"']}}",
    );
    let found = compiled(&[EDGE, ROUTE, SERVICE, &text]);
    let told = found.facts.diagnoses().iter();
    let told: Vec<String> = told.map(ToString::to_string).collect();
    let told = told.join("\n");
    assert!(told.contains("mcp") && told.contains("column 28"), "{told}");
    for rule in rules(&found, "http") {
        assert!(shares(&rule)[0].starts_with("500"), "{rule:?}");
    }
}

#[test]
fn an_explanation_tells_it_before_the_rules() {
    let set = "transformation: {request: {set: [{name: ':path', value: \"'/y'\"}]}}";
    let all = format!("{set}, {DENY}, cors: {{allowOrigins: ['*']}}");
    let found = compiled(&[EDGE, ROUTE, SERVICE, &early("p", GATEWAY, &all)]);
    let explained = |method: &Method, headers: &HeaderMap| {
        let head = Head {
            host: "h",
            authority: None,
            method,
            path: "/",
            query: None,
            headers,
        };
        explain(&found.snapshot, &Where::port(80), &head).to_string()
    };
    let said = explained(&Method::GET, &HeaderMap::new());
    let told = "    before a rule is chosen: asks infra/p traffic.authorization: deny if \
                request.path == \"/x\"\n    that may change which rule it is; here it is that of the \
                request as it came\n    HTTPRoute infra/r";
    assert!(said.contains(told), "{said}");
    let mut headers = HeaderMap::new();
    headers.insert("origin", "https://a".parse().unwrap());
    headers.insert("access-control-request-method", "PUT".parse().unwrap());
    let said = explained(&Method::OPTIONS, &headers);
    let told = "=> 204: the listener answers the preflight of PUT\n";
    assert!(said.ends_with(told), "{said}");
}
