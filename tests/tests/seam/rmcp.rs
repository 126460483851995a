//! Over rmcp's server, with rmcp's client before it.

use std::sync::{Arc, Mutex};

use agentgateway_core::{body::End, middleware};
use agentgateway_mcp::{McpCall, McpLayer};
use axum::Router;
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use rmcp::{
    ServerHandler, ServiceExt,
    handler::server::{router::tool::ToolRouter, wrapper::Parameters},
    model::{CallToolRequestParams, ServerCapabilities, ServerConfig},
    schemars, tool, tool_handler, tool_router,
    transport::{
        StreamableHttpClientTransport,
        streamable_http_server::{StreamableHttpService, session::local::LocalSessionManager},
    },
};
use serde_json::json;
use tokio::net::UnixListener;
use tower::{BoxError, Layer};

use crate::support::within;

#[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
struct Text {
    text: String,
}

#[derive(Clone, Debug)]
struct Tools {
    tool_router: ToolRouter<Self>,
}

#[tool_router]
impl Tools {
    #[tool(description = "Turns a text round")]
    fn reverse(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        text.chars().rev().collect()
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}

fn server() -> StreamableHttpService<Tools, LocalSessionManager> {
    let tools = || {
        Ok(Tools {
            tool_router: Tools::tool_router(),
        })
    };
    StreamableHttpService::new(tools, Arc::default(), Default::default())
}

/// What the layer was told of each exchange, in order.
type Told = Arc<Mutex<Vec<String>>>;

fn layer(told: &Told) -> McpLayer {
    let told = Arc::clone(told);
    McpLayer::new().on_finished(move |done| {
        let method = done.call.and_then(McpCall::method);
        let what = match (method, done.end) {
            (Some(method), End::Complete) => method.as_str().to_owned(),
            (method, end) => format!("{method:?} {end:?}"),
        };
        told.lock().unwrap().push(what);
    })
}

/// A client's session, on a Unix socket: it needs no other HTTP client.
async fn converse(app: Router) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mcp.sock");
    let listener = UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(app.clone());
            let server = hyper::server::conn::http1::Builder::new();
            tokio::spawn(server.serve_connection(TokioIo::new(stream), service));
        }
    });
    let path = path.to_str().unwrap();
    let transport = StreamableHttpClientTransport::from_unix_socket(path, "http://localhost/mcp");
    let client = within(().serve(transport)).await.unwrap();
    let tools = within(client.list_all_tools()).await.unwrap();
    assert_eq!(tools.len(), 1);
    assert_eq!(tools[0].name, "reverse");
    let arguments = json!({"text": "abc"}).as_object().cloned().unwrap();
    let call = CallToolRequestParams::new("reverse").with_arguments(arguments);
    let answer = within(client.call_tool(call)).await.unwrap();
    let answer = serde_json::to_value(answer).unwrap();
    assert_eq!(answer["content"][0]["text"], "cba", "{answer}");
    within(client.cancel()).await.unwrap();
}

fn assert_told(told: &Told) {
    let told = told.lock().unwrap();
    for method in ["initialize", "tools/list", "tools/call"] {
        assert!(told.iter().any(|one| one == method), "{told:?}");
    }
}

#[tokio::test]
async fn as_a_layer_of_its_route() {
    let told = Told::default();
    let app = Router::new().route_service("/mcp", server());
    converse(app.layer(layer(&told))).await;
    assert_told(&told);
}

#[tokio::test]
async fn around_it_alone() {
    let told = Told::default();
    let service = (layer(&told), layer(&told)).layer(server());
    converse(Router::new().nest_service("/mcp", service)).await;
    assert_told(&told);
}

#[tokio::test]
async fn with_a_rule_between() {
    let rule = middleware::from_fn(|request: http::Request<_>, next| async move {
        let call = request.extensions().get::<McpCall>();
        if call.is_none() {
            return Err::<_, BoxError>("not a call".into());
        }
        next.run(request).await
    });
    let told = Told::default();
    let service = (layer(&told), rule).layer(server());
    converse(Router::new().route_service("/mcp", service)).await;
    assert_told(&told);
}
