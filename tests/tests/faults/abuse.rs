//! More of everything than there is room for, against the built command.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{
    Manifests, Process, free_port, get,
    raw::{RawClient, RawUpstream, eventually},
};
use tokio::{
    net::{TcpSocket, TcpStream},
    time::{Instant, sleep, timeout},
};

use super::say::{self, post};

const ANY_PORTS: [&str; 8] = [
    "--a2a-port",
    "0",
    "--mcp-port",
    "0",
    "--llm-port",
    "0",
    "--admin",
    "127.0.0.1:0",
];

fn addr(gateway: &Process, listener: &str) -> SocketAddr {
    gateway.url(listener)["http://".len()..].parse().unwrap()
}

/// One call of the model in the process, over a connection that is kept.
async fn works(client: &mut RawClient) {
    let chat = post(
        "/v1/chat/completions",
        "",
        r#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#,
    );
    client.send(chat).await;
    assert_eq!(client.answer().await.unwrap().status, 200);
}

/// So many connections that say nothing; not more than a listener and its queue hold.
async fn silent(addr: SocketAddr, count: usize) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        let connected = timeout(Duration::from_secs(20), TcpStream::connect(addr)).await;
        open.push(connected.unwrap().unwrap());
    }
    open
}

/// Fault H58: without descriptors for more connections the gateway neither ends nor spins; those that it has are served, and it recovers.
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_out_of_descriptors_waits_and_recovers() {
    let gateway = Process::start_with_files(256, &ANY_PORTS).await;
    let llm = addr(&gateway, "llm");
    let mut client = RawClient::connect(llm).await;
    works(&mut client).await;
    let before = gateway.files();
    let crowd = silent(llm, 340).await;
    eventually("the last descriptor", || gateway.files() == 256).await;
    works(&mut client).await;
    let (worked, since) = (gateway.worked(), Instant::now());
    sleep(Duration::from_secs(1)).await;
    let share = (gateway.worked() - worked).as_secs_f64() / since.elapsed().as_secs_f64();
    assert!(share < 0.1, "it spins: {share}");
    works(&mut client).await;
    drop(crowd);
    works(&mut RawClient::connect(llm).await).await;
    eventually("the descriptors", || gateway.files() <= before + 1).await;
    let live = get(&format!("{}/livez", gateway.url("admin"))).await;
    assert_eq!(live.status(), 200);
}

/// Fault H18 (part): a crowd that says nothing does not keep a client from its answers, and its clock frees every descriptor.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_crowd_is_sent_away_by_its_clock() {
    const CROWD: usize = 300;
    let gateway = Process::start(&ANY_PORTS, &[]).await;
    let llm = addr(&gateway, "llm");
    let mut client = RawClient::connect(llm).await;
    works(&mut client).await;
    let before = gateway.files();
    let crowd = silent(llm, CROWD).await;
    assert!(gateway.files() > before);
    works(&mut client).await;
    works(&mut RawClient::connect(llm).await).await;
    // Ten seconds from the accept.
    let freed = async {
        while gateway.files() > before + 1 {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(40), freed).await.unwrap();
    works(&mut client).await;
    drop(crowd);
}

/// Fault H21 (part): many clients that stop reading at once cost the gateway a bounded amount of memory each.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_do_not_read_cost_a_bounded_amount_each() {
    const CLIENTS: usize = 64;
    const EACH: usize = 2 << 20;
    let pushed = Arc::new(AtomicUsize::new(0));
    let counts = pushed.clone();
    let upstream = RawUpstream::start(move |mut connection| {
        let pushed = counts.clone();
        async move {
            connection.request().await;
            connection
                .send("HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
                .await;
            let piece = vec![b'x'; 64 * 1024];
            while connection.try_send(&piece).await.is_ok() {
                pushed.fetch_add(piece.len(), Relaxed);
            }
        }
    })
    .await;
    let backend = format!("{{static: {{host: 127.0.0.1, port: {}}}}}", upstream.port());
    let manifests = Manifests::default()
        .route("llm", "/", None, &backend)
        .ports(free_port(), free_port(), free_port());
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("gateway.yaml"), manifests.text()).unwrap();
    let config = directory.path().to_str().unwrap();
    let arguments = [
        "--config",
        config,
        "--bind",
        "127.0.0.1",
        "--admin",
        "127.0.0.1:0",
    ];
    let gateway = Process::start(&arguments, &[]).await;
    let before = gateway.memory();
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(16 * 1024).unwrap();
        let stream = socket.connect(addr(&gateway, "llm")).await.unwrap();
        let mut client = RawClient::over(stream);
        client.send(say::get("/", "")).await;
        clients.push(client);
    }
    upstream.requested(CLIENTS).await;
    let (mut last, mut since) = (0, Instant::now());
    eventually("a standstill", || {
        let now = pushed.load(Relaxed);
        if now != last {
            (last, since) = (now, Instant::now());
        }
        last > 0 && since.elapsed() > Duration::from_millis(500)
    })
    .await;
    let grown = gateway.memory().saturating_sub(before);
    assert!(
        grown < CLIENTS * EACH,
        "{grown} bytes for {CLIENTS} clients"
    );
    drop(clients);
    upstream.left().await;
}
