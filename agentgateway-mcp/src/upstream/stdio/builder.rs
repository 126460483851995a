use std::{
    ffi::{OsStr, OsString},
    path::PathBuf,
    time::Duration,
};

use super::{
    command::{CommandLine, InvalidCommand},
    server::StdioServer,
};
use crate::upstream::pipe::PoolLimits;

/// What is started and how it is kept; see [`StdioServer::builder`].
#[derive(Clone, Debug)]
pub struct StdioBuilder {
    pub(super) command: CommandLine,
    pub(super) limits: PoolLimits,
    pub(super) grace: Duration,
}

impl StdioBuilder {
    pub(super) fn new(program: PathBuf) -> Self {
        Self {
            command: CommandLine {
                program,
                args: Vec::new(),
                env: Vec::new(),
                dir: None,
            },
            limits: PoolLimits::default(),
            grace: Duration::from_secs(2),
        }
    }

    /// Adds an argument. It is given as it is: no shell reads it.
    #[must_use]
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.command.args.push(arg.into());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the environment. Default: the environment is empty.
    ///
    /// This is the place for secrets: others can see the arguments of a process.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        let name = name.into();
        self.command.env.retain(|(other, _)| *other != name);
        self.command.env.push((name, value.into()));
        self
    }

    /// Gives it this variable of our own environment, with the value that it has now; none where it is not
    /// set. Default: nothing is inherited.
    #[must_use]
    pub fn inherit_env(self, name: impl AsRef<OsStr>) -> Self {
        match std::env::var_os(&name) {
            Some(value) => self.env(name.as_ref(), value),
            None => self,
        }
    }

    /// Sets the working directory, an absolute path. Default: our own.
    #[must_use]
    pub fn current_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.command.dir = Some(dir.into());
        self
    }

    /// One process for all callers and sessions. Default: each has its own.
    ///
    /// For servers that keep no state, hold no one's secrets, and ask their clients for nothing: the first
    /// `initialize` speaks for all, and what cannot be told apart reaches nobody while several clients wait.
    #[must_use]
    pub const fn shared(mut self) -> Self {
        self.limits.shared = true;
        self
    }

    /// How many processes run. Default: 32.
    ///
    /// At the limit the one that was idle longest makes room; where none is idle, a request that needs one
    /// more fails as `Overloaded`. Those that are ending do not count until they are as many again.
    #[must_use]
    pub const fn max_processes(mut self, count: usize) -> Self {
        self.limits.max_pipes = count;
        self
    }

    /// How many requests run at one process, those included that up to 2025-11-25 were left by their
    /// clients. Default: 64. One more fails as `Overloaded`.
    ///
    /// The answer of each is kept until it is read, so a process costs at most so many times the
    /// [longest line](Self::max_line_bytes).
    #[must_use]
    pub const fn max_running(mut self, count: usize) -> Self {
        self.limits.pipe.max_running = count;
        self
    }

    /// How many requests may stay unanswered whose clients have left. Default: 32. With one more, the
    /// process is taken to hang, and ended.
    #[must_use]
    pub const fn max_abandoned(mut self, count: usize) -> Self {
        self.limits.pipe.max_abandoned = count;
        self
    }

    /// The longest line that a process may write, in bytes. Default: 16 MiB. A longer one ends it.
    #[must_use]
    pub const fn max_line_bytes(mut self, bytes: usize) -> Self {
        self.limits.pipe.max_message_bytes = bytes;
        self
    }

    /// How many notifications wait for a client that does not read. Default: 64.
    ///
    /// Then nothing more is read from the process for a [moment](Self::patience), and then they are dropped;
    /// a GET stream is ended.
    #[must_use]
    pub const fn max_waiting(mut self, messages: usize) -> Self {
        self.limits.pipe.max_waiting = messages;
        self
    }

    /// How many bytes of notifications wait for all clients of a process. Default: 16 MiB. At the limit it
    /// is as with [`max_waiting`](Self::max_waiting).
    #[must_use]
    pub const fn max_waiting_bytes(mut self, bytes: usize) -> Self {
        self.limits.pipe.max_waiting_bytes = bytes;
        self
    }

    /// How long a slow client may keep the process from being read. Default: 1 s.
    #[must_use]
    pub const fn patience(mut self, wait: Duration) -> Self {
        self.limits.pipe.patience = wait;
        self
    }

    /// How long a process is kept that nobody uses. Default: 5 min.
    #[must_use]
    pub const fn idle_timeout(mut self, time: Duration) -> Self {
        self.limits.pipe.idle_timeout = time;
        self
    }

    /// How long a caller waits whose process has ended by itself, before another one is started for it.
    /// Default: 250 ms, doubled with each such end in a row, up to 60 s.
    ///
    /// Until then its requests fail as `Unavailable`, with `Retry-After`. A process that has lived for
    /// `most` was well, and its end is the first of a row.
    #[must_use]
    pub const fn backoff(mut self, first: Duration, most: Duration) -> Self {
        self.limits.backoff = first;
        self.limits.max_backoff = most;
        self
    }

    /// How long a process may take to end once its input is closed, and again once it was sent SIGTERM.
    /// Default: 2 s.
    #[must_use]
    pub const fn grace(mut self, time: Duration) -> Self {
        self.grace = time;
        self
    }

    /// The server. Nothing is started yet.
    ///
    /// # Errors
    /// The program or the working directory is no absolute path, or a name or value is none that a process
    /// can be given. Whether the program is there is seen when it is started.
    pub fn build(self) -> Result<StdioServer, InvalidCommand> {
        self.command.judge()?;
        Ok(StdioServer::new(self))
    }
}
