//! What is decided before one backend: by which policies, and what closes it.

use agentgateway_core::route::Head;
use http::{HeaderMap, Method};

use super::policies::{GATEWAY, HTTP, ROUTE, SERVICE, on};
use super::support::{EDGE, compiled, conditions, message, policy, rules, shares, statuses};
use crate::config::compile::Compiled;
use crate::config::explain::{Where, explain};
use crate::config::resource::Reference;
use crate::config::snapshot::{Action, Outcome};

const TOOLS: &str = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
    metadata: {name: x, namespace: infra}\n\
    spec: {mcp: {targets: [{name: a, static: {host: h, port: 1}}, {name: b, static: {host: h, port: 2}}]}OWN}\n";
const TO_TOOLS: &str = "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}";

fn tools(own: &str) -> String {
    TOOLS.replace("OWN", own)
}

fn to_tools() -> String {
    ROUTE.replace(
        "{name: s, port: 80}",
        "{group: agentgateway.dev, kind: AgentgatewayBackend, name: x}",
    )
}

fn rule(name: &str, target: &str, text: &str) -> String {
    let spec = format!("backend: {{mcp: {{authorization: {{action: {text}}}}}}}");
    on(name, target, &spec)
}

const READERS: &str = "Require, policy: {matchExpressions: ['mcp.tool.startsWith(\"read\")']}";

/// What is decided before the first backend of the first rule.
fn lines(found: &Compiled) -> Vec<String> {
    let rules = rules(found, "http");
    let Action::Forward(backends) = &rules[0].action else {
        panic!("{rules:?}")
    };
    let Outcome::Backend(backend) = &backends[0].outcome else {
        panic!("{backends:?}")
    };
    backend.decisions()
}

#[test]
fn the_nearest_policy_has_a_field_and_rules_of_all_levels_hold() {
    let asks = |name: &str, target: &str, host: &str| {
        on(
            name,
            target,
            &format!("backend: {{extAuth: {{url: 'http://{host}', grpc: {{}}}}}}"),
        )
    };
    let gateway = asks("g", GATEWAY, "far");
    let near = asks("close", TO_TOOLS, "near");
    let changes = on(
        "t",
        HTTP,
        "backend: {transformation: {request: {set: [{name: x, value: \"'y'\"}]}}}",
    );
    let own = ", policies: {mcp: {authorization: {action: Deny, policy: {matchExpressions: \
               ['mcp.tool == \"drop\"']}}}}";
    let far = rule("r", GATEWAY, READERS);
    let tools = tools(own);
    let route = to_tools();
    let found = compiled(&[EDGE, &route, &tools, &gateway, &near, &changes, &far]);
    let expected = [
        "infra/close backend.extAuth: asks near:80 by gRPC, and refuses what it does not answer",
        "infra/t backend.transformation: writes of requests x",
        "infra/x policies.mcp.authorization: deny if mcp.tool == \"drop\"",
        "infra/r backend.mcp.authorization: require if mcp.tool.startsWith(\"read\")",
    ];
    assert_eq!(lines(&found), expected);
    // What is said of the backend is said of it alone, and not of the rule.
    assert!(rules(&found, "http")[0].policies.is_empty());
    let shown = shown(&found);
    let places = expected.map(|line| shown.find(&format!("\n     asks {line}\n")));
    assert!(places[0].is_some() && places.is_sorted(), "{shown}");
    let all = conditions(&statuses(&found), &policy("infra", "g"));
    assert_eq!(all[0], "edge Accepted=True/Valid");
}

/// What `explain request` says.
fn shown(found: &Compiled) -> String {
    let head = Head {
        host: "a",
        authority: None,
        method: &Method::POST,
        path: "/",
        query: None,
        headers: &HeaderMap::new(),
    };
    explain(&found.snapshot, &Where::port(80), &head).to_string()
}

#[test]
fn rules_about_tools_pass_by_what_is_no_server_of_tools() {
    for target in [GATEWAY, HTTP] {
        let found = compiled(&[EDGE, ROUTE, SERVICE, &rule("r", target, READERS)]);
        assert_eq!(lines(&found), [""; 0]);
        let all = conditions(&statuses(&found), &policy("infra", "r"));
        assert_eq!(all[0], "edge Accepted=True/Valid");
    }
}

#[test]
fn a_named_backend_that_speaks_something_else_is_closed_and_says_so() {
    let plain = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
        metadata: {name: x, namespace: infra}\nspec: {static: {host: h, port: 1}}\n";
    let text = rule("r", TO_TOOLS, READERS);
    let found = compiled(&[EDGE, &to_tools(), plain, &text]);
    assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"]);
    let (set, of) = (statuses(&found), policy("infra", "r"));
    assert_eq!(
        conditions(&set, &of)[..2],
        ["edge Accepted=False/Invalid", "edge Attached=True/Attached"]
    );
    let said = message(&set, &of, "edge", "Accepted");
    assert!(
        said.starts_with("AgentgatewayBackend infra/x speaks no MCP") && said.contains("500"),
        "{said}"
    );
}

#[test]
fn a_part_of_a_backend_has_its_policies_when_it_is_served() {
    let of = |part: &str| {
        let target = TO_TOOLS.replace("name: x", &format!("name: x, sectionName: {part}"));
        on(
            "r",
            &target,
            "backend: {extAuth: {url: 'http://a', grpc: {}}}",
        )
    };
    let (route, tools) = (to_tools(), tools(""));
    for part in ["a", "b"] {
        let found = compiled(&[EDGE, &route, &tools, &of(part)]);
        let lines = lines(&found);
        assert_eq!(lines.len(), 1);
        assert!(
            lines[0].starts_with(&format!("target {part}: ")),
            "{lines:?}"
        );
    }
    // One that is not there is told, and what it was probably meant to be.
    let found = compiled(&[EDGE, &route, &tools, &of("aa")]);
    let told = message(
        &statuses(&found),
        &policy("infra", "r"),
        "StatusSummary",
        "Attached",
    );
    assert!(told.contains("has no target or provider aa"), "{told}");
}

#[test]
fn a_provider_has_those_of_its_own_before_those_of_its_backend() {
    let models = "apiVersion: agentgateway.dev/v1alpha1\nkind: AgentgatewayBackend\n\
        metadata: {name: x, namespace: infra}\n\
        spec: {ai: {groups: [{providers: [{name: a, host: h, port: 1, openai: {}, policies: {extAuth: \
        {url: 'http://own', grpc: {}}}}]}]}, policies: {extAuth: {url: 'http://all', grpc: {}}, \
        transformation: {response: {remove: [x]}}}}\n";
    let found = compiled(&[EDGE, &to_tools(), models]);
    let expected = [
        "infra/x ai.groups[0].providers[0].policies.extAuth: asks own:80 by gRPC, and refuses what it does \
         not answer",
        "infra/x policies.transformation: writes of answers x (removed)",
    ];
    assert_eq!(lines(&found), expected);
}

/// Fault C01: a guard of a backend that cannot be understood leaves it closed, by whatever policy.
#[test]
fn a_guard_with_a_fault_closes_its_backend() {
    let faults = [
        (
            "extAuth: {backendRef: {name: none, port: 1}, grpc: {}}",
            "extAuth.backendRef",
        ),
        (
            "extAuth: {url: 'http://a', http: {path: mcp.tool}}",
            "extAuth.http.path",
        ),
        (
            "transformation: {request: {set: [{name: x, value: '1 +'}]}}",
            "transformation.request.set[0].value",
        ),
        (
            "mcp: {authorization: {policy: {matchExpressions: ['mcp.toool == \"a\"']}}}",
            "mcp.authorization.policy.matchExpressions[0]",
        ),
        (
            "mcp: {authorization: {policy: {matchExpressions: ['llm.model == \"a\"']}}}",
            "mcp.authorization.policy.matchExpressions[0]",
        ),
        ("auth: {secretRef: {name: none}}", "auth.secretRef"),
    ];
    let route = to_tools();
    for (guard, field) in faults {
        let attached = [GATEWAY, HTTP, TO_TOOLS].map(|target| {
            let text = on("p", target, &format!("backend: {{{guard}}}"));
            compiled(&[EDGE, &route, &tools(""), &text])
        });
        let own = tools(&format!(", policies: {{{guard}}}"));
        for found in attached
            .into_iter()
            .chain([compiled(&[EDGE, &route, &own])])
        {
            assert_eq!(shares(&rules(&found, "http")[0]), ["500:1"], "{guard}");
            let told = found.facts.diagnoses().iter();
            let told: Vec<_> = told.map(ToString::to_string).collect();
            assert!(told.join("\n").contains(field), "{told:?}");
        }
    }
}

#[test]
fn a_copy_is_kept_from_whom_the_policies_keep_requests() {
    let copied = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n\
        metadata: {name: r, namespace: infra}\nspec:\n  parentRefs: [{name: edge}]\n  rules:\n  \
        - {backendRefs: [{name: s, port: 80}], filters: [{type: RequestMirror, requestMirror: {backendRef: \
        {group: agentgateway.dev, kind: AgentgatewayBackend, name: x}}}]}\n";
    let mirror = |more: &str| {
        let text = on("p", GATEWAY, more);
        let found = compiled(&[EDGE, copied, SERVICE, &tools(""), &text]);
        let mut rules = rules(&found, "http");
        rules.remove(0).filters.mirrors.remove(0).target
    };
    let both = "backend: {extAuth: {url: 'http://a', grpc: {}}, transformation: {request: {remove: [x]}}, \
                mcp: {authorization: {policy: {matchExpressions: ['true']}}}}";
    let Outcome::Backend(tools) = mirror(both) else {
        panic!()
    };
    let guards = &tools.settings.policies;
    assert!(guards.ext_auth.is_some() && guards.authorization.len() == 1);
    // What is for the backend alone is not for copies.
    assert!(guards.transform.is_none());
    let faulty = "backend: {mcp: {authorization: {policy: {matchExpressions: ['1 +']}}}}";
    assert!(matches!(mirror(faulty), Outcome::Invalid(_)));
}

#[test]
fn the_condition_of_a_backend_names_its_faulty_guard() {
    let own = tools(", policies: {extAuth: {backendRef: {name: none, port: 1}, grpc: {}}}");
    let found = compiled(&[EDGE, &to_tools(), &own]);
    let of = Reference::new("agentgateway.dev", "AgentgatewayBackend", "infra", "x");
    assert_eq!(
        conditions(&statuses(&found), &of),
        ["Accepted=False/Invalid"]
    );
}
