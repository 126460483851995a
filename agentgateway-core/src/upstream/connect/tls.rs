use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Socket;
use crate::{
    error::{BoxError, Error, ErrorKind},
    upstream::failure::Target,
};

const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

pub(super) fn connector(mut config: rustls::ClientConfig, http2_only: bool) -> TlsConnector {
    let offered = if http2_only {
        &[HTTP2][..]
    } else {
        &[HTTP2, HTTP1]
    };
    config.alpn_protocols = offered.iter().map(|name| name.to_vec()).collect();
    TlsConnector::from(Arc::new(config))
}

/// The handshake, with the host as the server's name. An IP address is verified and not sent.
pub(super) async fn agree(
    tls: &TlsConnector,
    target: &Target,
    socket: Socket,
) -> Result<TlsStream<Socket>, Error> {
    let host = target.host();
    let name = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let name =
        ServerName::try_from(name.to_owned()).map_err(|error| no_agreement(target, error))?;
    tls.connect(name, socket)
        .await
        .map_err(|error| no_agreement(target, error))
}

pub(super) fn chose_http2(stream: &TlsStream<Socket>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}

fn no_agreement(target: &Target, error: impl Into<BoxError>) -> Error {
    let words = format!("no TLS agreement with {target}");
    Error::new(ErrorKind::Unavailable, words).with_source(error)
}
