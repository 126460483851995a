//! A source of the test's own, in this process: what the files of the command cannot show yet.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use agentgateway::{
    assemble::{self, Parts, Plan, Ports},
    config::Directory,
    gateway::{Place, Settings},
    observe::Observer,
    reload::{
        Ask, Candidate, Digest, Load, Manifests, Read, Refused, Reloader, Standing, View, Watch,
    },
    telemetry::ExportStats,
};
use agentgateway_core::server::Drain;
use agentgateway_tests::raw::RawUpstream;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::scene::{manifests, replace};

type Make = Box<dyn FnMut(&Parts) -> Result<Candidate, Refused> + Send>;

/// What the test says next.
#[derive(Clone)]
pub(super) struct Source {
    next: Arc<Mutex<(u64, Make)>>,
    parts: Parts,
}

impl Load for Source {
    type Text = ();

    fn read(&mut self) -> Read<()> {
        let version = self.next.lock().unwrap().0;
        Read {
            fingerprint: version.to_string(),
            text: Ok(()),
        }
    }

    fn validate(&mut self, (): ()) -> Result<Candidate, Refused> {
        (self.next.lock().unwrap().1)(&self.parts)
    }
}

/// A gateway of such a source.
pub(super) struct Own {
    source: Option<Source>,
    pub(super) standing: Standing,
    pub(super) ask: Ask,
    pub(super) drain: Drain,
    pub(super) serving: JoinHandle<usize>,
}

pub(super) fn parts() -> Parts {
    Parts::new(Observer::new(&ExportStats::default()))
}

pub(super) fn settings() -> Settings {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut settings = Settings::new(free.ip(), free);
    settings.place = Some(Place::new(move |_| free));
    settings
}

/// The listener of the tools alone, which the test may change.
pub(super) fn plan(parts: &Parts) -> Plan {
    let all = assemble::demo(&Ports::new(8080, 9090, 9080), parts);
    all.only(&["mcp".to_owned()]).unwrap()
}

impl Own {
    pub(super) async fn start(
        make: impl FnMut(&Parts) -> Result<Candidate, Refused> + Send + 'static,
    ) -> Self {
        let parts = parts();
        let observer = parts.observer.clone();
        let next = Arc::new(Mutex::new((1, Box::new(make) as Make)));
        let source = Source { next, parts };
        let reloader = Reloader::new(source.clone(), Watch::new(), observer);
        Self::over(reloader, Some(source)).await
    }

    pub(super) async fn over<L: Load>(mut reloader: Reloader<L>, source: Option<Source>) -> Self {
        let gateway = reloader.begin(settings()).await.unwrap();
        let (standing, ask, drain) = (reloader.standing(), reloader.ask(), gateway.drain());
        let own = Self {
            source,
            standing,
            ask,
            drain,
            serving: tokio::spawn(gateway.run_reloading(reloader)),
        };
        own.until(|view| view.ready && !view.pending.validating)
            .await;
        own
    }

    /// Says something else from now on, and has it read.
    pub(super) async fn say(
        &self,
        make: impl FnMut(&Parts) -> Result<Candidate, Refused> + Send + 'static,
    ) -> View {
        let source = self.source.as_ref().unwrap();
        let version = {
            let mut next = source.next.lock().unwrap();
            *next = (next.0 + 1, Box::new(make));
            next.0.to_string()
        };
        self.ask.reload();
        self.until(|view| view.on_disk.fingerprint == version && !view.pending.validating)
            .await
    }

    pub(super) async fn until(&self, is_so: impl Fn(&View) -> bool) -> View {
        let waiting = async {
            loop {
                let view = self.standing.view();
                if is_so(&view) {
                    return view;
                }
                sleep(Duration::from_millis(5)).await;
            }
        };
        match timeout(Duration::from_secs(30), waiting).await {
            Ok(view) => view,
            Err(_) => panic!("{:?}", self.standing.view()),
        }
    }

    pub(super) fn addr(&self, listener: &str) -> SocketAddr {
        let served = self.standing.served();
        served.iter().find(|own| own.name == listener).unwrap().addr
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn with_field(parts: &Parts, value: &str) -> Result<Candidate, Refused> {
    let mut candidate = Candidate::new(plan(parts));
    candidate.fixed.insert(
        "AgentgatewayParameters a/b: spec.env[RUST_LOG]".to_owned(),
        Digest::of(&value),
    );
    Ok(candidate)
}

/// Fault C08: a field that the process reads at its start alone is named as waiting for a restart as long as it differs from what the process started with, and the rest of the change is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_that_needs_a_restart_is_named() {
    let own = Own::start(|parts| with_field(parts, "info")).await;
    assert!(own.standing.view().pending.restart.is_empty());
    let view = own.say(|parts| with_field(parts, "debug")).await;
    assert_eq!(view.running.generation, 2, "it is served all the same");
    assert_eq!(
        view.pending.restart,
        ["AgentgatewayParameters a/b: spec.env[RUST_LOG]"]
    );
    let view = own.say(|parts| Ok(Candidate::new(plan(parts)))).await;
    assert_eq!(view.pending.restart.len(), 1, "it was taken away");
    let view = own.say(|parts| with_field(parts, "info")).await;
    assert!(view.pending.restart.is_empty(), "as it was");
}

/// A listener that is asked for and cannot be served makes the gateway unready, and only that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_is_not_programmed_makes_it_unready() {
    let own = Own::start(|parts| Ok(Candidate::new(plan(parts)))).await;
    assert!(own.standing.is_ready());
    let view = own
        .say(|parts| {
            let mut candidate = Candidate::new(plan(parts));
            candidate
                .unprogrammed
                .insert("a/b https".to_owned(), "no certificate".to_owned());
            Ok(candidate)
        })
        .await;
    assert!(!view.ready && view.on_disk.applied);
    let view = own.say(|parts| Ok(Candidate::new(plan(parts)))).await;
    assert!(view.ready);
    own.drain.begin();
    own.until(|view| !view.ready).await;
}

/// A validation that panics is a refusal, and the next change is validated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_of_the_validation_ends_nothing() {
    let own = Own::start(|parts| Ok(Candidate::new(plan(parts)))).await;
    let source = own.source.clone().unwrap();
    {
        let mut next = source.next.lock().unwrap();
        *next = (2, Box::new(|_| panic!("on purpose")));
    }
    own.ask.reload();
    let view = own.until(|view| !view.on_disk.applied).await;
    assert!(view.on_disk.problems[0].contains("panicked"), "{view:?}");
    {
        let mut next = source.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = (3, Box::new(|parts| Ok(Candidate::new(plan(parts)))));
    }
    source.next.clear_poison();
    own.ask.reload();
    own.until(|view| view.running.generation == 2).await;
}

/// Fault C04: where the system does not tell of changes (a file system of a network, its limit of watches) they are found by looking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_found_without_a_word_of_the_system() {
    let upstream = RawUpstream::serving("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.yaml");
    let text = manifests(upstream.port()).text();
    replace(&path, &text);
    let parts = parts();
    let observer = parts.observer.clone();
    let watch = Watch::new()
        .told(false)
        .poll_alone(Duration::from_millis(30));
    let reloader = Reloader::new(
        Manifests::new(Directory::new(folder.path()), parts),
        watch,
        observer,
    );
    let own = Own::over(reloader, None).await;
    for generation in 2..5 {
        replace(&path, &format!("{text}# {generation}\n"));
        own.until(|view| view.running.generation == generation)
            .await;
    }
}
