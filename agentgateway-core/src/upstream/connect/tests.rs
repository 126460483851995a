use std::{
    io::{IoSlice, Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{Instant, timeout},
};

use super::{
    dial::{MAX_ADDRESSES, in_turn},
    *,
};
use crate::{
    egress::is_public,
    error::{Error, ErrorKind, Origin},
    upstream::{Addresses, Resolve, Resolving, failure::Target},
};

const SOON: Duration = Duration::from_secs(5);

/// Answers every name with these addresses.
struct Fixed(Vec<IpAddr>);

impl Resolve for Fixed {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        Box::pin(async { Ok(Addresses::new(self.0.iter().copied())) })
    }
}

fn connector(set: impl FnOnce(&mut Settings)) -> Connector {
    let mut settings = Settings::new();
    set(&mut settings);
    Connector::new(settings)
}

fn answering(addresses: impl IntoIterator<Item = IpAddr>) -> Connector {
    let fixed = Fixed(addresses.into_iter().collect());
    connector(|settings| settings.resolver = Some(std::sync::Arc::new(fixed)))
}

fn target(text: &str) -> Target {
    Target::of(&text.parse().unwrap()).unwrap()
}

async fn connect(connector: &Connector, to: &str) -> Result<Connected, Error> {
    timeout(SOON, connector.connect(&target(to))).await.unwrap()
}

/// Our end, and the peer's as a blocking socket.
async fn pair() -> (Socket, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let to = format!("http://{}", listener.local_addr().unwrap());
    let connected = connect(&connector(|_| {}), &to).await.unwrap();
    (connected.socket, listener.accept().unwrap().0)
}

async fn becomes(socket: &Socket, state: Unread) {
    let seen = async {
        while socket.peek() != state {
            tokio::task::yield_now().await;
        }
    };
    timeout(SOON, seen).await.unwrap();
}

#[tokio::test]
async fn peek_sees_what_the_runtime_has_not_heard_of() {
    let (socket, mut peer) = pair().await;
    assert_eq!(socket.peek(), Unread::Nothing);
    peer.write_all(b"x").unwrap();
    becomes(&socket, Unread::Bytes).await;
    assert_eq!(socket.received(), 0);
    assert_eq!(socket.clone().read_u8().await.unwrap(), b'x');
    assert_eq!((socket.received(), socket.peek()), (1, Unread::Nothing));
    drop(peer);
    becomes(&socket, Unread::Closed).await;
    assert_eq!(socket.clone().read(&mut [0]).await.unwrap(), 0);
}

#[tokio::test]
async fn writes_slices_counts_them_and_closes_its_half() {
    let (socket, mut peer) = pair().await;
    let mut writer = socket.clone();
    assert!(writer.is_write_vectored());
    let slices = [IoSlice::new(b"one"), IoSlice::new(b"two")];
    assert_eq!(writer.write_vectored(&slices).await.unwrap(), 6);
    writer.shutdown().await.unwrap();
    assert_eq!(socket.sent(), 6);
    let mut seen = String::new();
    peer.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "onetwo");
    drop(peer);
    becomes(&socket, Unread::Closed).await;
    writer.shutdown().await.unwrap();
}

/// A short read is taken for the last one: a byte that came meanwhile must still wake.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_byte_is_forgotten_however_the_peer_cuts() {
    const BYTES: usize = 4 << 20;
    let (socket, peer) = pair().await;
    peer.set_nonblocking(true).unwrap();
    let (mut from, mut to) = tokio::net::TcpStream::from_std(peer).unwrap().into_split();
    tokio::spawn(async move {
        let mut echo = vec![0; 4096];
        while let Ok(length @ 1..) = from.read(&mut echo).await {
            to.write_all(&echo[..length]).await.unwrap();
        }
    });
    let mut writer = socket.clone();
    let writes = tokio::spawn(async move {
        let (mut at, mut length) = (0, 1);
        while at < BYTES {
            length = (length * 7 + 3) % 9000 + 1;
            let chunk: Vec<u8> = (at..BYTES.min(at + length)).map(|n| n as u8).collect();
            at += chunk.len();
            writer.write_all(&chunk).await.unwrap();
        }
    });
    let mut reader = socket.clone();
    let reads = async {
        let (mut at, mut buffer) = (0_usize, vec![0; 16 << 10]);
        while at < BYTES {
            let length = reader.read(&mut buffer).await.unwrap();
            for byte in &buffer[..length] {
                assert_eq!(*byte, at as u8);
                at += 1;
            }
        }
    };
    timeout(4 * SOON, reads).await.unwrap();
    writes.await.unwrap();
    assert_eq!(
        (socket.sent(), socket.received()),
        (BYTES as u64, BYTES as u64)
    );
}

#[test]
fn families_take_turns() {
    let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
        texts
            .iter()
            .map(|text| SocketAddr::new(text.parse().unwrap(), 1))
            .collect()
    };
    for (found, tried) in [
        (
            &["::1", "::2", "::3", "1.1.1.1"][..],
            &["::1", "1.1.1.1", "::2", "::3"][..],
        ),
        (
            &["1.1.1.1", "1.1.1.2", "::1"],
            &["1.1.1.1", "::1", "1.1.1.2"],
        ),
        (
            &["1.1.1.1", "::1", "::2", "::3"],
            &["1.1.1.1", "::1", "::2", "::3"],
        ),
        (&[], &[]),
    ] {
        assert_eq!(in_turn(addresses(found)), addresses(tried));
    }
}

/// Fault H53: of a name with 200 addresses a few are tried, and the last that works is among them.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn a_name_of_many_addresses_is_tried_a_few_times() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let refusing = |count: u8| (0..count).map(|last| IpAddr::from([127, 0, 1, last]));
    let working = IpAddr::from(Ipv4Addr::LOCALHOST);
    let to = format!("http://many.test:{port}");
    let error = connect(&answering(refusing(200).chain([working])), &to)
        .await
        .unwrap_err();
    let detail = format!("cannot reach {to}");
    assert_eq!(error.detail(), Some(&*detail));
    let few = u8::try_from(MAX_ADDRESSES).unwrap() - 1;
    connect(&answering(refusing(few).chain([working])), &to)
        .await
        .unwrap();
}

/// An address that swallows packets delays a connection by a quarter of a second, not by minutes.
#[tokio::test]
#[cfg(target_os = "linux")]
async fn an_address_that_is_silent_is_not_waited_for() {
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
    let hole = socket.listen(1).unwrap();
    let silent = hole.local_addr().unwrap();
    let mut queued = Vec::new();
    let patience = Duration::from_millis(100);
    while let Ok(stream) = timeout(patience, tokio::net::TcpStream::connect(silent)).await {
        queued.push(stream.unwrap());
    }
    let working = SocketAddr::from(([127, 0, 0, 1], silent.port()));
    let listener = tokio::net::TcpListener::bind(working).await.unwrap();
    let connector = answering([silent.ip(), working.ip()]);
    let start = Instant::now();
    let to = format!("http://half.test:{}", silent.port());
    connect(&connector, &to).await.unwrap();
    assert!(start.elapsed() >= Duration::from_millis(250));
    drop(listener);
}

/// Fault H53: no such name and an empty answer are told at once, with the reason.
#[tokio::test]
async fn a_name_that_is_not_found_is_told() {
    let error = connect(&answering([]), "http://gone.test")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.detail(),
        Some("cannot reach http://gone.test: its name was not found")
    );
}

#[tokio::test]
async fn a_port_that_is_none_is_refused() {
    // The scheme's own port would be another service.
    for to in ["http://h.test:99999", "http://h.test:080x"] {
        let Some(target) = to.parse().ok().and_then(|uri| Target::of(&uri)) else {
            continue;
        };
        let error = answering([]).connect(&target).await.unwrap_err();
        let detail = format!("{to} has no valid port");
        assert_eq!(error.detail(), Some(&*detail));
    }
}

/// Says another thing each time.
struct Rebinding(std::sync::Mutex<Vec<IpAddr>>);

impl Resolve for Rebinding {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let next = self.0.lock().unwrap().pop();
        Box::pin(async move { Ok(Addresses::new(next)) })
    }
}

/// Fault H54: what is checked is the address that is dialled, whatever the name said before.
#[tokio::test]
async fn a_name_that_turns_private_is_not_dialled() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let metadata = IpAddr::from([169, 254, 169, 254]);
    let answers = vec![metadata, Ipv4Addr::LOCALHOST.into(), [8, 8, 8, 8].into()];
    let resolver = std::sync::Arc::new(Rebinding(std::sync::Mutex::new(answers)));
    let checked = resolver.resolve("rebinding.test").await.unwrap();
    assert!(checked.addresses().iter().copied().all(is_public));
    let connector = connector(|settings| {
        settings.resolver = Some(resolver);
        settings.allow = Some(std::sync::Arc::new(|address: SocketAddr| {
            is_public(address.ip())
        }));
    });
    for _ in 0..2 {
        let error = connect(&connector, &format!("http://rebinding.test:{port}"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
        assert!(!error.to_string().contains("127.0.0.1"));
    }
    nobody_came(&listener);
}

/// Fault H55: no spelling of a private address in a URL gets past the check.
#[tokio::test]
async fn no_spelling_of_a_private_address_is_dialled() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let connector = connector(|settings| {
        settings.allow = Some(std::sync::Arc::new(|address: SocketAddr| {
            is_public(address.ip())
        }));
    });
    for host in [
        "127.0.0.1",
        "127.1",
        "0177.0.0.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "017700000001",
        "127.0.0.1.",
        "0",
        "0.0.0.0",
        "localhost",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[::1%25lo]",
        "[::1%lo]",
        "[fe80::1%25lo]",
    ] {
        let Ok(uri) = format!("http://{host}:{port}/").parse() else {
            continue;
        };
        let Some(target) = Target::of(&uri) else {
            continue;
        };
        let error = timeout(SOON, connector.connect(&target))
            .await
            .unwrap()
            .unwrap_err();
        // The system's resolver may know such a spelling, or not.
        let refused = matches!(error.kind(), ErrorKind::Forbidden)
            || error.message().ends_with("its name was not found");
        assert!(refused, "{host}: {error}");
    }
    nobody_came(&listener);
}

/// A connection that was made on loopback would wait in the queue already.
fn nobody_came(listener: &std::net::TcpListener) {
    listener.set_nonblocking(true).unwrap();
    let error = listener.accept().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

/// Fault O12: a connect deadline that rings long after its time is told as the gateway's own fault.
#[tokio::test(start_paused = true)]
async fn a_deadline_that_this_process_slept_through_blames_no_service() {
    let target = Target::of(&"http://h.test/".parse().unwrap()).unwrap();
    let connector = connector(|settings| settings.deadline = SOON);
    for (late, origin) in [
        (Duration::ZERO, Origin::Upstream),
        (Duration::from_secs(60), Origin::Gateway),
    ] {
        let mut opening = tokio_test::task::spawn(
            connector.in_time(&target, std::future::pending::<Result<(), _>>()),
        );
        assert!(opening.poll().is_pending());
        tokio::time::advance(SOON + late).await;
        let error = opening.await.unwrap_err();
        assert_eq!((error.kind(), error.origin()), (ErrorKind::Timeout, origin));
    }
}
