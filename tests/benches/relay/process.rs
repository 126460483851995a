//! Child processes, and what the system says of them.

use std::{
    env, fs,
    io::Write as _,
    net::{Ipv4Addr, SocketAddrV4},
    process::Stdio,
    str::FromStr,
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::{ROLE, target::Target};

/// Where everybody listens: a port of the system's choice.
pub(crate) const LOOPBACK: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);

/// How long a child may take for one line.
const PATIENCE: Duration = Duration::from_secs(60);
/// Clock ticks of `/proc` in a second: a constant of the system's interface.
const TICKS_PER_SECOND: u64 = 100;

/// Says, in a child, that these ports are listened on.
pub(crate) fn ready(ports: &[u16]) -> Result<()> {
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    println!("READY {}", ports.join(" "));
    Ok(std::io::stdout().flush()?)
}

/// Which core a child runs on, where that can be chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pinned: bool,
}

impl Cores {
    /// Two cores and `taskset`, or none.
    pub(crate) fn find() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let works = |core| {
            let mut command = std::process::Command::new("taskset");
            command.args(["-c", core, "true"]).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        Self {
            pinned: cores >= 2 && works("0") && works("1"),
        }
    }

    pub(crate) const fn are_pinned(self) -> bool {
        self.pinned
    }

    pub(crate) fn mock(self) -> Result<Process> {
        Process::start(self.command("1", &["mock"])?)
    }

    pub(crate) fn target(self, target: Target, upstream: u16) -> Result<Process> {
        Process::start(self.command("0", &["target", target.name(), &upstream.to_string()])?)
    }

    pub(crate) fn load(self, args: &[&str]) -> Result<Process> {
        Process::start(self.command("1", &[&["load"], args].concat())?)
    }

    fn command(self, core: &str, args: &[&str]) -> Result<Command> {
        let own = env::current_exe().context("the path of this program")?;
        let mut command = if self.pinned {
            let mut command = Command::new("taskset");
            command.args(["-c", core]).arg(own);
            command
        } else {
            Command::new(own)
        };
        command.arg(ROLE).args(args);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        Ok(command)
    }
}

/// A child. It ends when this is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    _stdin: ChildStdin,
}

impl Process {
    fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("this program cannot be started again")?;
        let stdin = child.stdin.take().context("piped")?;
        let stdout = child.stdout.take().context("piped")?;
        Ok(Self {
            child,
            lines: BufReader::new(stdout).lines(),
            _stdin: stdin,
        })
    }

    pub(crate) fn pid(&self) -> Result<u32> {
        self.child.id().context("the child has ended")
    }

    /// The ports that it listens on.
    pub(crate) async fn ports(&mut self) -> Result<Vec<u16>> {
        self.said("READY").await
    }

    /// The values of the next line, which begins with this word.
    pub(crate) async fn said<T: FromStr>(&mut self, word: &str) -> Result<Vec<T>> {
        let line = timeout(PATIENCE, self.lines.next_line())
            .await
            .with_context(|| format!("no {word} within {PATIENCE:?}"))??;
        let Some(line) = line else {
            bail!("a child ended without {word}; what it says stands above");
        };
        let values = line.strip_prefix(word).map(str::split_whitespace);
        let parsed: Option<Vec<T>> =
            values.and_then(|values| values.map(|value| value.parse().ok()).collect());
        parsed.with_context(|| format!("`{line}` is not {word} with values"))
    }
}

/// The CPU that a process has used, user and system, all of its threads.
///
/// # Source
/// proc_pid_stat(5), fields 14 (utime) and 15 (stime).
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the target is gone")?;
    // The name stands in brackets, and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("a name in brackets")?;
    let ticks: Vec<u64> = fields
        .split_whitespace()
        .skip(11)
        .take(2)
        .map(|field| field.parse().context("a number of ticks"))
        .collect::<Result<_>>()?;
    ensure!(ticks.len() == 2, "utime and stime");
    let millis = ticks.iter().sum::<u64>() * 1000 / TICKS_PER_SECOND;
    Ok(Duration::from_millis(millis))
}

/// The memory of a process that is in RAM, in KiB.
///
/// # Source
/// proc_pid_status(5), `VmRSS`.
pub(crate) fn resident_kib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the target is gone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.context("VmRSS")?.parse()?)
}
