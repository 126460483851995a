//! An authority, and services that it vouches for.

use std::{convert::Infallible, net::SocketAddr};

use agentgateway_core::{
    Body,
    context::{ClientCertificate, ServerName},
    server::{ClientAuth, Config, Drain, Identity, Listener, RequestBody, Tls, serve},
};
use bytes::Bytes;
use http::{Request, Response};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};

pub(super) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, in PEM.
pub(super) struct Pair {
    pub(super) chain: String,
    pub(super) key: String,
}

impl Authority {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(super) fn vouches_for(&self, name: &str) -> Pair {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Pair {
            chain: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// A service behind this certificate, which says which name it was asked for, who asked, and over what.
pub(super) async fn service(own: &Pair, clients: ClientAuth) -> SocketAddr {
    let identity = Identity::from_pem(own.chain.as_bytes(), own.key.as_bytes()).unwrap();
    let tls = Tls::new(&[identity]).unwrap();
    tls.ask_clients(clients).unwrap();
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap()
        .with_tls(tls);
    let addr = listener.local_addr();
    let service = tower::service_fn(async |request: Request<RequestBody>| {
        let extensions = request.extensions();
        let name = extensions
            .get::<ServerName>()
            .map_or("-", ServerName::as_str);
        let who = extensions
            .get::<ClientCertificate>()
            .map_or("nobody", ClientCertificate::identity);
        let said = format!("{name} {who} {:?}", request.version());
        Ok::<_, Infallible>(Response::new(Body::from(Bytes::from(said))))
    });
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    addr
}
