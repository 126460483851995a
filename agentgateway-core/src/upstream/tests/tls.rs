use std::sync::Arc;

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer},
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::{ErrorKind, upstream::Client};

/// An HTTPS server that offers these protocols, and its certificate.
async fn secure(protocols: &[&str]) -> (SocketAddr, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let certificate = made.cert.der().clone();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let addr = scripted(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(stream) = acceptor.accept(stream).await else {
                return;
            };
            let version =
                hyper::service::service_fn(|request: Request<hyper::body::Incoming>| async move {
                    let words = format!("{:?} {}", request.version(), request.uri());
                    Ok::<_, Infallible>(Response::new(Body::from(Bytes::from(words))))
                });
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), version)
                .await;
        }
    })
    .await;
    (addr, certificate)
}

fn trusting(certificate: CertificateDer<'static>) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    // Not obeyed, and no panic.
    config.alpn_protocols = vec![b"other".to_vec()];
    config
}

fn over_tls(addr: SocketAddr) -> Request<Body> {
    Request::get(format!("https://localhost:{}/x", addr.port()))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn speaks_what_the_server_chooses() {
    for (protocols, spoken) in [
        (&["h2", "http/1.1"][..], "HTTP/2.0 https://localhost"),
        (&["http/1.1"], "HTTP/1.1 /x"),
        (&[], "HTTP/1.1 /x"),
    ] {
        let (addr, certificate) = secure(protocols).await;
        let client = Client::builder().tls_config(trusting(certificate)).build();
        let said = text(call(&client, over_tls(addr)).await.unwrap()).await;
        assert!(said.starts_with(spoken), "{said}");
    }
}

#[tokio::test]
async fn http2_alone_is_offered_when_asked() {
    let (addr, certificate) = secure(&["h2", "http/1.1"]).await;
    let client = Client::builder()
        .tls_config(trusting(certificate))
        .http2_only()
        .build();
    let said = text(call(&client, over_tls(addr)).await.unwrap()).await;
    assert!(said.starts_with("HTTP/2.0"), "{said}");
}

#[tokio::test]
async fn unknown_certificate_is_no_agreement() {
    let (addr, _) = secure(&[]).await;
    let client = Client::builder().tls().build();
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    let words = format!("no TLS agreement with https://localhost:{}", addr.port());
    assert_eq!(error.detail(), Some(&*words));
    assert_eq!(error.to_string(), "no TLS agreement with the service");
}

#[tokio::test]
async fn silent_peer_meets_the_connect_deadline() {
    let addr = scripted(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let client = Client::builder()
        .tls()
        .connect_deadline(Duration::from_millis(100))
        .build();
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn refused_tls_connection_cannot_be_reached_and_plain_http_still_works() {
    let client = Client::builder().tls().build();
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = gone.local_addr().unwrap();
    drop(gone);
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    let detail = error.detail().unwrap();
    assert!(detail.starts_with("cannot reach https://"), "{detail}");
    let addr = serving(tower::service_fn(echo)).await;
    assert_eq!(text(call(&client, get(addr, "/")).await.unwrap()).await, "");
}

/// Fault H24: a TLS client meets a plaintext service: a clear error, and nothing in the clear.
#[tokio::test]
async fn plaintext_service_is_no_agreement() {
    let addr = answering_first(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let client = Client::builder().tls().build();
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(
        error.message().starts_with("no TLS agreement with "),
        "{error}"
    );
}

/// Fault H22: half a handshake is ended by the connect deadline.
#[tokio::test]
async fn half_a_handshake_meets_the_connect_deadline() {
    // The header of a handshake record of 256 bytes.
    let addr = answering_first(b"\x16\x03\x03\x01\x00\x02").await;
    let client = Client::builder()
        .tls()
        .connect_deadline(Duration::from_millis(100))
        .build();
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

/// Fault H23 (guard: rustls): a certificate for another name is refused, and so is a protocol nobody speaks.
#[tokio::test]
async fn another_servers_certificate_is_no_agreement() {
    let (addr, certificate) = secure(&[]).await;
    let client = Client::builder().tls_config(trusting(certificate)).build();
    let request = Request::get(format!("https://127.0.0.1:{}/", addr.port()))
        .body(Body::empty())
        .unwrap();
    let error = call(&client, request).await.unwrap_err();
    assert!(
        error.message().starts_with("no TLS agreement with "),
        "{error}"
    );
    let (addr, certificate) = secure(&["other"]).await;
    let client = Client::builder().tls_config(trusting(certificate)).build();
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    assert!(
        error.message().starts_with("no TLS agreement with "),
        "{error}"
    );
}

/// A peer that says this before anything is asked, and holds the connection.
async fn answering_first(words: &'static [u8]) -> SocketAddr {
    scripted(move |mut stream| async move {
        stream.write_all(words).await.unwrap();
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    })
    .await
}

/// Fault H36: over TLS too it is the service's SETTINGS that count, not the bytes of the handshake.
#[tokio::test]
async fn http2_that_does_not_begin_after_the_handshake_meets_the_connect_deadline() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let addr = scripted(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            // Session tickets follow the handshake.
            let mut stream = acceptor.accept(stream).await.unwrap();
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
    })
    .await;
    let client = Client::builder()
        .tls_config(trusting(made.cert.der().clone()))
        .connect_deadline(Duration::from_millis(500))
        .build();
    let error = call(&client, over_tls(addr)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
}
