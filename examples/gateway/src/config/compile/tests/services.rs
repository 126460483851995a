//! Which endpoints of a Service are used.

use std::net::SocketAddr;

use super::backends::{OURS, backend, first, ours, service, slice, to};
use super::support::{EDGE, compiled};
use crate::config::compile::Severity;
use crate::config::snapshot::{BackendKind, Endpoints, Outcome};

/// DNS is the usual case: one number, once for each protocol.
#[test]
fn a_port_of_udp_beside_that_of_tcp_is_passed_over() {
    for ports in [
        "{name: p, port: 80, protocol: UDP}, {name: q, port: 80}",
        "{name: q, port: 80, \
        protocol: TCP}, {name: p, port: 80, protocol: UDP}",
    ] {
        let service = service(&format!("{{ports: [{ports}]}}"));
        let by_name = ours("{static: {host: s.web.svc.cluster.local, port: 80}}");
        for (route, more) in [(to("{name: s, port: 80}"), ""), (to(OURS), &*by_name)] {
            let found = backend(&[EDGE, &service, &slice("true"), more, &route]);
            let BackendKind::Http(Endpoints::Addresses(_, addresses)) = found.kind else {
                panic!("{found:?}");
            };
            assert_eq!(addresses[0], "10.0.0.1:1".parse().unwrap(), "{ports}");
        }
    }
}

#[test]
fn a_selector_of_servers_passes_over_ports_of_udp() {
    let service = service(
        "{ports: [{port: 80, protocol: UDP, appProtocol: agentgateway.dev/mcp}, \
         {port: 80, appProtocol: agentgateway.dev/mcp}]}",
    );
    let chosen = ours("{mcp: {targets: [{name: t, selector: {services: {}}}]}}");
    let BackendKind::Mcp(mcp) = backend(&[EDGE, &service, &chosen, &to(OURS)]).kind else {
        panic!();
    };
    assert_eq!(mcp.targets.len(), 1);
}

/// A slice of Service `s` at port 3000, whose endpoints have these conditions.
fn conditioned(kind: &str, conditions: &[&str]) -> String {
    let mut text = format!(
        "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: {}, namespace: \
         web, labels: {{kubernetes.io/service-name: s}}}}\naddressType: {kind}\nports: [{{name: p, \
         port: 3000}}]\nendpoints:\n",
        kind.to_lowercase()
    );
    for (at, conditions) in conditions.iter().enumerate() {
        text += &format!("- {{addresses: [10.0.0.{at}], conditions: {{{conditions}}}}}\n");
    }
    text
}

/// The last numbers of the addresses that are used, or why there is none.
fn used(slices: &[&str]) -> Result<String, String> {
    let service = service("{ports: [{name: p, port: 80}]}");
    let route = to("{name: s, port: 80}");
    let mut texts = vec![EDGE, &service, &route];
    texts.extend(slices);
    match first(&texts) {
        Outcome::Backend(backend) => {
            let BackendKind::Http(Endpoints::Addresses(_, at)) = &backend.kind else {
                panic!("{backend:?}");
            };
            let last =
                |it: &SocketAddr| it.ip().to_string().trim_start_matches("10.0.0.").to_owned();
            Ok(at.iter().map(last).collect::<Vec<_>>().join(" "))
        }
        Outcome::Unavailable(message) => Err(message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn endpoints_that_end_and_still_serve_are_used_while_none_is_ready() {
    let ending = "ready: false, serving: true, terminating: true";
    let gone = "ready: false, serving: false, terminating: true";
    let never = "serving: false, terminating: true";
    let cases: [(&[&str], Option<&str>); 8] = [
        (&["ready: true", "ready: false", ""], Some("0 2")),
        (&["ready: true", ending], Some("0")),
        (&["ready: false", ending, gone, ending], Some("1 3")),
        (&[never], None),
        (&[gone], None),
        (&["serving: true"], Some("0")),
        (&["ready: false, serving: true"], None),
        // What is not said to end may be ready at once.
        (
            &["ready: true, serving: true, terminating: true"],
            Some("0"),
        ),
    ];
    for (conditions, expected) in cases {
        let found = used(&[&conditioned("IPv4", conditions)]);
        assert_eq!(found.ok().as_deref(), expected, "{conditions:?}");
    }
}

#[test]
fn slices_of_names_are_not_read_and_said_so() {
    let named = conditioned("FQDN", &["ready: true"]);
    let message = used(&[&named]).unwrap_err();
    assert!(message.contains("addressType FQDN"), "{message}");
    let found = used(&[&named, &conditioned("IPv4", &["", ""])]);
    assert_eq!(found.as_deref(), Ok("0 1"));
    let message = used(&[&conditioned("IPv4", &["ready: false"])]).unwrap_err();
    assert!(message.ends_with("has no ready endpoint"), "{message}");
}

/// A port of WebSocket is served as HTTP; that its upgrades are refused is told.
#[test]
fn a_port_of_websocket_is_served_and_told() {
    for protocol in ["kubernetes.io/ws", "ws", "kubernetes.io/wss", "WSS"] {
        let service = service(&format!(
            "{{ports: [{{port: 80, appProtocol: {protocol}}}]}}"
        ));
        let texts = [EDGE, &service, &to("{name: s, port: 80}")];
        assert!(matches!(first(&texts), Outcome::Backend(_)), "{protocol}");
        let found = compiled(&texts);
        let [told] = found.facts.diagnoses() else {
            panic!("{protocol}: {:?}", found.facts.diagnoses());
        };
        assert_eq!(told.severity, Severity::Warning);
        assert!(
            told.message.contains("an upgrade is answered 501"),
            "{told}"
        );
    }
}
