//! A gateway before a scripted upstream, and what must hold whatever goes wrong between them.

use std::{
    io,
    sync::{Arc, Mutex},
};

use agentgateway_tests::{
    Manifests, TestGateway, get,
    raw::{RawClient, RawUpstream, eventually},
};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::{Layer, filter, layer::SubscriberExt};

/// The key that the gateway attaches for the provider. It must be seen nowhere but upstream.
pub(crate) const KEY: &str = "sk-canary-of-the-gateway";
/// A credential of the client. It must be seen nowhere but where a plain route forwards it.
pub(crate) const TOKEN: &str = "canary-of-the-client";

/// How exchanges may end, as the metrics name it.
const OUTCOMES: [&str; 5] = ["complete", "error", "truncated", "failed", "dropped"];

/// One upstream behind a route of each kind: `/plain` and `/openai`, `/anthropic` on `llm`, `/mcp` on
/// `mcp`, and all of `a2a`.
pub(crate) struct Scene {
    gateway: TestGateway,
    pub(crate) upstream: RawUpstream,
    logs: Logs,
    _listening: DefaultGuard,
}

impl Scene {
    pub(crate) async fn before(upstream: RawUpstream) -> Self {
        let logs = Logs::default();
        let listening = logs.listen();
        let gateway = TestGateway::serve(&manifests(upstream.port())).await;
        Self {
            gateway,
            upstream,
            logs,
            _listening: listening,
        }
    }

    /// A connection to this listener.
    pub(crate) async fn client(&self, listener: &str) -> RawClient {
        RawClient::connect(self.gateway.addr(listener)).await
    }

    /// The gateway itself.
    pub(crate) const fn gateway(&self) -> &TestGateway {
        &self.gateway
    }

    /// The metrics.
    pub(crate) async fn metrics(&self) -> String {
        text(&format!("{}/metrics", self.gateway.admin())).await
    }

    /// So many exchanges have ended in this way.
    pub(crate) async fn ended(&self, outcome: &str) -> usize {
        count(&self.metrics().await, Some(outcome))
    }

    /// What holds after every fault: the gateway lives, has told of each exchange once and in known
    /// words, has said no secret, and holds nothing upstream any more.
    pub(crate) async fn settled(self, exchanges: usize) {
        let mut metrics = self.metrics().await;
        for _ in 0..200 {
            if count(&metrics, None) >= exchanges {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            metrics = self.metrics().await;
        }
        assert_eq!(count(&metrics, None), exchanges, "told of:\n{metrics}");
        let known = OUTCOMES.map(|outcome| count(&metrics, Some(outcome)));
        assert_eq!(
            known.iter().sum::<usize>(),
            exchanges,
            "of no known end:\n{metrics}"
        );
        let admin = self.gateway.admin();
        assert_eq!(text(&format!("{admin}/livez")).await, "ok\n");
        let page = text(&admin).await;
        let logs = self.logs.text();
        for said in [&metrics, &page, &logs] {
            no_secret(said);
        }
        drop(self.gateway);
        let upstream = self.upstream;
        eventually("the end of the connections upstream", || {
            upstream.open() == 0
        })
        .await;
    }
}

/// Neither credential is in this.
pub(crate) fn no_secret(said: &str) {
    for secret in [KEY, TOKEN] {
        assert!(!said.contains(secret), "{secret} is in:\n{said}");
    }
}

fn manifests(port: u16) -> Manifests {
    let at = format!("host: 127.0.0.1, port: {port}");
    let provider = |kind: &str| {
        format!(
            "{{ai: {{provider: {{{kind}: {{}}, {at}}}}}, policies: {{auth: {{secretRef: {{name: key}}}}}}}}"
        )
    };
    let mcp = format!("{{mcp: {{targets: [{{name: t, static: {{{at}, path: /mcp}}}}]}}}}");
    Manifests::default()
        .secret("key", KEY)
        .route("llm", "/plain", None, &format!("{{static: {{{at}}}}}"))
        .route("llm", "/openai", Some("/"), &provider("openai"))
        .route("llm", "/anthropic", Some("/"), &provider("anthropic"))
        .route("mcp", "/mcp", None, &mcp)
        .route("a2a", "/", None, &format!("{{a2a: {{{at}}}}}"))
}

async fn text(url: &str) -> String {
    String::from_utf8(get(url).await.body().to_vec()).unwrap()
}

/// How many exchanges the metrics tell of.
fn count(metrics: &str, outcome: Option<&str>) -> usize {
    let of = outcome.map(|outcome| format!("outcome=\"{outcome}\""));
    metrics
        .lines()
        .filter(|line| line.starts_with("agentgateway_requests_total{"))
        .filter(|line| of.as_ref().is_none_or(|of| line.contains(of.as_str())))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<usize>().unwrap())
        .sum()
}

/// What the gateway logs on this thread, to the last detail.
#[derive(Clone, Debug, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Logs {
    fn listen(&self) -> DefaultGuard {
        let own = self.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(move || own.clone())
            .with_filter(filter::filter_fn(|about| {
                about.target().starts_with("agentgateway")
            }));
        tracing::subscriber::set_default(tracing_subscriber::registry().with(layer))
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl io::Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
