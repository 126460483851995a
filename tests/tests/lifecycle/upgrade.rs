//! A new process in the place of an old one, with sockets that outlive both.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{
    Configured, Process, free_port, get,
    raw::{RawClient, eventually},
    traffic::{Call, Verdict},
};
use socket2::{Domain, Socket, Type};
use tokio::{
    net::TcpStream,
    task::{JoinHandle, JoinSet},
    time::{Instant, interval},
};

use super::{drain::many_descriptors, held::Held};

/// A new connection for each request, at a thousand a second where the machine bears it.
const PACE: Duration = Duration::from_millis(1);
const LEAST_PER_SECOND: u64 = 200;
/// More than the test ever asks.
const MOST: u64 = 60_000;
/// The most that wait for an answer, on a machine that is too busy for the pace.
const AT_ONCE: usize = 2000;
/// The old process takes connections beside the new one for so long.
const DELAY: &str = "2";

/// A socket as a supervisor holds it.
fn held(port: u16) -> TcpListener {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let addr = SocketAddr::from(([127, 0, 0, 1], port));
    socket.bind(&addr.into()).unwrap();
    // A machine that is busy for a moment loses nothing.
    socket.listen(4096).unwrap();
    socket.into()
}

/// One connection, one request.
async fn ask(addr: SocketAddr, number: u64) -> Result<(), String> {
    // Answers of one size, neither empty nor large.
    let number = number * 7 + 2;
    let connected = TcpStream::connect(addr).await;
    let mut client = RawClient::over(connected.map_err(|error| format!("refused: {error}"))?);
    let sent = client.try_send(Call::Get.request(number)).await;
    sent.map_err(|error| format!("sending: {error}"))?;
    match Call::Get.judge(number, client.answer().await.as_ref()) {
        Verdict::Whole => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    running: JoinHandle<Vec<String>>,
}

impl Load {
    fn on(addr: SocketAddr) -> Self {
        let (stop, answered) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let (stopped, count) = (stop.clone(), answered.clone());
        let running = tokio::spawn(async move {
            let (mut pace, mut asking) = (interval(PACE), JoinSet::new());
            let (mut number, mut faults) = (0, Vec::new());
            while number < MOST && !stopped.load(Relaxed) {
                pace.tick().await;
                number += 1;
                let count = count.clone();
                asking.spawn(async move {
                    let asked = ask(addr, number).await;
                    count.fetch_add(1, Relaxed);
                    asked.err()
                });
                if asking.len() >= AT_ONCE {
                    faults.extend(asking.join_next().await.and_then(Result::unwrap));
                }
            }
            faults.extend(asking.join_all().await.into_iter().flatten());
            faults
        });
        Self {
            stop,
            answered,
            running,
        }
    }

    /// Waits for so many more answers.
    async fn goes_on_for(&self, count: u64) {
        let wanted = self.answered.load(Relaxed) + count;
        eventually("answers", || self.answered.load(Relaxed) >= wanted).await;
    }

    async fn ends(self) -> (u64, Vec<String>) {
        self.stop.store(true, Relaxed);
        let faults = self.running.await.unwrap();
        (self.answered.load(Relaxed), faults)
    }
}

/// Fault O06: a new process takes over the sockets, and the old one drains, under 1,000 new connections a second: none is refused or reset, and each answer is whole.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upgrade_with_sockets_that_were_passed_on_refuses_nobody() {
    many_descriptors();
    let upstream = Held::start().await;
    let (llm, admin) = (held(free_port()), held(0));
    let (at, to) = (
        admin.local_addr().unwrap().to_string(),
        llm.local_addr().unwrap(),
    );
    let manifests = Call::manifests(upstream.raw.port());
    let configured = Configured::new(manifests.ports(free_port(), free_port(), to.port()));
    let mut arguments = configured.arguments(&at);
    arguments.extend(["--listener", "llm", "--drain-delay", DELAY]);
    let start = || Process::start_with_sockets([&llm, &admin], &arguments);

    let mut old = start().await;
    let (begun, load) = (Instant::now(), Load::on(to));
    load.goes_on_for(1000).await;
    let (status, said) = Process::run(&arguments).await;
    assert_eq!(status, Some(2), "{said}");
    assert!(said.contains("listener llm: "), "who binds it anew: {said}");
    let new = start().await;
    load.goes_on_for(500).await;
    old.terminate().await;
    eventually("the drain", || old.log().contains("draining")).await;
    load.goes_on_for(100).await;
    for _ in 0..20 {
        let ready = get(&format!("http://{at}/readyz")).await;
        assert_eq!(ready.status(), 200, "the new one is asked alone");
    }
    assert_eq!(old.ended().await, Some(0), "{}", old.log());
    assert!(!old.log().contains("were cut"), "{}", old.log());
    load.goes_on_for(1000).await;
    let (asked, faults) = load.ends().await;
    let took = begun.elapsed();
    assert!(
        faults.is_empty(),
        "{} of {asked}: {:?}",
        faults.len(),
        faults.first()
    );
    let least = took.as_secs() * LEAST_PER_SECOND;
    assert!(asked >= least, "{asked} connections in {took:?}");
    for process in [old.said(), new.said(), &new.log()] {
        assert!(!process.contains("no listener uses"), "{process}");
    }
    assert_eq!(new.stop().await, Some(0));
}

/// What is passed on, and no listener asks for, is told once; who connects to it waits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_that_nobody_uses_is_told_once() {
    let (llm, other) = (held(0), held(0));
    let port = llm.local_addr().unwrap().port().to_string();
    let arguments = [
        "--listener",
        "llm",
        "--llm-port",
        &port,
        "--admin",
        "127.0.0.1:0",
    ];
    let gateway = Process::start_with_sockets([&llm, &other], &arguments).await;
    let said = gateway.said();
    assert_eq!(said.matches("no listener uses").count(), 1, "{said}");
    let at = other.local_addr().unwrap().to_string();
    assert!(said.contains(&at), "{said}");
    assert_eq!(gateway.stop().await, Some(0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_passed_sockets_is_told_at_the_start() {
    let arguments = ["--llm-port", "0", "--admin", "127.0.0.1:0"];
    for (script, words) in [
        (
            "LISTEN_FDS=two",
            "LISTEN_FDS is `two`, and not the number of sockets",
        ),
        (
            "LISTEN_FDS=1 LISTEN_PID=me",
            "LISTEN_PID is `me`, and not the process",
        ),
        (
            "LISTEN_FDS=1",
            "socket 1 of LISTEN_FDS=1 is none: from descriptor 3 on",
        ),
    ] {
        let script = format!("export {script} && exec 3</dev/null \"$0\" \"$@\"");
        let (status, said) = Process::run_by(&script, &arguments).await;
        assert_eq!(status, Some(2), "{said}");
        assert!(said.contains(words), "{said}");
    }
    // For another process: as if there were none.
    let script = "export LISTEN_FDS=1 LISTEN_PID=1 && exec 3</dev/null \"$0\" \"$@\"";
    let ports = ["--a2a-port", "0", "--mcp-port", "0"];
    let gateway = Process::start_by(script, &[&arguments[..], &ports].concat()).await;
    assert_eq!(gateway.stop().await, Some(0));
}
