use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;

use crate::work::{TOOLS, Work};

/// Who has a session sends its id with each request.
const SESSION: &str = "mcp-session-id";

/// What a client says before it calls tools; and the headers of its calls.
pub(super) async fn greet(
    sender: &mut SendRequest<Full<Bytes>>,
    work: Work,
    nth: usize,
) -> Result<HeaderMap> {
    let mut headers = work.request_headers(nth);
    match work {
        // The first one stands for all: a list is long.
        Work::Routed if nth == 0 => {
            let mut lists = headers.clone();
            lists.insert("mcp-method", HeaderValue::from_static("tools/list"));
            lists.remove("mcp-name");
            let (_, list) = ask(sender, work, &lists, LIST).await?;
            let tools = String::from_utf8_lossy(&list)
                .matches("inputSchema")
                .count();
            ensure!(tools % TOOLS == 0 && tools > 0, "{tools} tools are listed");
        }
        Work::OlderClient => {
            let (answered, _) = ask(sender, work, &headers, INITIALIZE).await?;
            let session = answered.get(SESSION).context("a session")?.clone();
            headers.insert(SESSION, session);
            ask(sender, work, &headers, INITIALIZED).await?;
        }
        _ => {}
    }
    Ok(headers)
}

async fn ask(
    sender: &mut SendRequest<Full<Bytes>>,
    work: Work,
    headers: &HeaderMap,
    message: &'static str,
) -> Result<(HeaderMap, Bytes)> {
    let body = Full::new(Bytes::from_static(message.as_bytes()));
    let mut request = Request::post(work.path()).body(body)?;
    *request.headers_mut() = headers.clone();
    sender.ready().await?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    let text = body.collect().await?.to_bytes();
    ensure!(
        matches!(head.status, StatusCode::OK | StatusCode::ACCEPTED),
        "{message} was answered {}: {text:?}",
        head.status
    );
    Ok((head.headers, text))
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"relay-bench","version":"1"},"io.modelcontextprotocol/clientCapabilities":{}}}}"#;
const INITIALIZE: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"relay-bench","version":"1"}}}"#;
const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
