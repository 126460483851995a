//! Reload after reload under streams and requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{
    raw::{RawAnswer, RawClient},
    traffic::{Call, Verdict},
};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};

use super::scene::Scene;
use crate::held::Held;

const STREAMS: [Call; 3] = [Call::ChatStream, Call::ToolStream, Call::MessageStream];
const CLIENTS: u64 = 200;
/// Numbers of the steady load begin here.
const STEADY: u64 = 1_000_000;

/// How many reloads there are at least, how long they may take, and how often requests are asked
/// meanwhile at least: a machine that does nothing else is ten times as fast.
const RELOADS: u64 = 200;
const LIMIT: Duration = Duration::from_secs(120);
const REQUESTS_PER_SECOND: u64 = 100;

/// Clients that ask without a pause beside the streams, and how often.
const ASKING: usize = 20;
const PACE: Duration = Duration::from_millis(20);

/// The manifests with another number in every answer, and another upstream.
fn marked(text: &str, number: u64, (from, to): (u16, u16)) -> String {
    let mark = format!(
        "{{type: ResponseHeaderModifier, responseHeaderModifier: {{set: [{{name: x-number, value: \"{number}\"}}]}}}}"
    );
    let documents = text.split("---\n").map(|document| {
        let document = document.replace(&format!("port: {from}"), &format!("port: {to}"));
        if document.contains("    filters: [") {
            document.replace("    filters: [", &format!("    filters: [{mark}, "))
        } else {
            let marked = format!("    filters: [{mark}]\n    backendRefs:");
            document.replace("    backendRefs:", &marked)
        }
    });
    documents.collect::<Vec<_>>().join("---\n")
}

/// The number of the configuration that an answer is of.
fn number(answer: &RawAnswer) -> u64 {
    let values = answer.values("x-number");
    values.first().map_or(0, |value| value.parse().unwrap())
}

/// What is known of the reloads so far.
#[derive(Debug, Default)]
struct Progress {
    /// The number that is served for sure.
    served: AtomicU64,
    numbers: AtomicU64,
    stop: AtomicBool,
}

async fn open(scene: &Scene) -> Vec<(Call, u64, RawClient)> {
    let mut open = Vec::new();
    for number in 0..CLIENTS {
        let call = STREAMS[(number % 3) as usize];
        let mut client = scene.client(call).await;
        client.send(call.request(number)).await;
        client.peek(&call.answer(number)[0]).await;
        open.push((call, number, client));
    }
    open
}

/// Asks on one connection, until it is told to stop. No answer is of an older configuration than the
/// one that was served when it was asked for.
async fn steadily(mut client: RawClient, call: Call, progress: Arc<Progress>) -> u64 {
    let mut asked = 0;
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !progress.stop.load(Relaxed) {
        ticks.tick().await;
        let own = STEADY + progress.numbers.fetch_add(1, Relaxed);
        let served = progress.served.load(Relaxed);
        client.send(call.request(own)).await;
        let answer = client.answer().await;
        let verdict = call.judge(own, answer.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{call:?} after {asked}");
        let of = number(&answer.unwrap());
        assert!(of >= served, "{call:?}: {of} while {served} is served");
        asked += 1;
    }
    asked
}

/// Reloads so often while clients ask, each time to something else; `upstreams` are that of the
/// manifests and the one in its place.
async fn under_load(scene: &Scene, reloads: u64, upstreams: (u16, u16)) {
    let progress = Arc::new(Progress::default());
    let mut load = JoinSet::new();
    for nth in 0..ASKING {
        let call = [Call::Chat, Call::Tool, Call::Message, Call::Get][nth % 4];
        let client = scene.client(call).await;
        load.spawn(steadily(client, call, progress.clone()));
    }
    let (begun, before) = (Instant::now(), scene.generation().await);
    for nth in 1..=reloads {
        scene.write(&marked(&scene.text, nth, upstreams));
        scene.process.hang_up().await;
        let done = |status: &serde_json::Value| {
            status["running"]["generation"].as_u64().unwrap() >= before + nth
        };
        scene.until("the next generation", done).await;
        progress.served.store(nth, Relaxed);
    }
    let took = begun.elapsed();
    progress.stop.store(true, Relaxed);
    let asked = load.join_all().await;
    assert!(took < LIMIT, "{reloads} reloads took {took:?}");
    assert!(asked.iter().all(|count| *count > 0), "{asked:?}");
    let rate = asked.iter().sum::<u64>() / took.as_secs().max(1);
    eprintln!("{reloads} reloads in {took:?}, {rate} requests a second");
    assert!(rate >= REQUESTS_PER_SECOND, "{rate} requests a second");
}

/// Lets the streams end, each in the configuration that it began in.
async fn end(upstream: &Held, streams: Vec<(Call, u64, RawClient)>, began_in: u64) {
    upstream.let_go(CLIENTS);
    for (call, own, mut client) in streams {
        let answer = client.answer().await;
        let verdict = call.judge(own, answer.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{call:?} {own}");
        assert_eq!(number(&answer.unwrap()), began_in, "{call:?} {own}");
    }
}

/// Fault C05: two hundred reloads while 200 clients stream on three listeners and others ask, each to another answer and to another upstream: no request fails, none is answered by a configuration that was replaced before, and every stream ends whole in the one that it began in, at its own upstream.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_reloads_under_two_hundred_streams_cost_no_request() {
    let (upstream, other) = (Held::start().await, Held::start().await);
    let scene = Scene::start(upstream.raw.port()).await;
    let streams = open(&scene).await;
    let connections = upstream.raw.connections();
    let upstreams = (upstream.raw.port(), other.raw.port());
    under_load(&scene, RELOADS, upstreams).await;
    assert!(other.raw.connections() > 0);
    // Those that asked before the first reload, each with one to spare.
    let more = upstream.raw.connections() - connections;
    assert!(
        more <= 2 * ASKING,
        "{more} connections to what was replaced"
    );
    end(&upstream, streams, 0).await;
    let refused = r#"config_reloads_total{outcome="refused"}"#;
    assert_eq!(scene.metric(refused).await, None);
}

/// Fault C05: memory is back where it was after two hundred reloads under load and streams.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_leave_no_memory_behind() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    let same = (upstream.raw.port(), upstream.raw.port());
    // What the first reloads and connections bring is the baseline.
    let streams = open(&scene).await;
    under_load(&scene, 30, same).await;
    end(&upstream, streams, 0).await;
    let baseline = scene.process.memory();
    upstream.let_go(0);
    let streams = open(&scene).await;
    under_load(&scene, RELOADS, same).await;
    end(&upstream, streams, 30).await;
    let now = scene.process.memory();
    let more = now.saturating_sub(baseline);
    // Of stacks that stayed, each would hold some 100 KiB.
    assert!(more < 8 * 1024 * 1024, "{more} bytes more");
}
