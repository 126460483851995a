use super::*;
use crate::server::accept::{Accept, Acceptor, Arrived};

#[tokio::test]
async fn bind_error_names_the_address_and_the_remedy() {
    let held = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let addr = held.local_addr();
    let error = Listener::bind(addr).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "port {} on 127.0.0.1 is taken; stop what listens there or choose another port",
            addr.port()
        )
    );
    assert_eq!(
        (error.addr(), error.kind()),
        (addr, io::ErrorKind::AddrInUse)
    );
}

#[tokio::test]
async fn one_over_the_cap_waits_for_a_place() {
    let (addr, _drain, _serving) = start(quick().max_connections(1)).await;
    let mut first = TcpStream::connect(addr).await.unwrap();
    first
        .write_all(b"GET /empty HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(first.read(&mut [0; 512]).await.unwrap() > 0);
    let client = Client::new();
    let second = said(&client, get(addr, "/version"));
    tokio::pin!(second);
    assert!(
        timeout(Duration::from_millis(80), &mut second)
            .await
            .is_err()
    );
    drop(first);
    assert_eq!(timeout(SOON, second).await.unwrap().1, "HTTP/1.1");
}

#[tokio::test]
async fn two_listeners_of_one_process_are_no_other_process() {
    let held = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let error = Listener::bind(held.local_addr()).await.unwrap_err();
    assert!(!error.to_string().contains("process"), "{error}");
}

/// A source that fails so many times before it gives a connection.
struct Failing {
    failures: usize,
    asked: Arc<AtomicUsize>,
    source: Listener,
}

impl Accept for Failing {
    async fn accept(&self) -> io::Result<Arrived> {
        if self.asked.fetch_add(1, Ordering::SeqCst) < self.failures {
            // Too many open files.
            return Err(io::Error::from_raw_os_error(24));
        }
        self.source.accept().await
    }
}

/// Fault H58: the accept loop waits longer and longer while the system refuses, and then goes on.
#[tokio::test]
async fn failures_to_accept_are_waited_out_without_spinning() {
    let source = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let (addr, asked) = (source.local_addr(), Arc::new(AtomicUsize::new(0)));
    let failing = Failing {
        failures: 5,
        asked: Arc::clone(&asked),
        source,
    };
    let mut acceptor = Acceptor::new(failing, &Config::new());
    let _client = TcpStream::connect(addr).await.unwrap();
    let begun = tokio::time::Instant::now();
    timeout(SOON, acceptor.next()).await.unwrap();
    assert_eq!(asked.load(Ordering::SeqCst), 6);
    // 10 + 20 + 40 + 80 + 160 ms.
    assert!(begun.elapsed() >= Duration::from_millis(310));
}

/// The other end of the next test: a process that may open few files.
#[tokio::test]
async fn serves_with_few_descriptors() {
    if std::env::var_os(FEW).is_none() {
        return;
    }
    let (addr, _calls) = counting(quick()).await;
    let mut clients = Vec::new();
    // Both ends are of this process: the system refuses the clients first, or the listener.
    while let Ok(client) = std::net::TcpStream::connect(addr) {
        clients.push(client);
        tokio::task::yield_now().await;
        assert!(clients.len() < 1000, "the limit holds");
    }
    // Let the listener meet the limit, too.
    clients.pop();
    sleep(Duration::from_millis(100)).await;
    let cpu = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    sleep(Duration::from_millis(400)).await;
    let later = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let ran = |text: &str| text.split(' ').next().and_then(|ns| ns.parse::<u64>().ok());
    if let (Some(before), Some(after)) = (ran(&cpu), ran(&later)) {
        assert!(
            after - before < 100_000_000,
            "{} ns of 400 ms",
            after - before
        );
    }
    drop(clients);
    let answered = async {
        while !ask(
            addr,
            "GET /version HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        )
        .await
        .ends_with("HTTP/1.1")
        {}
    };
    timeout(SOON, answered).await.unwrap();
}

const FEW: &str = "AGENTGATEWAY_TEST_FEW_DESCRIPTORS";

/// Fault H58: a process at its limit of descriptors neither spins nor ends, and serves when it may again.
#[test]
#[cfg(target_os = "linux")]
fn a_process_at_its_limit_of_descriptors_recovers() {
    let own = std::env::current_exe().unwrap();
    let ended = std::process::Command::new("sh")
        .args(["-c", "ulimit -n 48 && exec \"$0\" \"$@\""])
        .arg(own)
        .args([
            "--exact",
            "server::tests::accept::serves_with_few_descriptors",
        ])
        .env(FEW, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}
