use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Socket;
use crate::{
    error::{BoxError, Error, ErrorKind},
    upstream::{failure::Target, tls::Terms},
};

const HTTP2: &[u8] = b"h2";

/// Agrees on TLS with services.
#[derive(Clone)]
pub(super) struct Agreement {
    connector: TlsConnector,
    server_name: Option<ServerName<'static>>,
}

impl Agreement {
    pub(super) fn new(terms: Terms, http2_only: bool) -> Self {
        let Terms {
            mut config,
            server_name,
            offered,
        } = terms;
        config.alpn_protocols = if http2_only {
            vec![HTTP2.to_vec()]
        } else {
            offered.0
        };
        Self {
            connector: TlsConnector::from(Arc::new(config)),
            server_name,
        }
    }

    /// The handshake, with the host as the server's name where no other is set. An IP address is
    /// verified and not sent.
    pub(super) async fn agree(
        &self,
        target: &Target,
        socket: Socket,
    ) -> Result<TlsStream<Socket>, Error> {
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => host(target)?,
        };
        self.connector
            .connect(name, socket)
            .await
            .map_err(|error| no_agreement(target, error))
    }
}

fn host(target: &Target) -> Result<ServerName<'static>, Error> {
    let host = target.host();
    let name = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    ServerName::try_from(name.to_owned()).map_err(|error| no_agreement(target, error))
}

pub(super) fn chose_http2(stream: &TlsStream<Socket>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}

fn no_agreement(target: &Target, error: impl Into<BoxError>) -> Error {
    Error::new(ErrorKind::Unavailable, "no TLS agreement with the service")
        .with_detail(format!("no TLS agreement with {target}"))
        .with_source(error)
}
