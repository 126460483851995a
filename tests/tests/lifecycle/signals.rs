//! Signals that mean nothing, and a terminal that is closed.

use agentgateway_tests::{
    Configured, Process, free_port, get,
    raw::{RawClient, eventually},
    traffic::{Call, Verdict},
};

use super::held::Held;

/// The signals that are sent to every process now and then.
const HARMLESS: [&str; 4] = ["-USR1", "-USR2", "-PIPE", "-HUP"];

async fn serves(gateway: &Process, number: u64) {
    for call in Call::ALL {
        let mut client = RawClient::connect(gateway.addr(call.listener())).await;
        client.send(call.request(number)).await;
        let verdict = call.judge(number, client.answer().await.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{call:?}");
    }
}

/// Fault O04: SIGUSR1, SIGUSR2, SIGPIPE and SIGHUP end neither the process nor a stream; SIGTERM still ends it cleanly.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signals_that_mean_nothing_end_nothing() {
    const STREAM: u64 = 5;
    let upstream = Held::start().await;
    let configured = Configured::new(Call::manifests(upstream.raw.port()));
    let gateway = configured.start(&["--drain-delay", "0"]).await;
    let mut stream = RawClient::connect(gateway.addr("llm")).await;
    stream.send(Call::ChatStream.request(STREAM)).await;
    stream.peek(&Call::ChatStream.answer(STREAM)[0]).await;
    for signal in HARMLESS {
        gateway.signal(signal).await;
    }
    upstream.let_go(STREAM + 1);
    let verdict = Call::ChatStream.judge(STREAM, stream.answer().await.as_ref());
    assert_eq!(verdict, Verdict::Whole);
    serves(&gateway, 1).await;
    assert_eq!(gateway.stop().await, Some(0));
}

/// Fault O04: a terminal that is closed (SIGHUP, and a standard error that is gone) ends nothing, without a configuration either.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_terminal_that_is_closed_ends_nothing() {
    let (admin, llm) = (free_port(), free_port().to_string());
    let at = format!("127.0.0.1:{admin}");
    let (terminal, said) = std::io::pipe().unwrap();
    let out = said.try_clone().unwrap();
    let arguments = [
        "--a2a-port",
        "0",
        "--mcp-port",
        "0",
        "--llm-port",
        &llm,
        "--admin",
        &at,
    ];
    let mut gateway = Process::launch_onto(out, said, &arguments);
    eventually("a gateway that listens", || {
        std::net::TcpStream::connect(&at).is_ok()
    })
    .await;
    drop(terminal);
    gateway.hang_up().await;
    let url = format!("http://{at}");
    for path in ["livez", "readyz"] {
        assert_eq!(get(&format!("{url}/{path}")).await.status(), 200, "{path}");
    }
    // It says that it drains, to nobody.
    gateway.terminate().await;
    assert_eq!(gateway.ended().await, Some(0));
}
