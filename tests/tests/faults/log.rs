//! Logs whose target takes no more.

use std::{
    fs::{self, File},
    net::SocketAddr,
    process::Stdio,
    time::Duration,
};

use agentgateway_tests::{
    Configured, Manifests, Process, free_port, get,
    raw::{RawClient, RawUpstream, eventually},
};
use tokio::time::{Instant, timeout};

use super::say;

pub(super) const REQUESTS: u64 = 50;

/// Logs a line for each exchange, and one more for each that is refused.
fn talkative(upstream: u16, llm: u16) -> Configured {
    let backend = format!("{{static: {{host: 127.0.0.1, port: {upstream}}}}}");
    let manifests = Manifests::default()
        .route("llm", "/", None, &backend)
        .parameters("{shutdown: {min: 0, max: 5}}")
        .and(
            r#"apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: log, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}]
  frontend: {accessLog: {}}
---
apiVersion: agentgateway.dev/v1alpha1
kind: AgentgatewayPolicy
metadata: {name: refusal, namespace: default}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gateway}]
  traffic:
    authorization:
      action: Require
      policy: {matchExpressions: ["request.path != '/refused'"]}
"#,
        );
    Configured::new(manifests.ports(free_port(), free_port(), llm))
}

pub(super) struct Scene {
    _upstream: RawUpstream,
    _configured: Configured,
    pub(super) gateway: Process,
    llm: SocketAddr,
    admin: String,
}

impl Scene {
    async fn start(out: impl Into<Stdio>, error: impl Into<Stdio>) -> Self {
        Self::over(async |arguments| Process::launch_onto(out, error, arguments)).await
    }

    /// Starts the command by a script, with these arguments beside the others.
    pub(super) async fn by(script: &str, more: &[&str]) -> Self {
        Self::over(async |arguments| Process::start_by(script, &[arguments, more].concat()).await)
            .await
    }

    async fn over(launch: impl AsyncFnOnce(&[&str]) -> Process) -> Self {
        let upstream = RawUpstream::serving(say::ok("{}")).await;
        let (llm, admin) = (free_port(), format!("127.0.0.1:{}", free_port()));
        let configured = talkative(upstream.port(), llm);
        let gateway = launch(&configured.arguments(&admin)).await;
        eventually("a gateway that listens", || {
            std::net::TcpStream::connect(&admin).is_ok()
        })
        .await;
        Self {
            _upstream: upstream,
            _configured: configured,
            gateway,
            llm: SocketAddr::from(([127, 0, 0, 1], llm)),
            admin: format!("http://{admin}"),
        }
    }

    pub(super) async fn ask(&self, count: u64) {
        let mut client = RawClient::connect(self.llm).await;
        for _ in 0..count {
            for (path, status) in [("/", 200), ("/refused", 403)] {
                client.send(say::get(path, "")).await;
                assert_eq!(client.answer().await.unwrap().status, status);
            }
        }
    }

    /// How many lines of this log were lost.
    pub(super) async fn lost(&self, log: &str) -> u64 {
        let page = get(&format!("{}/metrics", self.admin)).await;
        let page = String::from_utf8(page.body().to_vec()).unwrap();
        let name = format!("agentgateway_{log}_dropped_total ");
        let count = page.lines().find_map(|line| line.strip_prefix(&name));
        count
            .unwrap_or_else(|| panic!("no {name}in {page}"))
            .parse()
            .unwrap()
    }

    pub(super) async fn loses(&self, log: &str, count: u64) {
        let waiting = async {
            while self.lost(log).await < count {
                tokio::task::yield_now().await;
            }
        };
        let waited = timeout(Duration::from_secs(10), waiting).await;
        assert!(waited.is_ok(), "{log}: {} lost", self.lost(log).await);
    }

    pub(super) async fn ends(mut self) {
        let begun = Instant::now();
        self.gateway.terminate().await;
        assert_eq!(self.gateway.ended().await, Some(0));
        assert!(begun.elapsed() < Duration::from_secs(8));
    }
}

/// Fault O09: with logs on a full disk, or on a pipe whose reader has gone, requests go on, each lost line is counted, and the process ends as ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_takes_no_more_stops_no_request() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let gone = || std::io::pipe().unwrap().1;
    for scene in [
        Scene::start(full(), full()).await,
        Scene::start(gone(), gone()).await,
    ] {
        scene.ask(REQUESTS).await;
        scene.loses("access_log", 2 * REQUESTS).await;
        scene.loses("log", REQUESTS).await;
        assert_eq!(scene.lost("access_log").await, 2 * REQUESTS);
        scene.ends().await;
    }
}

/// Fault O09: with logs on a pipe that nobody reads, requests go on, what finds no room is counted, and the process ends as ever.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_nobody_reads_stops_no_request() {
    let (_reader, writer) = std::io::pipe().unwrap();
    let scene = Scene::start(writer.try_clone().unwrap(), writer).await;
    let begun = Instant::now();
    while scene.lost("log").await == 0 {
        tokio::join!(
            scene.ask(REQUESTS),
            scene.ask(REQUESTS),
            scene.ask(REQUESTS)
        );
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing is lost");
    }
    scene.ask(REQUESTS).await;
    scene.ends().await;
}

/// Fault O09: a file that standard error was redirected into is written on when it was moved away, and may be cut; nothing is lost, and each line stays whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_file_may_be_moved_and_cut() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("log"), folder.path().join("log.1"));
    let open = || File::options().append(true).create(true).open(&path);
    let scene = Scene::start(open().unwrap(), Stdio::null()).await;
    scene.ask(REQUESTS).await;
    fs::rename(&path, &moved).unwrap();
    scene.ask(REQUESTS).await;
    let lines = || fs::read_to_string(&moved).unwrap().lines().count() as u64;
    eventually("all lines", || lines() == 4 * REQUESTS).await;
    // As logrotate's copytruncate does.
    File::options()
        .write(true)
        .truncate(true)
        .open(&moved)
        .unwrap();
    scene.ask(1).await;
    eventually("the last lines", || lines() == 2).await;
    let last = fs::read_to_string(&moved).unwrap();
    assert!(last.starts_with('{') && last.ends_with("}\n"), "{last}");
    assert_eq!(scene.lost("access_log").await, 0);
    scene.ends().await;
}
