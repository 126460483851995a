//! Gateways and their listeners.

use super::check::refuses_gateway;
use crate::{GATEWAY, load_text};

#[test]
fn refuses_gateways() {
    let at = "m.yaml, document 2, Gateway infra/edge: spec";
    let told = |text: &str| format!("{at}{text}");
    let cases = [
        ("gatewayClassName: agentgateway", "gatewayClassName: agentgatway", told(".gatewayClassName: GatewayClass \"agentgatway\" is not found; did you mean \"agentgateway\"?")),
        ("protocol: HTTP", "protocol: HTTPS", told(".listeners[0].protocol: \"HTTPS\" is not supported yet")),
        ("protocol: HTTP", "protocol: http", told(".listeners[0].protocol: \"http\" is not one of \"HTTP\", \"HTTPS\", \"TLS\", \"TCP\", \"UDP\"; did you mean \"HTTP\"?")),
        ("port: 8080", "port: '8080'", told(".listeners[0].port: must be a whole number, found a string; write it without quotes")),
        ("port: 8080", "port: 65536", told(".listeners[0].port: must be a whole number from 1 to 65535, found 65536")),
        ("port: 8080", "port: 80, tls: {}", told(".listeners[0].tls: field \"tls\" is not supported yet")),
        ("port: 8080", "port: 80, hostname: 'a.com:80'", told(".listeners[0].hostname: \"a.com:80\" is not a hostname; write it in lower case without port, as in \"example.com\" or \"*.example.com\"")),
        ("from: All", "from: Selector", told(".listeners[0].allowedRoutes.namespaces.from: \"Selector\" is not supported yet")),
        ("{from: All}", "{from: All}, kinds: [{kind: GRPCRoute}]", told(".listeners[0].allowedRoutes.kinds[0].kind: \"GRPCRoute\" is not supported yet")),
        ("  listeners:", "  addresses: []\n  listeners:", told(".addresses: field \"addresses\" is not supported yet")),
        ("  listeners:", "  infrastructure: {parametersRef: {group: agentgateway.dev, kind: AgentgatewayParameters, name: p}}\n  listeners:", told(".infrastructure.parametersRef: \"AgentgatewayParameters\" is not supported yet; leave parametersRef out")),
        ("agentgateway.dev/agentgateway", "example.com/other", "m.yaml, document 1, GatewayClass agentgateway: spec.controllerName: \"example.com/other\" is another controller's; this gateway is \"agentgateway.dev/agentgateway\"".to_owned()),
    ];
    for (from, to, expected) in cases {
        refuses_gateway(from, to, &[&expected]);
    }
    let none = GATEWAY
        .split("  - {")
        .next()
        .unwrap()
        .replace("listeners:", "listeners: []");
    let report = load_text(&none).unwrap_err().to_string();
    assert_eq!(report, told(".listeners: must have 1 to 64 items, found 0"));
}

/// Fault C01: unknown fields, wrong types, dangling references, port clashes, no YAML at all, keys given twice, large files: all problems in one run, each with file, object, field and the nearest name.
#[test]
fn refuses_two_listeners_on_one_port() {
    let more = |listener: &str| format!("{GATEWAY}  - {{{listener}}}\n");
    let at = "m.yaml, document 2, Gateway infra/edge: spec.listeners[1]";
    let cases = [
        (
            "name: b, port: 8080, protocol: HTTP",
            ".port: the combination of port, protocol and hostname must be unique, and port 8080 is that of listener \"http\" of Gateway infra/edge",
        ),
        (
            "name: b, port: 8080, protocol: HTTP, hostname: a.com",
            ".port: two listeners on port 8080 are not supported yet; the first is listener \"http\" of Gateway infra/edge",
        ),
        (
            "name: http, port: 81, protocol: HTTP",
            ".name: a second listener \"http\"",
        ),
    ];
    for (listener, expected) in cases {
        let report = load_text(&more(listener)).unwrap_err().to_string();
        assert_eq!(report, format!("{at}{expected}"));
    }
}
