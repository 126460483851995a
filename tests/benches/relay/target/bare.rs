use std::process::id;

use anyhow::Result;
use http::{Request, Uri, uri::Scheme};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};

use crate::{process, work::PLACES};

type Client = legacy::Client<HttpConnector, Incoming>;

/// hyper's server and hyper-util's pooled client; bodies are handed over as they are.
pub(super) async fn serve(upstream: u16) -> Result<()> {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let client: Client = legacy::Client::builder(TokioExecutor::new()).build(connector);
    let authority = format!("127.0.0.1:{upstream}").parse::<http::uri::Authority>()?;
    let listener = tokio::net::TcpListener::bind(process::LOOPBACK).await?;
    process::ready(id(), &[listener.local_addr()?.port(); PLACES])?;
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let (client, authority) = (client.clone(), authority.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            let mut parts = std::mem::take(request.uri_mut()).into_parts();
            parts.scheme = Some(Scheme::HTTP);
            parts.authority = Some(authority.clone());
            // A path with scheme and authority is a URI.
            *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
            client.request(request)
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
    }
}
