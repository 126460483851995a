use std::{
    io::{self, Write},
    sync::atomic::AtomicU64,
    thread,
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;
use tokio::{
    sync::{mpsc, oneshot},
    time::timeout,
};

/// Lines that wait at most.
const WAITING: usize = 4096;

/// How long the end of the process waits for the last lines.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Where lines go: a thread writes them, so that nobody waits for a reader that is slow.
///
/// What finds no room, and what the target does not take, is counted and left out.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pieces: mpsc::Sender<Piece>,
    lost: Counter<u64, AtomicU64>,
    text: bool,
}

#[derive(Debug)]
enum Piece {
    Line(String),
    /// Everything before it is written when this is answered.
    Mark(oneshot::Sender<()>),
}

impl Sink {
    /// Writes to this target. `name` is that of the thread; `lost` counts; `text`: for people, not JSON.
    pub(super) fn to(
        target: impl Write + Send + 'static,
        name: &str,
        lost: Counter<u64, AtomicU64>,
        text: bool,
    ) -> Self {
        let (pieces, waiting) = mpsc::channel(WAITING);
        let failed = lost.clone();
        // Without a thread, lines are counted as lost.
        let _ = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || write_all(target, waiting, &failed));
        Self { pieces, lost, text }
    }

    /// For people, not JSON.
    pub(super) const fn is_text(&self) -> bool {
        self.text
    }

    /// Takes a line, with its end, or counts it as lost.
    pub(super) fn write(&self, line: String) {
        if self.pieces.try_send(Piece::Line(line)).is_err() {
            self.lost.inc();
        }
    }

    /// Waits, for a second at most, until everything is written that was taken before.
    pub(super) async fn flush(&self) {
        let flushed = async {
            let (mark, passed) = oneshot::channel();
            if self.pieces.send(Piece::Mark(mark)).await.is_ok() {
                let _ = passed.await;
            }
        };
        let _ = timeout(LAST_WAIT, flushed).await;
    }
}

fn write_all(
    mut target: impl Write,
    mut waiting: mpsc::Receiver<Piece>,
    lost: &Counter<u64, AtomicU64>,
) {
    let mut torn = false;
    while let Some(piece) = waiting.blocking_recv() {
        let line = match piece {
            Piece::Line(line) => line,
            Piece::Mark(mark) => {
                let _ = mark.send(());
                continue;
            }
        };
        // A disk that was full may hold half of the line before.
        let begun = if torn {
            target.write_all(b"\n")
        } else {
            Ok(())
        };
        let written = begun
            .and_then(|()| target.write_all(line.as_bytes()))
            .and_then(|()| target.flush());
        torn = written.is_err();
        if torn {
            // A reader that has gone is no reason to end.
            lost.inc();
        }
    }
}

/// Takes each write as a line: a subscriber formats one at a time.
#[derive(Debug)]
pub(super) struct Lines(pub(super) Sink);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(String::from_utf8_lossy(line).into_owned());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, mpsc as std_mpsc};

    use super::*;

    /// Takes what it has room for, and half of the line that has none.
    #[derive(Clone, Default)]
    struct Disk(Arc<Mutex<(Vec<u8>, usize)>>);

    impl Write for Disk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut disk = self.0.lock().unwrap();
            let fits = bytes.len().min(disk.1);
            if fits == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.1 -= fits;
            disk.0.extend_from_slice(&bytes[..fits]);
            Ok(fits)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_full_disk_loses_lines_and_tears_none_that_come_later() {
        let (disk, lost) = (Disk::default(), Counter::default());
        disk.0.lock().unwrap().1 = 10;
        let sink = Sink::to(disk.clone(), "log", lost.clone(), false);
        for line in ["first\n", "second\n", "third\n"] {
            sink.write(line.to_owned());
        }
        sink.flush().await;
        assert_eq!(lost.get(), 2);
        disk.0.lock().unwrap().1 = 100;
        sink.write("fourth\n".to_owned());
        sink.flush().await;
        let kept = String::from_utf8(disk.0.lock().unwrap().0.clone()).unwrap();
        assert_eq!(kept, "first\nseco\nfourth\n");
        assert_eq!(lost.get(), 2);
    }

    /// Does not come back from a write before it is let go.
    struct Stuck(std_mpsc::Receiver<()>);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_target_that_is_stuck_holds_nobody_up() {
        let (let_go, held) = std_mpsc::channel();
        let lost = Counter::default();
        let sink = Sink::to(Stuck(held), "log", lost.clone(), false);
        for _ in 0..WAITING + 100 {
            sink.write("line\n".to_owned());
        }
        // One more may be in the thread's hands.
        assert!((99..=100).contains(&lost.get()), "{}", lost.get());
        sink.flush().await;
        drop(let_go);
    }
}
