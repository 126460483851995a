use std::{
    fmt::Write as _,
    net::{Ipv4Addr, SocketAddr},
};

use agentgateway::{
    assemble::{self, Parts, Plan, Ports},
    config::{self, File, LoadOptions, snapshot::Snapshot},
    gateway::{Gateway, Place, Settings},
    observe::Observer,
    reload::telemetry,
    telemetry::Tracing,
};
use tokio::task::JoinHandle;

use crate::objects;

/// A gateway in this process, on ports of the system's choice. It ends when this is dropped.
#[derive(Debug)]
pub struct TestGateway {
    listeners: Vec<(String, SocketAddr)>,
    admin: SocketAddr,
    running: JoinHandle<usize>,
}

impl TestGateway {
    /// Serves these manifests.
    pub async fn serve(manifests: &Manifests) -> Self {
        Self::traced(manifests, &Tracing::detached()).await
    }

    /// Serves these manifests, traced by these means.
    pub async fn traced(manifests: &Manifests, tracing: &Tracing) -> Self {
        Self::with(manifests, tracing, |_| ()).await
    }

    /// The same, and what the manifests say of tracing and of access logs is applied.
    pub async fn telling(manifests: &Manifests, tracing: &Tracing) -> Self {
        let apply = |snapshot: &Snapshot| drop(tracing.apply(&telemetry(snapshot)));
        Self::with(manifests, tracing, apply).await
    }

    async fn with(manifests: &Manifests, tracing: &Tracing, apply: impl FnOnce(&Snapshot)) -> Self {
        let files = [File::new("test.yaml", manifests.text())];
        let mut options = LoadOptions::default();
        // As those of the directory given at start.
        options.compile.local_processes = true;
        let loaded = config::load(&files[..], &options);
        let loaded = loaded.unwrap_or_else(|report| panic!("{report}"));
        let snapshot = &loaded.compiled.snapshot;
        let observer = Observer::new(tracing.stats());
        let plan = assemble::plan(snapshot, &Parts::new(observer.clone()));
        apply(snapshot);
        Self::start(plan, observer, tracing.clone()).await
    }

    /// Serves what the gateway serves without a configuration.
    pub async fn demo() -> Self {
        let tracing = Tracing::detached();
        let observer = Observer::new(tracing.stats());
        let plan = assemble::demo(&Ports::new(0, 0, 0), &Parts::new(observer.clone()));
        Self::start(plan, observer, tracing).await
    }

    async fn start(plan: Plan, observer: Observer, tracing: Tracing) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut settings = Settings::new(free.ip(), free);
        settings.place = Some(Place::new(move |_| free));
        settings.tracing = tracing;
        let gateway = Gateway::bind(plan, settings, observer)
            .await
            .expect("ports");
        let served = gateway.served().into_iter();
        let listeners = served
            .map(|served| (served.name.clone(), served.addr))
            .collect();
        let admin = gateway.admin_addr();
        Self {
            listeners,
            admin,
            running: tokio::spawn(gateway.run()),
        }
    }

    /// `http://host:port` of the listener of this name.
    #[must_use]
    pub fn url(&self, listener: &str) -> String {
        format!("http://{}", self.addr(listener))
    }

    /// The address of the listener of this name.
    #[must_use]
    pub fn addr(&self, listener: &str) -> SocketAddr {
        let found = self.listeners.iter().find(|(name, _)| name == listener);
        found.expect("a listener of this name").1
    }

    /// `http://host:port` of the admin listener.
    #[must_use]
    pub fn admin(&self) -> String {
        format!("http://{}", self.admin)
    }
}

impl Drop for TestGateway {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// Manifests of one Gateway with the three listeners, and the routes that are added.
#[derive(Clone, Debug)]
pub struct Manifests(String);

const GATEWAY: &str = "
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: agentgateway}
spec: {controllerName: agentgateway.dev/agentgateway}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gateway, namespace: default}
spec:
  gatewayClassName: agentgateway
  listeners:
  - {name: a2a, port: 8080, protocol: HTTP}
  - {name: mcp, port: 9090, protocol: HTTP}
  - {name: llm, port: 9080, protocol: HTTP}
";

impl Default for Manifests {
    fn default() -> Self {
        Self(GATEWAY.to_owned())
    }
}

impl Manifests {
    /// Adds a route of this prefix to a backend whose spec is given as YAML flow.
    #[must_use]
    pub fn route(
        mut self,
        listener: &str,
        prefix: &str,
        rewrite: Option<&str>,
        backend: &str,
    ) -> Self {
        let name = format!("{listener}-{}", self.0.len());
        let filters = rewrite.map_or_else(String::new, |to| {
            format!(
                "filters: [{{type: URLRewrite, urlRewrite: {{path: {{type: ReplacePrefixMatch, \
                 replacePrefixMatch: {to}}}}}}}]"
            )
        });
        self.0.push_str(objects::SEPARATOR);
        self.0
            .push_str(&objects::routed(listener, &name, prefix, backend, &filters));
        self
    }

    /// Adds a secret whose `Authorization` is this key.
    #[must_use]
    pub fn secret(mut self, name: &str, key: &str) -> Self {
        write!(
            self.0,
            "---
apiVersion: v1
kind: Secret
metadata: {{name: {name}, namespace: default}}
stringData: {{Authorization: {key}}}
"
        )
        .expect("a string takes it");
        self
    }

    /// Adds objects, as YAML.
    #[must_use]
    pub fn and(mut self, objects: &str) -> Self {
        self.0.push_str("---\n");
        self.0.push_str(objects.trim_start());
        self
    }

    /// Says how long an end takes.
    #[must_use]
    pub fn shutdown(self, min: u64, max: u64) -> Self {
        self.parameters(&format!("{{shutdown: {{min: {min}, max: {max}}}}}"))
    }

    /// Gives the Gateway parameters, whose spec is given as YAML flow.
    #[must_use]
    pub fn parameters(self, spec: &str) -> Self {
        let class = "gatewayClassName: agentgateway\n";
        let named = format!(
            "{class}  infrastructure: {{parametersRef: {{group: agentgateway.dev, kind: \
             AgentgatewayParameters, name: parameters}}}}\n"
        );
        let mut text = self.0.replace(class, &named);
        write!(
            text,
            "---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayParameters
metadata: {{name: parameters, namespace: default}}
spec: {spec}
"
        )
        .expect("a string takes it");
        Self(text)
    }

    /// The YAML.
    #[must_use]
    pub fn text(&self) -> String {
        self.0.clone()
    }

    /// Puts other ports in the place of 8080, 9090 and 9080.
    #[must_use]
    pub fn ports(self, a2a: u16, mcp: u16, llm: u16) -> Self {
        let text = self.0.replace("port: 8080", &format!("port: {a2a}"));
        let text = text.replace("port: 9090", &format!("port: {mcp}"));
        Self(text.replace("port: 9080", &format!("port: {llm}")))
    }
}

/// A gateway with these objects before the demo's servers, and the latter.
pub async fn before_demo(objects: &str) -> (TestGateway, TestGateway) {
    let servers = TestGateway::demo().await;
    let (mcp, llm, a2a) = (
        servers.addr("mcp").port(),
        servers.addr("llm").port(),
        servers.addr("a2a").port(),
    );
    let mcp =
        format!("{{mcp: {{targets: [{{name: demo, static: {{host: 127.0.0.1, port: {mcp}}}}}]}}}}");
    let llm = format!(
        "{{ai: {{groups: [{{providers: [{{name: demo, host: 127.0.0.1, port: {llm}, openai: {{}}}}]}}]}}}}"
    );
    let a2a = format!("{{static: {{host: 127.0.0.1, port: {a2a}}}}}");
    let manifests = Manifests::default()
        .route("mcp", "/", None, &mcp)
        .route("llm", "/", None, &llm)
        .route("a2a", "/", None, &a2a)
        .and(objects);
    (TestGateway::serve(&manifests).await, servers)
}
