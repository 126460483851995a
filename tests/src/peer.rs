use std::{ffi::OsStr, path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

/// How long a peer may take until it listens.
const START: Duration = Duration::from_secs(60);

/// A server in a process of its own. It ends when this is dropped, since its input closes.
#[derive(Debug)]
pub struct Peer {
    port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _stdin: ChildStdin,
    _child: Child,
}

impl Peer {
    /// Starts a script of `tests/peers` with Node.js.
    pub async fn node(script: &str, arguments: &[&str]) -> Self {
        Self::start(Path::new("node"), script, arguments)
            .await
            .expect("the peer starts")
    }

    /// Starts a script of `tests/peers` with an environment's Python.
    pub async fn python(environment: &str, script: &str, arguments: &[&str]) -> Self {
        let python = crate::python(environment);
        Self::start(&python, script, arguments)
            .await
            .expect("the peer starts")
    }

    /// Starts a shell script of `tests/peers`; `None` when it says that this system cannot run it.
    pub async fn shell(script: &str) -> Option<Self> {
        Self::start(Path::new("bash"), script, &[]).await
    }

    async fn start(program: &Path, script: &str, arguments: &[&str]) -> Option<Self> {
        let script = crate::here().join("peers").join(script);
        let mut child = Command::new(program)
            .arg(&script)
            .args(arguments.iter().map(OsStr::new))
            .current_dir(crate::here())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot run: {error}", program.display()));
        let stdin = child.stdin.take().expect("piped");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let port = timeout(START, async {
            while let Some(line) = lines.next_line().await.expect("the peer's output is text") {
                if let Some(port) = line.strip_prefix("READY ") {
                    return Some(port.trim().parse().expect("READY names a port"));
                }
            }
            None
        });
        match port.await.expect("the peer is ready in time") {
            Some(port) => Some(Self {
                port,
                lines,
                _stdin: stdin,
                _child: child,
            }),
            None => {
                let status = child.wait().await.expect("the peer has ended");
                assert_eq!(status.code(), Some(69), "{} ended early", script.display());
                None
            }
        }
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Reads what it prints, up to a line that holds `text`, for at most this long.
    ///
    /// # Errors
    /// What it printed, when no such line came.
    pub async fn read_until(&mut self, text: &str, limit: Duration) -> Result<String, String> {
        let mut seen = String::new();
        let found = timeout(limit, async {
            while let Ok(Some(line)) = self.lines.next_line().await {
                seen.push_str(&line);
                seen.push('\n');
                if line.contains(text) {
                    return true;
                }
            }
            false
        });
        match found.await {
            Ok(true) => Ok(seen),
            _ => Err(seen),
        }
    }
}
