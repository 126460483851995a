//! An upstream that leaves: between requests, after an answer, or within one.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{
    raw::{RawConnection, RawUpstream},
    traffic::Call,
};
use tokio::sync::watch;

/// How long a gateway may hold a connection that was closed while it lay idle: it sweeps each 5 s.
const SWEPT: Duration = Duration::from_secs(12);

/// How connections that lie idle are left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Leave {
    #[default]
    Fin,
    Reset,
}

/// The upstream, and what it remembers.
pub(crate) struct Upstream {
    pub(crate) raw: RawUpstream,
    pub(crate) books: Arc<Books>,
    restart: watch::Sender<(usize, Leave)>,
}

/// What happened to which request.
#[derive(Debug, Default)]
pub(crate) struct Books {
    killing: AtomicBool,
    killed: Mutex<HashSet<(Call, u64)>>,
    late: Mutex<HashSet<(Call, u64)>>,
    /// Idle connections that were closed, and reset.
    pub(crate) fins: AtomicUsize,
    pub(crate) resets: AtomicUsize,
    /// Connections whose end the gateway did not see in time.
    pub(crate) unswept: AtomicUsize,
    /// Requests that were no calls.
    pub(crate) strange: AtomicUsize,
}

impl Books {
    /// From here on answers are killed, or are not.
    pub(crate) fn kill(&self, kill: bool) {
        self.killing.store(kill, Relaxed);
    }

    /// Whether its answer was killed; it is told once.
    pub(crate) fn was_killed(&self, call: (Call, u64)) -> bool {
        self.killed.lock().unwrap().remove(&call)
    }

    /// Whether bytes of it came after its connection had been closed; it is told once.
    pub(crate) fn was_late(&self, call: (Call, u64)) -> bool {
        self.late.lock().unwrap().remove(&call)
    }

    /// Forgets what nobody asked for.
    pub(crate) fn forget(&self) {
        self.killed.lock().unwrap().clear();
        self.late.lock().unwrap().clear();
    }

    /// One answer of five, but not that of a request which is sent again.
    fn kills(&self, call: (Call, u64)) -> bool {
        self.killing.load(Relaxed)
            && scattered(call.1).is_multiple_of(5)
            && !self.late.lock().unwrap().contains(&call)
    }

    fn came_late(&self, bytes: &[u8]) {
        if let Some(call) = Call::asked(&String::from_utf8_lossy(bytes)) {
            self.late.lock().unwrap().insert(call);
        }
    }
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let books = Arc::new(Books::default());
        let (restart, restarts) = watch::channel((0, Leave::Fin));
        let own = books.clone();
        let raw = RawUpstream::start_forgetful(move |connection| {
            serve(connection, own.clone(), restarts.clone())
        });
        Self {
            raw: raw.await,
            books,
            restart,
        }
    }

    /// All connections are left: those that lie idle at once, the others after their answer.
    pub(crate) fn restart(&self, how: Leave) {
        self.restart
            .send_modify(|restart| *restart = (restart.0 + 1, how));
    }
}

/// An answer of at most this size is with the gateway's kernel when it is sent; a reset would take
/// the rest of a longer one with it.
const DELIVERED: usize = 32 * 1024;

/// A connection that has not served yet is left after its first answer: a service that goes takes
/// what it has accepted.
async fn serve(
    mut connection: RawConnection,
    books: Arc<Books>,
    mut restarts: watch::Receiver<(usize, Leave)>,
) {
    // The size of the last answer; none before the first.
    let mut served = None;
    restarts.borrow_and_update();
    loop {
        let head = tokio::select! {
            biased;
            head = connection.head() => head,
            Ok(()) = restarts.changed(), if served.is_some() => {
                let how = restarts.borrow().1;
                let delivered = served.is_some_and(|bytes| bytes <= DELIVERED);
                match left_if_quiet(connection, how, delivered, &books).await {
                    None => return,
                    // A request has come; it is answered first.
                    Some(asked) => connection = asked,
                }
                restarts.mark_changed();
                connection.head().await
            }
        };
        let Some(head) = head else { return };
        let Some(content) = connection.content(&head).await else {
            return;
        };
        let content = String::from_utf8_lossy(&content);
        // Before its first message an agent is asked for its card; this one has none.
        if head.starts_with("GET /.well-known/") {
            connection
                .send("HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
                .await;
            served.get_or_insert(0);
            continue;
        }
        let Some(call) = Call::asked(&head).or_else(|| Call::asked(&content)) else {
            books.strange.fetch_add(1, Relaxed);
            return;
        };
        if books.kills(call) {
            return killed(connection, call, &books).await;
        }
        served = Some(answer(&mut connection, call).await);
        if restarts.has_changed().unwrap_or(true) {
            return left(connection, &books).await;
        }
    }
}

/// Leaves an idle connection; gives back one on which a request has come.
async fn left_if_quiet(
    connection: RawConnection,
    how: Leave,
    delivered: bool,
    books: &Books,
) -> Option<RawConnection> {
    if how == Leave::Reset && delivered {
        let asked = connection.reset_if_quiet().err();
        books
            .resets
            .fetch_add(usize::from(asked.is_none()), Relaxed);
        return asked;
    }
    if !connection.is_quiet() {
        return Some(connection);
    }
    left(connection, books).await;
    None
}

async fn left(connection: RawConnection, books: &Books) {
    books.fins.fetch_add(1, Relaxed);
    let (late, gone) = connection.leave(SWEPT).await;
    books.came_late(&late);
    if !gone {
        books.unswept.fetch_add(1, Relaxed);
    }
}

fn head(call: Call, length: usize) -> String {
    if call.is_stream() {
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
            .into()
    } else {
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        )
    }
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

/// Streams of even numbers come in a burst, those of odd ones event by event. Gives the bytes of the
/// content.
async fn answer(connection: &mut RawConnection, (call, number): (Call, u64)) -> usize {
    let pieces = call.answer(number);
    let bytes = pieces.iter().map(String::len).sum();
    if !call.is_stream() {
        let content = pieces.concat();
        connection.send(head(call, bytes) + &content).await;
        return bytes;
    }
    let mut said = head(call, 0);
    for piece in pieces {
        said.push_str(&chunk(&piece));
        if number % 2 == 1 {
            connection.send(std::mem::take(&mut said)).await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
    connection.send(said + "0\r\n\r\n").await;
    bytes
}

/// Leaves before the answer, in its head, or in its content; by a reset or by a FIN.
async fn killed(mut connection: RawConnection, (call, number): (Call, u64), books: &Books) {
    let pieces = call.answer(number);
    let all = head(call, pieces.concat().len());
    let first = &pieces[0];
    let half = &first[..first.len() / 2];
    let chance = scattered(number) / 5;
    let said = match (chance % 4, call.is_stream()) {
        (0, _) => String::new(),
        (1, _) => "HTTP/1.1 200 OK\r\n".into(),
        (2, false) => all,
        (_, false) => all + half,
        (2, true) => all + &chunk(first),
        (_, true) => all + &chunk(first) + &chunk(half),
    };
    // Without a byte of an answer it may be sent again, and is answered then.
    let again = said.is_empty() && call.is_idempotent();
    let page = if again { &books.late } else { &books.killed };
    page.lock().unwrap().insert((call, number));
    connection.send(said).await;
    if (chance / 4).is_multiple_of(2) {
        connection.reset();
    }
}

/// A number that has nothing to do with the order of the calls.
fn scattered(number: u64) -> u64 {
    number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}
