//! A gateway of the library's layers that gets tokens for its server by itself.

use std::net::SocketAddr;

use agentgateway_core::{
    Peeked,
    body::AdaptLayer,
    egress::Guard,
    forwarded::Network,
    upstream::{Client, Upstream},
};
use agentgateway_mcp::{
    BatchLayer, McpGateway, McpLayer, McpServer, McpUpstreamLayer,
    upstream::token::{ClientKey, TokenEndpoint, UpstreamTokenLayer, UpstreamTokens},
};
use axum::Router;
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};
use tower::{Layer as _, ServiceBuilder};

/// It ends when this is dropped.
pub(crate) struct TokenGateway {
    addr: SocketAddr,
    running: JoinHandle<()>,
}

impl TokenGateway {
    /// Stands before the server of this URL, whose tokens are issued there and to whom this JSON says.
    pub(crate) async fn open(url: &str, issuer: &str) -> Self {
        let tokens = tokens(&serde_json::from_str(issuer).expect("JSON"));
        let client = Upstream::new(Client::builder().build());
        let server = ServiceBuilder::new()
            .layer(McpUpstreamLayer::new(url.parse().expect("a URL")))
            .layer(AdaptLayer::new(Peeked::into_body))
            .layer(UpstreamTokenLayer::new(tokens))
            .service(client);
        let gateway = McpGateway::builder()
            .server("one", McpServer::new(server))
            .build()
            .expect("it has a server");
        let layers = (BatchLayer::new(), McpLayer::new());
        let app = Router::new().route_service("/mcp", layers.layer(gateway));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let addr = listener.local_addr().expect("an address");
        let running = tokio::spawn(async move {
            axum::serve(listener, app).await.expect("it serves");
        });
        Self { addr, running }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/mcp", self.addr)
    }
}

impl Drop for TokenGateway {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What an operator would write of this issuer.
fn tokens(issuer: &Value) -> UpstreamTokens {
    let said = |key: &str| issuer[key].as_str().unwrap_or_default();
    let at: http::Uri = said("endpoint").parse().expect("a URL");
    let here = ["127.0.0.0/8", "::1/128"];
    let here = here.iter().flat_map(|network| network.parse::<Network>());
    let guard = Guard::new()
        .allow_http()
        .allow_port(at.port_u16().expect("a port"))
        .allow_networks(here.collect());
    let client = Upstream::new(Client::builder().build());
    let endpoint = TokenEndpoint::guarded(said("endpoint"), &guard, client);
    let endpoint = endpoint.unwrap_or_else(|error| panic!("{error}"));
    let endpoint = match said("private_key_pem") {
        "" => endpoint.client(said("client_id"), said("client_secret")),
        key => {
            let key = ClientKey::es256(key, said("issuer")).expect("a key");
            endpoint.signing_client(said("client_id"), key)
        }
    };
    UpstreamTokens::client_credentials(endpoint).resource(said("resource"))
}
