//! Which endpoints of a Service are used.

use super::backends::{OURS, backend, ours, service, slice, to};
use super::support::EDGE;
use crate::config::snapshot::{BackendKind, Endpoints};

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
