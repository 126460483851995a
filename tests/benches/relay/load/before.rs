use anyhow::{Result, ensure};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;

use crate::work::{SERVERS, TOOLS, Work};

/// Who has a session sends its id with each request.
const SESSION: &str = "mcp-session-id";

/// What a client says before it calls tools; and the headers of its calls.
pub(super) async fn greet(
    sender: &mut SendRequest<Full<Bytes>>,
    work: Work,
    nth: usize,
) -> Result<HeaderMap> {
    let mut headers = work.request_headers(nth);
    if work == Work::OlderClient {
        let (answered, _) = ask(sender, work, &headers, INITIALIZE).await?;
        // Through the bare proxy it speaks to a server without sessions, which refuses it: it is no less to be sent.
        let session = answered.get(SESSION).cloned();
        headers.insert(SESSION, session.unwrap_or(HeaderValue::from_static("none")));
        ask(sender, work, &headers, INITIALIZED).await?;
    }
    Ok(headers)
}

/// Reads the list of tools, where there are many: once, since it is long.
pub(super) async fn list(sender: &mut SendRequest<Full<Bytes>>, work: Work) -> Result<()> {
    if work != Work::Routed {
        return Ok(());
    }
    let mut headers = work.request_headers(0);
    headers.insert("mcp-method", HeaderValue::from_static("tools/list"));
    headers.remove("mcp-name");
    let (_, list) = ask(sender, work, &headers, LIST).await?;
    let list = String::from_utf8_lossy(&list);
    let tools = list.matches("inputSchema").count();
    // The bare proxy leads to one of the servers.
    ensure!(
        tools == TOOLS || tools == SERVERS * TOOLS,
        "{tools} tools are listed"
    );
    Ok(())
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
