//! Listeners and routes that come and go under the command.

use agentgateway_tests::{
    free_port,
    raw::{RawClient, eventually},
    traffic::{Call, Verdict},
};
use tokio::net::TcpStream;

use super::scene::{Scene, without};
use crate::held::Held;

async fn streaming(scene: &Scene, call: Call, number: u64) -> RawClient {
    let mut client = scene.client(call).await;
    client.send(call.request(number)).await;
    client.peek(&call.answer(number)[0]).await;
    client
}

/// Fault C06: a route and a listener are taken away while they stream: new requests get 404 or no connection at once, streams end whole, and no other listener is touched.
/// Fault C10 (part): the upstream's connections outlive a reload.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_taken_away_in_use_ends_what_it_began() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    let mut kept = scene.client(Call::Get).await;
    let mut asked = 0;
    let mut still_open = async |scene: &Scene| {
        asked += 1;
        kept.send(Call::Get.request(asked)).await;
        let verdict = Call::Get.judge(asked, kept.answer().await.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{}", scene.process.log());
    };
    still_open(&scene).await;
    let mut chat = streaming(&scene, Call::ChatStream, 1000).await;
    let mut tool = streaming(&scene, Call::ToolStream, 1001).await;
    still_open(&scene).await;
    let connections = upstream.raw.connections();

    let no_chat = without(&scene.text, "openai", None);
    let no_chat = without(&no_chat, "/openai", None);
    let name = chat_route(&scene.text);
    let no_chat = without(&no_chat, &name, None);
    scene.write(&no_chat);
    scene.runs(2).await;
    assert_eq!(scene.ask(Call::Chat).await, 404);
    still_open(&scene).await;

    let mcp = scene.process.addr("mcp");
    let no_mcp = without(&no_chat, "mcp", Some("mcp"));
    scene.write(&no_mcp);
    let status = scene.runs(3).await;
    assert_eq!(status["listeners"].as_array().unwrap().len(), 2, "{status}");
    assert!(
        TcpStream::connect(mcp).await.is_err(),
        "the port is released"
    );
    still_open(&scene).await;
    assert_eq!(upstream.raw.connections(), connections, "they are kept");

    upstream.let_go(2000);
    for (call, number, client) in [
        (Call::ChatStream, 1000, &mut chat),
        (Call::ToolStream, 1001, &mut tool),
    ] {
        let verdict = call.judge(number, client.answer().await.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{call:?}");
    }
    scene.write(&scene.text);
    scene.runs(4).await;
    assert_eq!(scene.ask(Call::Tool).await, 200);
    still_open(&scene).await;
}

/// The name of the route to the model, which its backend has, too.
fn chat_route(text: &str) -> String {
    let document = text
        .split("---\n")
        .find(|document| document.contains("openai: {}"));
    let name = document.unwrap().split("name: ").nth(1).unwrap();
    name.split(',').next().unwrap().to_owned()
}

/// Fault C07: a listener on a port that is taken rejects the whole change, and says who asks for it; when the port is free the same content is served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_port_rejects_the_whole_change() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let free = free_port();
    let more = format!(
        "  listeners:\n  - {{name: first, port: {free}, protocol: HTTP}}\n  - {{name: extra, port: {port}, protocol: HTTP}}\n"
    );
    let changed = without(&scene.text, "mcp", Some("mcp")).replace("  listeners:\n", &more);
    scene.write(&changed);
    let status = scene
        .until("the refusal", |status| status["onDisk"]["applied"] == false)
        .await;
    let problems = status["onDisk"]["problems"].to_string();
    assert!(
        problems.contains(&format!("listener extra: port {port}")),
        "{problems}"
    );
    assert!(
        TcpStream::connect(("127.0.0.1", free)).await.is_err(),
        "nothing of it is served"
    );
    assert_eq!(scene.ask(Call::Tool).await, 200, "nothing was taken away");
    assert_eq!(status["running"]["generation"], 1);

    drop(taken);
    scene.process.hang_up().await;
    scene.runs(2).await;
    for port in [port, free] {
        assert!(TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    }
    let metrics = scene.page("metrics").await;
    let mut bound = metrics
        .lines()
        .filter(|line| line.starts_with("listener_bound{"));
    let extra = bound.any(|line| line.contains(r#"listener="extra""#) && line.ends_with(" 1"));
    assert!(extra, "{metrics}");
}

/// The log of a change names listeners that come and go, also on a port that stays, and no others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_names_the_listeners_that_come_and_go() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    scene.write(&format!("{}# nothing else\n", scene.text));
    scene.runs(2).await;
    scene.write(&scene.text.replace("name: llm,", "name: models,"));
    scene.runs(3).await;
    let said = |log: &str| log.matches("a new configuration is served").count() == 2;
    // A line is written a moment after what it tells of.
    eventually("both lines", || said(&scene.process.log())).await;
    let log = scene.process.log();
    let served = log
        .lines()
        .filter(|line| line.contains("a new configuration is served"));
    let served: Vec<_> = served.collect();
    assert!(!served[0].contains("added"), "{log}");
    for part in [
        r#""added":"default/gateway/models""#,
        r#""removed":"default/gateway/llm""#,
    ] {
        assert!(served[1].contains(part), "{part}: {log}");
    }
}
