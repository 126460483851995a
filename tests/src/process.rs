use std::{
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    task::JoinHandle,
    time::timeout,
};

use crate::Manifests;

/// How long the gateway may take to start and to end.
const LIMIT: Duration = Duration::from_secs(30);

/// The `agentgateway` command in a process of its own. It is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: Option<Lines<BufReader<ChildStderr>>>,
    said: String,
    log: Arc<Mutex<String>>,
    reading: Option<JoinHandle<()>>,
}

/// The most that is kept of what it says while it serves, in bytes.
const LOG_BYTES: usize = 64 * 1024;

impl Process {
    /// Starts the command and waits until it says where it listens.
    pub async fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(binary());
        command.args(arguments).envs(environment.iter().copied());
        Self::spawn(&mut command).ready().await
    }

    /// Starts the command with so many descriptors at most.
    pub async fn start_with_files(files: usize, arguments: &[&str]) -> Self {
        let script = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        Self::start_by(&script, arguments).await
    }

    /// Starts the command by a script, which ends in `exec "$0" "$@"`.
    pub async fn start_by(script: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new("bash");
        command.args(["-c", script]).arg(binary()).args(arguments);
        Self::spawn(&mut command).ready().await
    }

    /// Starts the command with two sockets passed on, as systemd does it.
    ///
    /// # Panics
    /// When a descriptor cannot be had, or the command does not start.
    pub async fn start_with_sockets(sockets: [&TcpListener; 2], arguments: &[&str]) -> Self {
        let script = "exec 3<&0 4<&1 0</dev/null 1>/dev/null && export LISTEN_FDS=2 LISTEN_PID=$$ && \
                      exec \"$0\" \"$@\"";
        let [first, second] = sockets.map(|socket| OwnedFd::from(socket.try_clone().expect("one")));
        let mut command = Command::new("bash");
        command.args(["-c", script]).arg(binary()).args(arguments);
        let command = command.env_remove("RUST_LOG").stdin(first).stdout(second);
        Self::over(command.stderr(Stdio::piped())).ready().await
    }

    /// Starts the command with these in the place of standard output and standard error. Nobody
    /// reads what it says: ask its admin listener whether it serves.
    #[must_use]
    pub fn launch_onto(out: impl Into<Stdio>, error: impl Into<Stdio>, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary());
        command.args(arguments).env_remove("RUST_LOG");
        let command = command.stdin(Stdio::null()).stdout(out).stderr(error);
        Self::over(command)
    }

    /// Starts the command and does not wait until it is ready.
    #[must_use]
    pub fn launch(arguments: &[&str]) -> Self {
        let mut process = Self::spawn(Command::new(binary()).args(arguments));
        let lines = process.lines.take().expect("just spawned");
        process.read(lines);
        process
    }

    async fn ready(self) -> Self {
        let mut process = self;
        let mut lines = process.lines.take().expect("not ready before");
        let ready = timeout(LIMIT, async {
            while let Ok(Some(line)) = lines.next_line().await {
                process.said.push_str(&line);
                process.said.push('\n');
                if line.starts_with("  spans ") {
                    return true;
                }
            }
            false
        });
        let ready = ready.await.expect("the gateway starts in time");
        assert!(ready, "the gateway ended:\n{}", process.said);
        process.read(lines);
        process
    }

    /// A pipe that nobody reads would stop it in the end.
    fn read(&mut self, mut lines: Lines<BufReader<ChildStderr>>) {
        let log = self.log.clone();
        self.reading = Some(tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let mut log = log.lock().expect("no panic");
                if log.len() < LOG_BYTES {
                    log.push_str(&line);
                    log.push('\n');
                }
            }
        }));
    }

    /// Runs the command to its end; gives its status and what it said on standard error.
    pub async fn run(arguments: &[&str]) -> (Option<i32>, String) {
        Self::spawn(Command::new(binary()).args(arguments))
            .whole()
            .await
    }

    /// The same by a script, which ends in `exec "$0" "$@"`.
    pub async fn run_by(script: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new("bash");
        command.args(["-c", script]).arg(binary()).args(arguments);
        Self::spawn(&mut command).whole().await
    }

    async fn whole(self) -> (Option<i32>, String) {
        let mut process = self;
        let status = timeout(LIMIT, process.child.wait())
            .await
            .expect("it ends in time");
        let mut said = String::new();
        let lines = process.lines.take().expect("not read before");
        lines
            .into_inner()
            .read_to_string(&mut said)
            .await
            .expect("text");
        (status.expect("a status").code(), said)
    }

    /// Runs the command to its end within a folder; gives its status and what it said on standard
    /// output and on standard error.
    pub async fn output(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
        let mut command = Command::new(binary());
        let command = command.current_dir(folder).args(arguments);
        let ended = command
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let ended = timeout(LIMIT, ended).await.expect("it ends in time");
        let ended = ended.expect("the gateway's binary runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (ended.status.code(), text(ended.stdout), text(ended.stderr))
    }

    fn spawn(command: &mut Command) -> Self {
        let command = command.env_remove("RUST_LOG").stdin(Stdio::null());
        Self::over(command.stdout(Stdio::null()).stderr(Stdio::piped()))
    }

    fn over(command: &mut Command) -> Self {
        let spawned = command.kill_on_drop(true).spawn();
        let mut child = spawned.expect("the gateway's binary runs");
        let lines = child.stderr.take().map(|said| BufReader::new(said).lines());
        Self {
            child,
            lines,
            said: String::new(),
            log: Arc::default(),
            reading: None,
        }
    }

    /// `http://host:port` of a listener, as the gateway says it.
    #[must_use]
    pub fn url(&self, listener: &str) -> String {
        let line = self
            .said
            .lines()
            .find(|line| line.trim_start().starts_with(listener));
        let url = line.and_then(|line| line.split_whitespace().nth(1));
        url.unwrap_or_else(|| panic!("no listener {listener} in:\n{}", self.said))
            .to_owned()
    }

    /// The address of a listener, as the gateway says it.
    #[must_use]
    pub fn addr(&self, listener: &str) -> SocketAddr {
        let url = self.url(listener);
        let addr = url
            .strip_prefix("http://")
            .or_else(|| url.strip_prefix("https://"))
            .and_then(|addr| addr.parse().ok());
        addr.unwrap_or_else(|| panic!("{url} is no address"))
    }

    /// Its process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// How many descriptors it holds.
    #[must_use]
    pub fn files(&self) -> usize {
        let folder = format!("/proc/{}/fd", self.id());
        std::fs::read_dir(folder).expect("it runs").count()
    }

    /// The processor's time that it has taken.
    #[must_use]
    pub fn worked(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.id())).expect("it runs");
        // Behind the name, which may hold spaces; in hundredths of a second.
        let fields = stat.rsplit(") ").next().unwrap_or_default();
        let times = fields.split(' ').skip(11).take(2);
        let ticks: u64 = times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 10)
    }

    /// Whether it hears SIGTERM by itself.
    #[must_use]
    pub fn hears_terminate(&self) -> bool {
        let path = format!("/proc/{}/status", self.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        // SIGTERM is 15, and the mask begins with 1.
        caught.is_some_and(|mask| mask & (1 << 14) != 0)
    }

    /// The memory that it has in use, in bytes.
    #[must_use]
    pub fn memory(&self) -> usize {
        let path = format!("/proc/{}/status", self.id());
        let status = std::fs::read_to_string(path).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        kilobytes
            .and_then(|count| count.parse::<usize>().ok())
            .expect("a number")
            * 1024
    }

    /// What it said when it started.
    #[must_use]
    pub fn said(&self) -> &str {
        &self.said
    }

    /// The beginning of what it said since.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.lock().expect("no panic").clone()
    }

    /// Sends SIGTERM.
    pub async fn terminate(&self) {
        self.signal("-TERM").await;
    }

    /// Sends SIGHUP.
    pub async fn hang_up(&self) {
        self.signal("-HUP").await;
    }

    /// Sends SIGSTOP: it stands still, and knows nothing of it.
    pub async fn suspend(&self) {
        self.signal("-STOP").await;
    }

    /// Sends SIGCONT.
    pub async fn resume(&self) {
        self.signal("-CONT").await;
    }

    /// Sends a signal, by its name as in `-USR1`.
    pub async fn signal(&self, name: &str) {
        let id = self.id().to_string();
        let kill = Command::new("kill").args([name, &id]).status().await;
        assert!(kill.expect("kill runs").success());
    }

    /// Sends SIGTERM and waits for the end.
    pub async fn stop(mut self) -> Option<i32> {
        self.terminate().await;
        self.ended().await
    }

    /// Waits for the end, and for the last that it said; gives the status.
    pub async fn ended(&mut self) -> Option<i32> {
        let status = timeout(LIMIT, self.child.wait())
            .await
            .expect("it drains in time")
            .expect("a status");
        if let Some(reading) = self.reading.take() {
            let read = timeout(LIMIT, reading).await;
            read.expect("the pipe closes in time").expect("no panic");
        }
        status.code()
    }
}

/// Manifests in a folder of their own, and the arguments that serve them on loopback.
#[derive(Debug)]
pub struct Configured {
    folder: tempfile::TempDir,
}

impl Configured {
    /// Writes the manifests, with ports that nobody listens on.
    #[must_use]
    pub fn new(manifests: Manifests) -> Self {
        let manifests = manifests.ports(free_port(), free_port(), free_port());
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("gateway.yaml"), manifests.text()).expect("a file");
        Self { folder }
    }

    /// Writes one more file beside them.
    pub fn add(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join(name), text).expect("a file");
    }

    /// Starts the command with them, and with more arguments.
    pub async fn start(&self, more: &[&str]) -> Process {
        let mut arguments = self.arguments("127.0.0.1:0");
        arguments.extend(more);
        Process::start(&arguments, &[]).await
    }

    /// The arguments that serve them on loopback, with the admin listener there.
    #[must_use]
    pub fn arguments<'a>(&'a self, admin: &'a str) -> Vec<&'a str> {
        let config = self.folder.path().to_str().expect("a path in UTF-8");
        vec!["--config", config, "--bind", "127.0.0.1", "--admin", admin]
    }
}

/// The built command, beside the test's own binary.
fn binary() -> PathBuf {
    let own = std::env::current_exe().expect("a path");
    let profile = own
        .parent()
        .and_then(Path::parent)
        .expect("target/<profile>/deps");
    let binary = profile.join("agentgateway");
    assert!(
        binary.exists(),
        "{} is missing: build the workspace first",
        binary.display()
    );
    binary
}

/// A port that nobody listens on at the moment, and that nobody is given by chance before it is used.
///
/// Ports that the system gives out by itself, to listeners on port 0 and to clients, would go to
/// somebody else now and then. These lie below all of them, and each is given out once.
///
/// # Panics
///
/// When every port in the range is taken.
#[must_use]
pub fn free_port() -> u16 {
    const FIRST: u32 = 12_000;
    const COUNT: u32 = 20_000;
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    // Two runs at once begin at different places.
    let start = std::process::id().wrapping_mul(331);
    (0..COUNT)
        .map(|_| start.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT + FIRST)
        .map(|port| u16::try_from(port).expect("below 32,000"))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port that is free")
}
