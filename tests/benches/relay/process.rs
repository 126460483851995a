//! Child processes, and what they say.

use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddrV4},
    process::Stdio,
    str::FromStr,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// Where everybody listens: a port of the system's choice.
pub(crate) const LOOPBACK: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0);

/// How long a child may take for one line.
const PATIENCE: Duration = Duration::from_secs(120);

/// Says, in a child, which process is to be measured and where it listens.
pub(crate) fn ready(pid: u32, ports: &[u16]) -> Result<()> {
    let ports: Vec<_> = ports.iter().map(u16::to_string).collect();
    println!("READY {pid} {}", ports.join(" "));
    Ok(std::io::stdout().flush()?)
}

/// A child. It ends when this is dropped, since its input closes.
pub(crate) struct Process {
    /// None when nobody listens any more.
    lines: Option<Lines<BufReader<ChildStdout>>>,
    stdin: ChildStdin,
    child: Child,
}

/// A child that listens.
pub(crate) struct Server {
    pub(crate) process: Process,
    /// The process to measure.
    pub(crate) pid: u32,
    pub(crate) ports: Vec<u16>,
}

impl Process {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("this program cannot be started again")?;
        let stdin = child.stdin.take().context("piped")?;
        let stdout = child.stdout.take().context("piped")?;
        Ok(Self {
            lines: Some(BufReader::new(stdout).lines()),
            stdin,
            child,
        })
    }

    /// Asks for a line.
    pub(crate) async fn ask(&mut self) -> Result<()> {
        self.stdin.write_all(b"\n").await?;
        Ok(self.stdin.flush().await?)
    }

    /// Reads on, and listens no more: what a target logs is to find a reader.
    pub(crate) fn hush(&mut self) {
        if let Some(lines) = self.lines.take() {
            tokio::spawn(async move {
                tokio::io::copy(&mut lines.into_inner(), &mut tokio::io::sink()).await
            });
        }
    }

    /// Ends it, and waits until it has: what it does meanwhile would count for others.
    pub(crate) async fn end(mut self) -> Result<()> {
        drop(self.stdin);
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.context("a child does not end")??;
        Ok(())
    }

    /// The values of the next line, which begins with this word.
    pub(crate) async fn said<T: FromStr>(&mut self, word: &str) -> Result<Vec<T>> {
        let lines = self
            .lines
            .as_mut()
            .context("nobody listens to this child")?;
        let line = timeout(PATIENCE, lines.next_line())
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

impl Server {
    /// Starts a child and waits until it listens.
    pub(crate) async fn start(command: Command) -> Result<Self> {
        let mut process = Process::start(command)?;
        let said: Vec<u32> = process.said("READY").await?;
        let (pid, ports) = said.split_first().context("a process and its ports")?;
        let ports = ports.iter().map(|port| Ok(u16::try_from(*port)?));
        Ok(Self {
            process,
            pid: *pid,
            ports: ports.collect::<Result<_>>()?,
        })
    }

    /// The port of this place among those that it said.
    pub(crate) fn port(&self, place: usize) -> Result<u16> {
        self.ports.get(place).copied().context("a port is missing")
    }
}
