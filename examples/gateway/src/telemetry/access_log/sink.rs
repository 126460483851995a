use std::{
    io::{self, IsTerminal, Write},
    sync::{
        Arc,
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use tokio::sync::oneshot;

/// Lines that wait at most.
const WAITING: usize = 4096;

/// How long the end of the process waits for the last lines.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Where lines go: a thread writes them, so that a slow reader stops no request.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    lines: SyncSender<String>,
    text: bool,
    ended: Arc<std::sync::Mutex<Option<oneshot::Receiver<()>>>>,
}

impl Sink {
    /// Writes to standard output: text on a terminal, else JSON.
    pub(crate) fn start() -> Self {
        Self::to(io::stdout(), io::stdout().is_terminal())
    }

    pub(super) fn to(mut writer: impl Write + Send + 'static, text: bool) -> Self {
        let (lines, waiting) = sync_channel::<String>(WAITING);
        let (end, ended) = oneshot::channel();
        let writing = move || {
            for line in waiting {
                // A reader that has gone is no reason to end.
                let _ = writer
                    .write_all(line.as_bytes())
                    .and_then(|()| writer.flush());
            }
            let _ = end.send(());
        };
        // Without a thread, lines are counted as lost.
        let _ = thread::Builder::new()
            .name("access-log".to_owned())
            .spawn(writing);
        Self {
            lines,
            text,
            ended: Arc::new(std::sync::Mutex::new(Some(ended))),
        }
    }

    /// For people, not JSON.
    pub(super) const fn is_text(&self) -> bool {
        self.text
    }

    /// Takes a line, with its end. `false`: it is lost.
    pub(super) fn write(&self, line: String) -> bool {
        self.lines.try_send(line).is_ok()
    }

    /// Waits, for a second at most, until everything is written.
    pub(crate) async fn end(self) {
        let ended = self.ended.lock().ok().and_then(|mut ended| ended.take());
        drop(self.lines);
        if let Some(ended) = ended {
            let _ = tokio::time::timeout(LAST_WAIT, ended).await;
        }
    }
}
