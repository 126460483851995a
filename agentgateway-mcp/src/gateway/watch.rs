use std::{
    fmt,
    sync::{Arc, Weak},
    time::SystemTime,
};

use crate::{Era, bridge::Found};

/// The servers of a gateway, by their names.
pub(super) type Servers = Arc<[(Box<str>, Found)]>;

/// Tells what a gateway has found out of its servers, as long as the gateway is there.
///
/// It keeps no gateway alive.
#[derive(Clone)]
pub struct ServerWatch(Weak<[(Box<str>, Found)]>);

/// What a gateway knows of one of its servers at this moment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServerState {
    /// The name that it was given.
    pub name: Box<str>,
    /// Whether it understands clients of revisions up to 2025-11-25; `None` where that is not known yet.
    pub legacy: Option<bool>,
    /// Whether it understands clients of 2026-07-28; `None` where that is not known yet.
    pub modern: Option<bool>,
    /// Whether that was said beforehand, and so is not found out.
    pub is_told: bool,
    /// When it was found out last; `None` where it was not.
    pub found: Option<SystemTime>,
    /// When it failed last by itself, and how: not reached, or no answer that is one. For operators: it names
    /// addresses. An error that a server answers with is none of these.
    pub last_failure: Option<(SystemTime, String)>,
}

// === impl ServerWatch ===

impl ServerWatch {
    pub(super) fn new(servers: &Servers) -> Self {
        Self(Arc::downgrade(servers))
    }

    /// What is known of each server; `None` once the gateway is gone.
    #[must_use]
    pub fn states(&self) -> Option<Vec<ServerState>> {
        let servers = self.0.upgrade()?;
        let states = servers.iter().map(|(name, found)| ServerState {
            name: name.clone(),
            legacy: found.speaks(Era::Legacy),
            modern: found.speaks(Era::Modern),
            is_told: found.is_told(),
            found: found.found_at(),
            last_failure: found.last_failure(),
        });
        Some(states.collect())
    }
}

impl fmt::Debug for ServerWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerWatch").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::{Body, Error, ErrorKind, Peeked, error::Origin};
    use bytes::Bytes;
    use http::{Request, Response};
    use tower::{Layer, ServiceExt, service_fn};

    use crate::{Era, McpGateway, McpLayer, McpServer};

    fn server(answer: &'static str) -> McpServer {
        McpServer::new(service_fn(move |_: Request<Peeked<Body>>| async move {
            if answer.is_empty() {
                let error = Error::new(ErrorKind::Unavailable, "cannot reach the service");
                let error = error.with_origin(Origin::Upstream);
                return Err(error.with_detail("cannot reach http://10.0.0.5:8080"));
            }
            let mut response = Response::new(Body::from(Bytes::from(answer)));
            let json = http::HeaderValue::from_static("application/json");
            response.headers_mut().insert("content-type", json);
            Ok(response)
        }))
    }

    async fn asked(gateway: &McpGateway) {
        let request = Request::post("/mcp")
            .header("content-type", "application/json")
            .header("mcp-protocol-version", "2025-11-25")
            .body(Body::from(Bytes::from_static(
                br#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25"}}"#,
            )));
        let served = McpLayer::new().layer(gateway.clone());
        let _ = served.oneshot(request.unwrap()).await.unwrap();
    }

    #[tokio::test]
    async fn tells_what_was_found_out_and_how_it_failed_and_keeps_nothing_alive() {
        let hello = r#"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-11-25","capabilities":{},"serverInfo":{"name":"s","version":"1"}}}"#;
        let gateway = McpGateway::builder()
            .server("a", server(hello))
            .build()
            .unwrap();
        let watch = gateway.watch();
        let before = watch.states().unwrap();
        assert_eq!((before[0].legacy, before[0].found), (None, None));
        asked(&gateway).await;
        let after = watch.states().unwrap();
        assert_eq!(after[0].legacy, Some(true));
        assert!(after[0].found.is_some() && after[0].last_failure.is_none());
        drop(gateway);
        assert!(watch.states().is_none());

        let told = McpGateway::builder().server_of("b", server(""), Era::Legacy);
        let gateway = told.server("c", server("")).build().unwrap();
        let watch = gateway.watch();
        asked(&gateway).await;
        let states = watch.states().unwrap();
        assert_eq!((states[0].is_told, states[1].is_told), (true, false));
        for state in states {
            let (_, words) = state.last_failure.unwrap();
            assert_eq!(words, "cannot reach http://10.0.0.5:8080", "{}", state.name);
        }
    }
}
