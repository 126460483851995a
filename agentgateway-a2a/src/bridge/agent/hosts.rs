use std::net::IpAddr;

use agentgateway_core::upstream::Endpoint;
use http::uri::Scheme;

use crate::wire::A2aBinding;

/// Which of the URLs in a card may be called: a card may name any address.
#[derive(Debug)]
pub(super) struct Hosts {
    endpoint: Endpoint,
    allowed: Vec<String>,
}

impl Hosts {
    pub(super) const fn new(endpoint: Endpoint, allowed: Vec<String>) -> Self {
        Self { endpoint, allowed }
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Where an interface is called that says it listens at `url`; `None` where it must not be.
    ///
    /// Interfaces of gRPC are often named without a scheme, which is then the endpoint's. They have ports of
    /// their own: SDKs serve nothing else there.
    pub(super) fn place(&self, url: &str, binding: A2aBinding) -> Option<Endpoint> {
        let place = self.named(url)?;
        // On a loopback address other ports are other programs, which trust this machine.
        let is_near = is_of_any_machine(self.endpoint.host()) && is_of_any_machine(place.host());
        let is_strange = is_near && place.port() != self.endpoint.port();
        let is_allowed = binding == A2aBinding::Grpc || self.allows(&place);
        (!is_strange || is_allowed).then_some(place)
    }

    /// Whether the operator has named this host, or this host and port.
    fn allows(&self, place: &Endpoint) -> bool {
        let with_port = format!("{}:{}", place.host(), place.port());
        self.allowed.iter().any(|allowed| {
            allowed.eq_ignore_ascii_case(place.host()) || allowed.eq_ignore_ascii_case(&with_port)
        })
    }

    fn named(&self, url: &str) -> Option<Endpoint> {
        let scheme = self.endpoint.scheme().as_str();
        let named: Endpoint = match url.contains("://") {
            true => url.parse().ok()?,
            false => format!("{scheme}://{url}").parse().ok()?,
        };
        if is_of_any_machine(named.host()) {
            let text = format!(
                "{scheme}://{}:{}{}",
                self.endpoint.host(),
                named.port(),
                named.base_path()
            );
            return text.parse().ok();
        }
        let is_named = self.endpoint.host().eq_ignore_ascii_case(named.host());
        // Credentials go along: a card does not take TLS away.
        let is_bare = *self.endpoint.scheme() == Scheme::HTTPS && *named.scheme() == Scheme::HTTP;
        let is_own = is_named && !is_bare;
        (is_own || self.allows(&named)).then_some(named)
    }
}

/// Whether this name means a machine to itself alone.
fn is_of_any_machine(host: &str) -> bool {
    let bare = host.trim_matches(['[', ']']);
    let address = bare.parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault A01: an agent's word leads to its own host, and to no other.
    #[test]
    fn calls_the_configured_host_alone() {
        let hosts = Hosts::new(
            "https://agent.example:8443/base".parse().unwrap(),
            vec!["grpc.example".to_owned()],
        );
        for (url, expected) in [
            (
                "https://agent.example/a2a",
                Some("https://agent.example/a2a"),
            ),
            (
                "https://AGENT.example:1/x/",
                Some("https://AGENT.example:1/x"),
            ),
            ("http://agent.example:1/x/", None),
            ("agent.example:50051", Some("https://agent.example:50051")),
            ("grpc.example:50051", Some("https://grpc.example:50051")),
            (
                "http://localhost:9999/rpc",
                Some("https://agent.example:9999/rpc"),
            ),
            ("http://0.0.0.0:9999", Some("https://agent.example:9999")),
            ("http://[::1]:9999", Some("https://agent.example:9999")),
            ("http://169.254.169.254/latest", None),
            ("http://10.0.0.1/", None),
            ("http://agent.example.evil.example/", None),
            ("file:///etc/passwd", None),
            ("https://user:word@agent.example/", None),
            ("", None),
        ] {
            let place = hosts.place(url, A2aBinding::JsonRpc);
            let place = place.map(|place| place.to_string());
            assert_eq!(place.as_deref(), expected, "{url}");
        }
    }

    /// Fault A01: an agent on a loopback address leads to no other program of the machine.
    #[test]
    fn a_loopback_agent_chooses_no_port_of_its_own() {
        let (rpc, grpc) = (A2aBinding::JsonRpc, A2aBinding::Grpc);
        for (endpoint, allowed, url, binding, expected) in [
            (
                "http://127.0.0.1:8000",
                "",
                "http://localhost:8000/a",
                rpc,
                true,
            ),
            (
                "http://localhost:8000",
                "",
                "http://0.0.0.0:15000/a",
                rpc,
                false,
            ),
            ("http://[::1]:8000", "", "http://[::1]:15000", rpc, false),
            ("http://127.0.0.1:8000", "", "http://127.0.0.1", rpc, false),
            (
                "http://127.0.0.1:8000",
                "127.0.0.1",
                "http://localhost:81",
                rpc,
                true,
            ),
            (
                "http://127.0.0.1:8000",
                "127.0.0.1:81",
                "http://localhost:81",
                rpc,
                true,
            ),
            (
                "http://127.0.0.1:8000",
                "127.0.0.1:82",
                "http://localhost:81",
                rpc,
                false,
            ),
            ("http://127.0.0.1:8000", "", "127.0.0.1:50051", grpc, true),
        ] {
            let allowed = vec![allowed.to_owned()];
            let hosts = Hosts::new(endpoint.parse().unwrap(), allowed);
            let place = hosts.place(url, binding);
            assert_eq!(place.is_some(), expected, "{endpoint} {url}");
        }
    }
}
