//! The Deployments of the conformance manifests, as servers in this process.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
};

use agentgateway::config::object::Object;
use hyper::service::service_fn;
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;

use super::{
    certificates::Certificates,
    echo::{Echo, Seen},
    tls,
};

/// The pods; they end with this.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    deployments: BTreeMap<(String, String), Deployment>,
    serving: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Deployment {
    labels: BTreeMap<String, String>,
    seen: Seen,
    /// By the port of the pods.
    pods: BTreeMap<u16, Vec<SocketAddr>>,
}

impl Cluster {
    /// Starts the pods of all Deployments among the objects.
    pub(crate) async fn start(objects: &[Object], certificates: &Certificates) -> Self {
        let mut cluster = Self::default();
        let acceptor = certificates.pairs.get(TLS_PODS).map(tls::acceptor);
        for object in objects
            .iter()
            .filter(|it| it.reference.kind == "Deployment")
        {
            cluster.deploy(object, acceptor.as_ref()).await;
        }
        cluster
    }

    async fn deploy(&mut self, object: &Object, acceptor: Option<&TlsAcceptor>) {
        let (json, own) = (object.place.root().to_json(), &object.reference);
        let template = &json["spec"]["template"];
        let labels = template["metadata"]["labels"].as_object();
        let labels = labels.into_iter().flatten();
        let labels = labels.map(|(name, value)| (name.clone(), text(value)));
        let container = &template["spec"]["containers"][0];
        let variable = |name: &str| {
            let mut all = container["env"].as_array().into_iter().flatten();
            all.any(|it| it["name"] == *name)
        };
        let mut deployment = Deployment {
            labels: labels.collect(),
            ..Deployment::default()
        };
        let tls = acceptor.filter(|_| variable("TLS_SERVER_CERT"));
        for replica in 0..json["spec"]["replicas"].as_u64().unwrap_or(1) {
            let echo = Echo {
                namespace: own.namespace.clone(),
                pod: format!("{}-{replica}", own.name),
                grpc: variable("GRPC_ECHO_SERVER"),
                seen: deployment.seen.clone(),
            };
            for (port, tls) in [(3000, None), (3001, None), (8443, tls)] {
                if port == 8443 && tls.is_none() {
                    continue;
                }
                let at = self.pod(echo.clone(), tls.cloned(), port == 3001).await;
                deployment.pods.entry(port).or_default().push(at);
            }
        }
        let key = (own.namespace.clone(), own.name.clone());
        self.deployments.insert(key, deployment);
    }

    async fn pod(&mut self, echo: Echo, tls: Option<TlsAcceptor>, http2: bool) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        self.serving.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (echo, tls) = (echo.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, echo, None, http2).await,
                        Some(tls) => {
                            let Ok(stream) = tls.accept(stream).await else {
                                return;
                            };
                            let sni = stream.get_ref().1.server_name().map(str::to_owned);
                            serve(stream, echo, sni, http2).await;
                        }
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        at
    }

    /// What the pods of a Deployment were asked.
    pub(crate) fn seen(&self, namespace: &str, name: &str) -> Seen {
        let key = (namespace.to_owned(), name.to_owned());
        self.deployments[&key].seen.clone()
    }

    /// The addresses of a Deployment's pods at a port of theirs.
    pub(crate) fn pods(&self, namespace: &str, name: &str, port: u16) -> &[SocketAddr] {
        let key = (namespace.to_owned(), name.to_owned());
        self.deployments[&key]
            .pods
            .get(&port)
            .map_or(&[], Vec::as_slice)
    }

    /// Where the ports of Services with a selector are.
    pub(crate) fn resolve(&self, objects: &[Object]) -> BTreeMap<(String, u16), Vec<SocketAddr>> {
        let mut found = BTreeMap::new();
        for object in objects {
            let Some(service) = object.spec.service() else {
                continue;
            };
            if service.selector.is_empty() {
                continue;
            }
            let own = &object.reference;
            let fits = self
                .deployments
                .iter()
                .filter(|((namespace, _), deployment)| {
                    let has = |(name, value)| deployment.labels.get(name) == Some(value);
                    *namespace == own.namespace && service.selector.iter().all(has)
                });
            let fits: Vec<_> = fits.map(|(_, deployment)| &deployment.pods).collect();
            for port in &service.ports {
                let target = port.target_port.as_ref().and_then(Value::as_u64);
                let target = u16::try_from(target.unwrap_or(port.port.into())).unwrap();
                let at = fits.iter().filter_map(|pods| pods.get(&target)).flatten();
                let key = (format!("{}/{}", own.namespace, own.name), port.port);
                found.insert(key, at.copied().collect());
            }
        }
        found
    }
}

/// The Secret whose certificate the pods that speak TLS show.
const TLS_PODS: &str = "gateway-conformance-infra/tls-checks-certificate";

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn serve<S>(stream: S, echo: Echo, sni: Option<String>, http2: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let answer = service_fn(move |request| echo.clone().answer(request, sni.clone()));
    let mut server = auto::Builder::new(TokioExecutor::new());
    if http2 {
        server = server.http2_only();
    }
    let _ = server
        .serve_connection_with_upgrades(TokioIo::new(stream), answer)
        .await;
}
