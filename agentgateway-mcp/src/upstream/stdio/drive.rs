use std::{future::Future, pin::pin, process::ExitStatus, sync::Arc, time::Duration};

use bytes::Buf as _;
use futures_util::FutureExt as _;
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, ChildStderr, ChildStdin, ChildStdout},
    time::timeout,
};

use super::{
    group::Group,
    lines::{Lines, NoLine},
    said::{Last, Said},
};
use crate::upstream::pipe::{Outbox, Pipe};

/// How long what a process has written is still read after its end.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A process that runs.
pub(super) struct Process {
    pub(super) child: Child,
    pub(super) group: Group,
    pub(super) said: Arc<Said>,
    pub(super) grace: Duration,
    pub(super) max_line_bytes: usize,
}

/// Why a process is not spoken to any more.
enum Cause {
    /// Nothing more can be read.
    Silent(&'static str),
    /// It has ended.
    Left,
    /// It has closed its input.
    Deaf,
    /// The pipe is over.
    Over,
}

impl Process {
    /// Writes and reads, until the pipe is over or the process is; then ends the process, and waits for it.
    pub(super) async fn drive(
        mut self,
        pipe: Arc<Pipe>,
        outbox: Outbox,
        (stdin, stdout, stderr): (ChildStdin, ChildStdout, ChildStderr),
    ) {
        let (said, last) = (self.said.clone(), Last::default());
        let status = tokio::select! {
            status = self.live(&pipe, outbox, stdin, stdout) => status,
            // In all that time, or it would block on what it says beside.
            () = forever(said.read(stderr, &last)) => None,
        };
        if let Some(ended) = pipe.ended().filter(|ended| ended.failed) {
            tracing::warn!(
                process = said.name(),
                why = %ended.why,
                status = status.map(tracing::field::display),
                last = last.line(),
                "a process has ended by itself"
            );
        }
    }

    async fn live(
        &mut self,
        pipe: &Pipe,
        outbox: Outbox,
        stdin: ChildStdin,
        stdout: ChildStdout,
    ) -> Option<ExitStatus> {
        let mut words = pin!(read(stdout, self.max_line_bytes, pipe).fuse());
        let cause = tokio::select! {
            why = &mut words => Cause::Silent(why),
            () = self.group.leader_ended() => Cause::Left,
            () = write(stdin, outbox) => Cause::Deaf,
            () = pipe.finished() => Cause::Over,
        };
        // From here on its input is closed.
        match cause {
            Cause::Silent(why) => pipe.fail(why),
            Cause::Left => {
                // Who is left behind would hold the pipe open.
                self.group.kill();
                let _ = timeout(LAST_WORDS, &mut words).await;
                pipe.fail("the server's process has ended");
            }
            Cause::Deaf => {
                let _ = timeout(LAST_WORDS, &mut words).await;
                pipe.fail("the server's process has closed its input");
            }
            Cause::Over => pipe.stop("the server's process was ended"),
        }
        tokio::select! {
            status = self.end() => status,
            () = forever(words) => None,
        }
    }

    /// Ends the process, whose input is closed, and waits for it.
    async fn end(&mut self) -> Option<ExitStatus> {
        if timeout(self.grace, self.group.leader_ended())
            .await
            .is_err()
        {
            self.group.terminate();
            let _ = timeout(self.grace, self.group.leader_ended()).await;
        }
        self.group.kill();
        self.child.wait().await.ok()
    }
}

/// Does this, and then waits for ever.
async fn forever<T>(work: impl Future<Output = T>) {
    work.await;
    std::future::pending().await
}

async fn write(mut stdin: ChildStdin, mut outbox: Outbox) {
    while let Some(line) = outbox.next().await {
        let mut text = line.text().clone().chain(&b"\n"[..]);
        let written = stdin.write_all_buf(&mut text).await;
        if written.is_err() || stdin.flush().await.is_err() {
            return;
        }
    }
}

/// Reads messages, and says why no more come.
async fn read(stdout: ChildStdout, max_line_bytes: usize, pipe: &Pipe) -> &'static str {
    let mut lines = Lines::new(stdout, max_line_bytes);
    loop {
        match lines.next().await {
            Ok(line) => pipe.receive(line).await,
            Err(NoLine::End) => return "the server's process has closed its output",
            Err(NoLine::TooLong) => return "the server's process has written a line over the limit",
            Err(NoLine::Failed) => return "the server's process could not be read",
        }
    }
}
