//! A start into a world in which nothing else runs.

use agentgateway_tests::{
    Configured, Process, free_port, get,
    raw::RawClient,
    traffic::{Call, Verdict},
};

use super::held::Held;

async fn asked(gateway: &Process, call: Call, number: u64) -> Verdict {
    let mut client = RawClient::connect(gateway.addr(call.listener())).await;
    client.send(call.request(number)).await;
    call.judge(number, client.answer().await.as_ref())
}

/// Fault O07: with every upstream down the process starts and stays, alive and ready by its own listeners; each call is told in its protocol, and served as soon as the upstream is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_start_without_upstreams_waits_for_none() {
    let port = free_port();
    let configured = Configured::new(Call::manifests(port));
    let gateway = configured.start(&["--drain-delay", "0"]).await;
    let admin = gateway.url("admin");
    for path in ["livez", "readyz"] {
        let answer = get(&format!("{admin}/{path}")).await;
        assert_eq!(answer.status(), 200, "{path}");
    }
    for call in Call::ALL {
        assert_eq!(asked(&gateway, call, 1).await, Verdict::Told, "{call:?}");
    }
    let ready = get(&format!("{admin}/readyz")).await;
    assert_eq!(ready.status(), 200, "who is behind it decides nothing");
    let _upstream = Held::free_on(port).await;
    for call in Call::ALL {
        assert_eq!(asked(&gateway, call, 2).await, Verdict::Whole, "{call:?}");
    }
    assert_eq!(gateway.stop().await, Some(0));
}
