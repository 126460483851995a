use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use agentgateway_core::{Error, ErrorKind, error::Origin};
use http::Extensions;

use super::{
    builder::StdioBuilder, command::CommandLine, drive::Process, group::Group, said::Said,
};
use crate::upstream::{
    McpServer,
    pipe::{Connect, Driving, Outbox, Pipe, PipeCounts, Pool},
};

/// A command whose processes are servers. See the [module](super).
///
/// A clone costs a reference count, and is another handle to the same processes.
#[derive(Clone)]
pub struct StdioServer {
    pool: Arc<Pool>,
}

impl StdioServer {
    /// Begins with the absolute path of a program.
    pub fn builder(program: impl Into<PathBuf>) -> StdioBuilder {
        StdioBuilder::new(program.into())
    }

    pub(super) fn new(builder: StdioBuilder) -> Self {
        let limits = builder.limits.clone();
        let said = Said::new(builder.command.name(), &builder.command.env);
        let start = Start {
            command: builder.command,
            said: Arc::new(said),
            grace: builder.grace,
            max_line_bytes: limits.pipe.max_message_bytes,
        };
        Self {
            pool: Arc::new(Pool::new(limits, start)),
        }
    }

    /// The server, as bridges and federation take it; one handle more.
    ///
    /// It is to be used within a tokio runtime with I/O and time.
    #[must_use]
    pub fn server(&self) -> McpServer {
        McpServer::of(self.pool.clone())
    }

    /// What has happened so far.
    #[must_use]
    pub fn counts(&self) -> PipeCounts {
        self.pool.counts()
    }

    /// Ends all processes, each once its requests are answered, and waits until they have ended. A later
    /// request starts one again.
    ///
    /// # Cancel safety
    /// Dropping the future leaves them ending.
    pub async fn end(&self) {
        self.pool.end().await;
    }
}

impl fmt::Debug for StdioServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StdioServer")
            .field("pool", &self.pool)
            .finish()
    }
}

/// Starts processes.
struct Start {
    command: CommandLine,
    said: Arc<Said>,
    grace: Duration,
    max_line_bytes: usize,
}

impl Connect for Start {
    fn connect(&self, _: &Extensions, pipe: &Arc<Pipe>, outbox: Outbox) -> Result<Driving, Error> {
        let mut child = self.command.to_command().spawn().map_err(|error| {
            tracing::warn!(process = self.said.name(), %error, "a process could not be started");
            let message = "the server's process could not be started";
            Error::new(ErrorKind::Unavailable, message)
                .with_origin(Origin::Upstream)
                .with_source(error)
        })?;
        let group = Group::of(&child);
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            let message = "the server's process has no pipes";
            return Err(Error::new(ErrorKind::Internal, message));
        };
        let process = Process {
            child,
            group,
            said: self.said.clone(),
            grace: self.grace,
            max_line_bytes: self.max_line_bytes,
        };
        Ok(Box::pin(process.drive(
            pipe.clone(),
            outbox,
            (stdin, stdout, stderr),
        )))
    }
}
