use std::{
    io::{self, ErrorKind, Write},
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

/// The most of several lines that goes out in one write, in bytes: that much a pipe takes in one piece
/// (`PIPE_BUF`), so that lines of two writers do not get into each other.
const AT_ONCE: usize = 4096;

/// How long lines gather before they are written: whoever waits for the first would be woken for each.
const GATHER: Duration = Duration::from_millis(10);

/// How long the end of the process waits for the last lines.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// How many lines were lost.
type Lost = Counter<u64, AtomicU64>;

/// Where lines go: a thread writes them, so that nobody waits for a reader that is slow.
///
/// What finds no room, and what the target does not take, is counted and left out.
#[derive(Clone, Debug)]
pub(crate) struct Sink {
    pieces: mpsc::Sender<Piece>,
    lost: Lost,
    text: bool,
}

#[derive(Debug)]
enum Piece {
    /// With what counts it, should it be lost.
    Line(Vec<u8>, Lost),
    /// Everything before it is written when this is answered.
    Mark(oneshot::Sender<()>),
}

impl Sink {
    /// Writes to this target. `name` is that of the thread; `lost` counts; `text`: for people, not JSON.
    pub(super) fn to(
        target: impl Write + Send + 'static,
        name: &str,
        lost: Lost,
        text: bool,
    ) -> Self {
        let (pieces, waiting) = mpsc::channel(WAITING);
        // Without a thread, lines are counted as lost.
        let _ = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || write_all(target, waiting));
        Self { pieces, lost, text }
    }

    /// The same for lines of another kind, which are counted by themselves.
    pub(super) fn counting(&self, lost: Lost) -> Self {
        Self {
            lost,
            ..self.clone()
        }
    }

    /// For people, not JSON.
    pub(super) const fn is_text(&self) -> bool {
        self.text
    }

    /// Takes a line, with its end, or counts it as lost.
    pub(super) fn write(&self, line: Vec<u8>) {
        let piece = Piece::Line(line, self.lost.clone());
        if self.pieces.try_send(piece).is_err() {
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

/// Writes what waits, several lines at once where there are.
fn write_all(mut target: impl Write, mut waiting: mpsc::Receiver<Piece>) {
    let mut batch = Batch::default();
    let mut next = None;
    while let Some(piece) = next.take().or_else(|| waiting.blocking_recv()) {
        match piece {
            Piece::Mark(mark) => {
                let _ = mark.send(());
                continue;
            }
            Piece::Line(line, lost) => batch.add(&line, lost),
        }
        if waiting.is_empty() {
            thread::sleep(GATHER);
        }
        while let Ok(piece) = waiting.try_recv() {
            match piece {
                Piece::Line(line, lost) if batch.has_room(&line) => batch.add(&line, lost),
                other => {
                    next = Some(other);
                    break;
                }
            }
        }
        batch.write_to(&mut target);
    }
}

/// Lines that go out together.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Where each line ends, and what counts it.
    ends: Vec<(usize, Lost)>,
    /// A disk that was full may hold half of the last line before.
    torn: bool,
}

impl Batch {
    fn add(&mut self, line: &[u8], lost: Lost) {
        if self.torn && self.bytes.is_empty() {
            self.bytes.push(b'\n');
        }
        self.bytes.extend_from_slice(line);
        self.ends.push((self.bytes.len(), lost));
    }

    fn has_room(&self, line: &[u8]) -> bool {
        self.bytes.len() + line.len() <= AT_ONCE
    }

    /// Empties it, and counts the lines that were lost. A reader that has gone is no reason to end.
    fn write_to(&mut self, target: &mut impl Write) {
        let mut written = 0;
        while let Some(rest) = self.bytes.get(written..).filter(|rest| !rest.is_empty()) {
            match target.write(rest) {
                Ok(0) => break,
                Ok(count) => written += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let flushed = target.flush().is_ok();
        let at_end = self.ends.iter().any(|(end, _)| *end == written);
        // Of what was not begun nothing is torn.
        self.torn = !flushed || if written == 0 { self.torn } else { !at_end };
        for (end, lost) in self.ends.drain(..) {
            if end > written || !flushed {
                lost.inc();
            }
        }
        self.bytes.clear();
    }
}

/// Takes each write as a line: a subscriber formats one at a time.
#[derive(Debug)]
pub(super) struct Lines(pub(super) Sink);

impl Write for Lines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line.to_vec());
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
                return Err(ErrorKind::StorageFull.into());
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
            sink.write(line.into());
        }
        sink.flush().await;
        assert_eq!(lost.get(), 2);
        disk.0.lock().unwrap().1 = 100;
        sink.write("fourth\n".into());
        sink.flush().await;
        let kept = String::from_utf8(disk.0.lock().unwrap().0.clone()).unwrap();
        assert_eq!(kept, "first\nseco\nfourth\n");
        assert_eq!(lost.get(), 2);
    }

    #[tokio::test]
    async fn lines_that_were_not_begun_leave_nothing_and_are_counted_by_kind() {
        let (disk, lost, other) = (Disk::default(), Counter::default(), Counter::default());
        let sink = Sink::to(disk.clone(), "log", lost.clone(), false);
        sink.write("first\n".into());
        sink.counting(other.clone()).write("second\n".into());
        sink.counting(other.clone()).write("third\n".into());
        sink.flush().await;
        assert_eq!((lost.get(), other.get()), (1, 2));
        disk.0.lock().unwrap().1 = 100;
        sink.write("fourth\n".into());
        sink.flush().await;
        assert_eq!(disk.0.lock().unwrap().0, b"fourth\n");
    }

    /// Keeps each write by itself, from the moment on at which it is let go.
    struct Writes(std_mpsc::Receiver<()>, Arc<Mutex<Vec<usize>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.lock().unwrap().push(bytes.len());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn lines_that_wait_go_out_together_as_far_as_a_pipe_takes_them_in_one_piece() {
        let (let_go, held) = std_mpsc::channel();
        let kept = Arc::<Mutex<Vec<usize>>>::default();
        let target = Writes(held, Arc::clone(&kept));
        let sink = Sink::to(target, "log", Counter::default(), false);
        for _ in 0..10 {
            sink.write(vec![b'x'; 1000]);
        }
        drop(let_go);
        sink.flush().await;
        let kept = kept.lock().unwrap();
        assert_eq!(kept.iter().sum::<usize>(), 10_000);
        assert!(kept.iter().all(|bytes| *bytes <= 4000), "{kept:?}");
        // The thread may have taken the first while it was alone.
        assert!(kept.len() <= 4, "{kept:?}");
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
            // Two do not go out at once.
            sink.write(vec![b'x'; AT_ONCE]);
        }
        // Two more may be in the thread's hands.
        assert!((98..=100).contains(&lost.get()), "{}", lost.get());
        sink.flush().await;
        drop(let_go);
    }
}
