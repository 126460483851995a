//! New connections: name, TCP, nodelay and TLS under one deadline.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::Uri;
#[cfg(feature = "tls")]
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{client::legacy::connect::HttpConnector, rt::TokioIo};
use tokio::net::TcpStream;
use tower_service::Service;

use super::failure::Target;
#[cfg(feature = "tls")]
use crate::error::BoxError;
use crate::error::{Error, ErrorKind};

#[cfg(feature = "tls")]
pub(super) type Io = MaybeHttpsStream<TokioIo<TcpStream>>;
#[cfg(not(feature = "tls"))]
pub(super) type Io = TokioIo<TcpStream>;

#[derive(Clone)]
pub(super) struct Connector {
    plain: HttpConnector,
    #[cfg(feature = "tls")]
    tls: Option<HttpsConnector<HttpConnector>>,
    deadline: Duration,
}

impl Connector {
    pub(super) fn new(deadline: Duration) -> Self {
        let mut plain = HttpConnector::new();
        plain.set_nodelay(true);
        plain.enforce_http(false);
        Self {
            plain,
            #[cfg(feature = "tls")]
            tls: None,
            deadline,
        }
    }

    #[cfg(feature = "tls")]
    pub(super) fn with_tls(mut self, config: rustls::ClientConfig, http2_only: bool) -> Self {
        let builder = HttpsConnectorBuilder::new()
            .with_tls_config(config)
            .https_only();
        let builder = if http2_only {
            builder.enable_http2()
        } else {
            builder.enable_all_versions()
        };
        self.tls = Some(builder.wrap_connector(self.plain.clone()));
        self
    }

    async fn connect(self, uri: Uri, target: Target) -> Result<Io, Error> {
        let deadline = self.deadline;
        tokio::time::timeout(deadline, self.open(uri, &target))
            .await
            .unwrap_or_else(|_| {
                Err(Error::new(
                    ErrorKind::Timeout,
                    format!("{target} did not take a connection within {deadline:?}"),
                ))
            })
    }

    #[cfg(feature = "tls")]
    async fn open(mut self, uri: Uri, target: &Target) -> Result<Io, Error> {
        if !is_https(&uri) {
            return self.open_plain(uri, target).await.map(Io::from);
        }
        let Some(mut tls) = self.tls.take() else {
            return Err(no_tls(target));
        };
        tls.call(uri).await.map_err(|error: BoxError| {
            // The TCP connector has a type of its own; all else is the handshake.
            let words = match error.downcast_ref::<std::io::Error>() {
                Some(_) => format!("no TLS agreement with {target}"),
                None => format!("cannot reach {target}"),
            };
            Error::new(ErrorKind::Unavailable, words).with_source(error)
        })
    }

    #[cfg(not(feature = "tls"))]
    async fn open(mut self, uri: Uri, target: &Target) -> Result<Io, Error> {
        if is_https(&uri) {
            return Err(no_tls(target));
        }
        self.open_plain(uri, target).await
    }

    async fn open_plain(&mut self, uri: Uri, target: &Target) -> Result<TokioIo<TcpStream>, Error> {
        self.plain.call(uri).await.map_err(|error| {
            Error::new(ErrorKind::Unavailable, format!("cannot reach {target}")).with_source(error)
        })
    }
}

impl Service<Uri> for Connector {
    type Response = Io;
    type Error = Error;
    // One box per new connection, beside a name lookup and a handshake.
    type Future = Pin<Box<dyn Future<Output = Result<Io, Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connector = self.clone();
        Box::pin(async move {
            match Target::of(&uri) {
                Some(target) => connector.connect(uri, target).await,
                None => Err(Error::new(
                    ErrorKind::Internal,
                    "a connection needs a target",
                )),
            }
        })
    }
}

/// The ring provider with Mozilla's roots.
#[cfg(feature = "tls")]
pub(super) fn mozilla_roots() -> rustls::ClientConfig {
    use hyper_rustls::ConfigBuilderExt;

    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    #[expect(clippy::expect_used, reason = "the provider is ours, whole and fixed")]
    // INVARIANT: ring's default provider has cipher suites for TLS 1.2 and 1.3.
    rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default TLS versions")
        .with_webpki_roots()
        .with_no_client_auth()
}

fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&http::uri::Scheme::HTTPS)
}

fn no_tls(target: &Target) -> Error {
    Error::new(
        ErrorKind::Internal,
        format!("{target} needs TLS, which this client was not given"),
    )
}
