//! What stands at the addresses that manifests name.

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use agentgateway_core::{
    Body,
    server::{Config, Drain, Listener, RequestBody, serve},
    upstream::{Client, DialAddr, Upstream},
};
use http::{Request, Response};
use tokio::{
    io::{AsyncRead, AsyncWrite, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ClientConfig, RootCertStore, ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer},
    },
};
use tower::{Service, ServiceBuilder, ServiceExt, util::MapRequestLayer};

/// A server of one service on a port of the system's choice. It ends when this is dropped.
pub(crate) struct StandIn {
    addr: SocketAddr,
    running: JoinHandle<()>,
}

impl StandIn {
    pub(crate) async fn serving<S>(service: S) -> Self
    where
        S: Service<Request<RequestBody>, Response = Response<Body>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        let any = "127.0.0.1:0".parse().unwrap();
        let listener = Listener::bind(any).await.unwrap();
        let addr = listener.local_addr();
        let service = service.map_request(|request: Request<RequestBody>| request);
        let running = tokio::spawn(async move {
            serve(listener, service, Config::new(), Drain::new()).await;
        });
        Self { addr, running }
    }

    pub(crate) const fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// TLS, with a certificate of its own for one name, before a server in clear text.
pub(crate) struct Secure {
    addr: SocketAddr,
    name: &'static str,
    certificate: CertificateDer<'static>,
    running: JoinHandle<()>,
}

impl Secure {
    pub(crate) async fn before(port: u16, name: &'static str) -> Self {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let certificate = made.cert.der().clone();
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let running = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(relay(acceptor.clone(), stream, port));
            }
        });
        Self {
            addr,
            name,
            certificate,
            running,
        }
    }

    /// The usual client, but for two facts: it dials here for that name, and trusts the certificate.
    pub(crate) fn client(&self) -> Upstream {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = Client::builder().tls_config(config).build();
        let (name, addr) = (self.name, self.addr);
        let directed = move |mut request: Request<Body>| {
            if request.uri().host() == Some(name) {
                request.extensions_mut().insert(DialAddr::new(addr));
            }
            request
        };
        let client = ServiceBuilder::new()
            .layer(MapRequestLayer::new(directed))
            .service(client);
        Upstream::new(client)
    }
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn relay(acceptor: TlsAcceptor, stream: TcpStream, port: u16) {
    // Whoever hangs up has had what it wanted.
    if let Ok(mut stream) = acceptor.accept(stream).await {
        pass(&mut stream, port).await;
    }
}

async fn pass(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), port: u16) {
    if let Ok(mut to) = TcpStream::connect(("127.0.0.1", port)).await {
        let _ = copy_bidirectional(stream, &mut to).await;
    }
}

/// A wire to a server. When this is dropped it is cut: connections end, and new ones are refused.
pub(crate) struct Wire {
    addr: SocketAddr,
    running: JoinHandle<()>,
}

impl Wire {
    pub(crate) async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let running = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                connections.spawn(async move { pass(&mut stream, port).await });
            }
        });
        Self { addr, running }
    }

    pub(crate) const fn addr(&self) -> SocketAddr {
        self.addr
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.running.abort();
    }
}
