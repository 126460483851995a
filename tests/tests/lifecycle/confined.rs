//! A container that is given little memory and half a processor.

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use agentgateway_tests::{
    Configured, Process, get,
    raw::{RawAnswer, RawClient},
    traffic::{Call, Verdict},
};
use tokio::{
    task::JoinSet,
    time::{sleep, timeout},
};

use super::held::Held;

const MEMORY: usize = 128 << 20;
const CLIENTS: u64 = 50;
const CALLS: u64 = 4;

/// Control groups of one name, which go with this.
struct Confined(Vec<PathBuf>);

impl Confined {
    /// `None`, and why, where this machine lets nobody make them.
    fn new(name: &str) -> Option<Self> {
        let made = Self::made(name);
        if let Err(error) = &made {
            eprintln!("skipped: no control groups here: {error}");
        }
        made.ok()
    }

    fn made(name: &str) -> io::Result<Self> {
        let name = format!("agentgateway-test-{name}-{}", std::process::id());
        let root = Path::new("/sys/fs/cgroup");
        let memory = MEMORY.to_string();
        let limits: Vec<(PathBuf, &str, &str)> = if root.join("cgroup.controllers").exists() {
            let own = root.join(name);
            vec![
                (own.clone(), "memory.max", &memory),
                (own, "cpu.max", "50000 100000"),
            ]
        } else {
            let (own, cpu) = (
                root.join("memory").join(&name),
                root.join("cpu").join(&name),
            );
            vec![
                (own, "memory.limit_in_bytes", &memory),
                (cpu.clone(), "cpu.cfs_period_us", "100000"),
                (cpu, "cpu.cfs_quota_us", "50000"),
            ]
        };
        let mut confined = Self(Vec::new());
        for (folder, file, value) in limits {
            if !confined.0.contains(&folder) {
                fs::create_dir(&folder)?;
                confined.0.push(folder.clone());
            }
            fs::write(folder.join(file), value)?;
        }
        Ok(confined)
    }

    /// Starts the command within.
    fn script(&self) -> String {
        let enter = self.0.iter();
        let enter = enter.map(|own| format!("echo $$ > '{}/cgroup.procs' && ", own.display()));
        enter.collect::<String>() + "exec \"$0\" \"$@\""
    }
}

impl Drop for Confined {
    fn drop(&mut self) {
        for own in &self.0 {
            let _ = fs::remove_dir(own);
        }
    }
}

/// How many threads serve requests.
async fn serving(script: &str) -> usize {
    // Without a configuration nothing is read aside, on threads of the same name.
    let ports = ["--a2a-port", "0", "--mcp-port", "0", "--llm-port", "0"];
    let arguments = [&ports[..], &["--admin", "127.0.0.1:0"]].concat();
    let gateway = Process::start_by(script, &arguments).await;
    let tasks = fs::read_dir(format!("/proc/{}/task", gateway.id())).unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("comm")).ok());
    let count = names
        .filter(|name| name.trim() == "tokio-rt-worker")
        .count();
    assert_eq!(gateway.stop().await, Some(0));
    count
}

/// A gateway within, before an upstream that holds nothing.
async fn start(confined: &Confined) -> (Process, (Held, Configured)) {
    let upstream = Held::start().await;
    upstream.let_go(u64::MAX);
    let configured = Configured::new(Call::manifests(upstream.raw.port()));
    let mut arguments = configured.arguments("127.0.0.1:0");
    arguments.extend(["--drain-delay", "0"]);
    let gateway = Process::start_by(&confined.script(), &arguments).await;
    (gateway, (upstream, configured))
}

/// Fault O18: within 128 MiB and half a processor it starts with one thread that serves, and serves a load whole within its memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_of_little_is_enough() {
    let Some(confined) = Confined::new("little") else {
        return;
    };
    assert_eq!(serving(&confined.script()).await, 1);
    let (gateway, _scene) = start(&confined).await;
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let call = Call::ALL[(number % 7) as usize];
        let addr = gateway.addr(call.listener());
        clients.spawn(async move {
            let mut client = RawClient::connect(addr).await;
            for number in number * CALLS..(number + 1) * CALLS {
                client.send(call.request(number)).await;
                let verdict = call.judge(number, client.answer().await.as_ref());
                assert_eq!(verdict, Verdict::Whole, "{call:?} {number}");
            }
        });
    }
    clients.join_all().await;
    assert!(gateway.memory() < MEMORY);
    assert_eq!(gateway.stop().await, Some(0), "nobody has killed it");
    drop(confined);
}

/// A chat of which so much is uploaded, and twice as much announced.
async fn unfinished(addr: SocketAddr, bytes: usize) -> RawClient {
    let mut client = RawClient::connect(addr).await;
    let head = "POST /openai/v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: \
                application/json\r\n";
    client
        .send(format!("{head}content-length: {}\r\n\r\n", 2 * bytes))
        .await;
    client.send("x".repeat(bytes)).await;
    client
}

/// For want of memory: before its body is read, or while it is.
fn assert_refused(answer: &RawAnswer, form: &str) {
    let is_later = answer.values("retry-after") == ["1"];
    let is_told = answer.text().starts_with(form);
    assert!(answer.status == 503 && is_later && is_told, "{answer:?}");
}

/// How many calls, one of each kind, are answered; the others are refused, in the form of their listener.
async fn answered(gateway: &Process) -> usize {
    let mut whole = 0;
    for call in Call::ALL {
        let mut client = RawClient::connect(gateway.addr(call.listener())).await;
        client.send(call.request(1)).await;
        let answer = client.answer().await.unwrap();
        if call.judge(1, Some(&answer)) == Verdict::Whole {
            whole += 1;
            continue;
        }
        let form = match call.listener() {
            "llm" => r#"{"error":{"#,
            _ => r#"{"jsonrpc":"2.0","#,
        };
        assert_refused(&answer, form);
    }
    whole
}

async fn serves_again(gateway: &Process) {
    let recovers = async {
        while answered(gateway).await < Call::ALL.len() {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let recovered = timeout(Duration::from_secs(20), recovers).await;
    assert!(recovered.is_ok(), "it serves again");
}

/// Fault O18: uploads that would fill its memory are held until little is left, then calls are refused in the form of their protocol; of many at once those fail that there is no room for; nobody kills it, and it serves again when they have gone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_that_is_full_sheds_and_recovers() {
    const HELD: usize = 4 << 20;
    const AT_ONCE: usize = 16 << 20;
    let Some(confined) = Confined::new("full") else {
        return;
    };
    let (gateway, _scene) = start(&confined).await;
    let addr = gateway.addr("llm");

    let mut held = Vec::new();
    while answered(&gateway).await > 0 {
        assert!(held.len() < MEMORY / HELD, "it holds more than there is");
        held.push(unfinished(addr, HELD).await);
    }
    assert!(held.len() > 4, "{}", held.len());
    let live = get(&format!("{}/livez", gateway.url("admin"))).await;
    assert_eq!(live.status(), 200);
    drop(held);
    serves_again(&gateway).await;

    let mut crowd = JoinSet::new();
    for _ in 0..2 * MEMORY / AT_ONCE {
        crowd.spawn(async move {
            let mut client = unfinished(addr, AT_ONCE).await;
            let answer = timeout(Duration::from_secs(2), client.patient_answer()).await;
            (client, answer)
        });
    }
    let crowd = crowd.join_all().await;
    let said: Vec<_> = crowd
        .iter()
        .filter_map(|(_, said)| said.as_ref().ok())
        .collect();
    assert!(!said.is_empty(), "there is no room for all");
    for answer in said {
        assert_refused(answer.as_ref().unwrap(), r#"{"error":{"#);
    }
    drop(crowd);
    serves_again(&gateway).await;
    assert_eq!(gateway.stop().await, Some(0), "nobody has killed it");
    drop(confined);
}
