//! A container that is given little memory and half a processor.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use agentgateway_tests::{
    Configured, Process,
    raw::RawClient,
    traffic::{Call, Verdict},
};
use tokio::task::JoinSet;

use super::held::Held;

const MEMORY: usize = 128 << 20;
const CLIENTS: u64 = 50;
const CALLS: u64 = 4;

/// Control groups of one name, which go with this.
struct Confined(Vec<PathBuf>);

impl Confined {
    /// `None`, and why, where this machine lets nobody make them.
    fn new() -> Option<Self> {
        let made = Self::made();
        if let Err(error) = &made {
            eprintln!("skipped: no control groups here: {error}");
        }
        made.ok()
    }

    fn made() -> io::Result<Self> {
        let name = format!("agentgateway-test-{}", std::process::id());
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

/// Fault O18 (part): within 128 MiB and half a processor it starts with one thread that serves, and serves a load whole within its memory.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_container_of_little_is_enough() {
    let Some(confined) = Confined::new() else {
        return;
    };
    assert_eq!(serving(&confined.script()).await, 1);
    let upstream = Held::start().await;
    upstream.let_go(u64::MAX);
    let configured = Configured::new(Call::manifests(upstream.raw.port()));
    let mut arguments = configured.arguments("127.0.0.1:0");
    arguments.extend(["--drain-delay", "0"]);
    let gateway = Process::start_by(&confined.script(), &arguments).await;
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
