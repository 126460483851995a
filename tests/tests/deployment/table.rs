//! What is said of each object of the deployment.

use std::collections::BTreeMap;

use super::scene::Served;

/// Each condition, its status and reason, and how its message begins. What is not served is named.
const EXPECTED: &[(&str, &str)] = &[
    (
        "AgentgatewayBackend agents/researcher Accepted",
        "True/Accepted: Backend successfully accepted",
    ),
    (
        "AgentgatewayBackend llm/models Accepted",
        "True/Accepted: Backend successfully accepted",
    ),
    (
        "AgentgatewayBackend tools/mcp-tools Accepted",
        "True/Accepted: Backend successfully accepted",
    ),
    (
        "AgentgatewayPolicy agentgateway-system/otel-tracing [agentgateway-proxy] Accepted",
        "True/Valid",
    ),
    (
        "AgentgatewayPolicy agentgateway-system/otel-tracing [agentgateway-proxy] Attached",
        "True/Attached",
    ),
    (
        "AgentgatewayPolicy agentgateway-system/otel-tracing [agentgateway-proxy] ResolvedRefs",
        "True/ResolvedRefs",
    ),
    (
        "Gateway agentgateway-system/agentgateway-proxy Accepted",
        "True/Accepted",
    ),
    (
        "Gateway agentgateway-system/agentgateway-proxy Programmed",
        "True/Programmed: 3 listeners are served",
    ),
    (
        "Gateway agentgateway-system/agentgateway-proxy ResolvedRefs",
        "True/ResolvedRefs",
    ),
    ("GatewayClass agentgateway Accepted", "True/Accepted"),
    (
        "GatewayClass agentgateway SupportedVersion",
        "True/SupportedVersion",
    ),
    (
        "HTTPRoute agents/a2a-agents [a2a] Accepted",
        "True/Accepted",
    ),
    (
        "HTTPRoute agents/a2a-agents [a2a] ResolvedRefs",
        "True/ResolvedRefs",
    ),
    ("HTTPRoute llm/llm-models [llm] Accepted", "True/Accepted"),
    (
        "HTTPRoute llm/llm-models [llm] ResolvedRefs",
        "True/ResolvedRefs",
    ),
    ("HTTPRoute tools/mcp-tools [mcp] Accepted", "True/Accepted"),
    (
        "HTTPRoute tools/mcp-tools [mcp] ResolvedRefs",
        "True/ResolvedRefs",
    ),
];

/// The same of each listener.
const LISTENER: &[(&str, &str)] = &[
    ("Accepted", "True/Accepted"),
    ("Conflicted", "False/NoConflicts"),
    ("Programmed", "True/Programmed: listens on 127.0.0.1:"),
    ("ResolvedRefs", "True/ResolvedRefs"),
];

/// Every condition is expected, and every expected one is there.
pub(crate) fn compare(gateway: &Served) {
    let expected = EXPECTED
        .iter()
        .map(|(name, said)| ((*name).to_owned(), *said));
    let of = |listener: &'static str| {
        let own = LISTENER.iter();
        own.map(move |(kind, said)| {
            let gateway = "Gateway agentgateway-system/agentgateway-proxy";
            (format!("{gateway} [{listener}] {kind}"), *said)
        })
    };
    let listeners = ["a2a", "mcp", "llm"].into_iter().flat_map(of);
    let expected: BTreeMap<_, _> = expected.chain(listeners).collect();
    let found = gateway.conditions();
    assert!(found.keys().eq(expected.keys()), "{found:#?}");
    for (name, said) in &found {
        let expected = expected[name];
        assert!(said.starts_with(expected), "{name}: {said}, not {expected}");
    }
}
