//! Reload after reload under streams and requests.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{
    raw::RawClient,
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

/// Asks on one connection, as often as `pace` says, until it is told to stop.
async fn steadily(
    mut client: RawClient,
    call: Call,
    pace: Duration,
    numbers: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
) -> u64 {
    let mut asked = 0;
    let mut ticks = interval(pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !stop.load(Relaxed) {
        ticks.tick().await;
        let number = numbers.fetch_add(1, Relaxed);
        client.send(call.request(number)).await;
        let verdict = call.judge(number, client.answer().await.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{call:?} after {asked}");
        asked += 1;
    }
    asked
}

/// Changes the file and waits until that runs.
async fn reload(scene: &Scene, generation: u64) {
    scene.write(&format!("{}# {generation}\n", scene.text));
    scene.process.hang_up().await;
    scene
        .until("the next generation", |status| {
            status["running"]["generation"].as_u64().unwrap() >= generation
        })
        .await;
}

async fn under_load(scene: &Scene, reloads: u64, within: Option<Duration>) -> u64 {
    let (stop, numbers) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(STEADY)),
    );
    let mut load = JoinSet::new();
    for nth in 0..20 {
        let call = [Call::Chat, Call::Tool, Call::Message, Call::Get][nth % 4];
        let client = scene.client(call).await;
        let pace = Duration::from_millis(20);
        load.spawn(steadily(client, call, pace, numbers.clone(), stop.clone()));
    }
    let (begun, before) = (Instant::now(), scene.generation().await);
    for number in 1..=reloads {
        reload(scene, before + number).await;
        if within.is_some_and(|within| begun.elapsed() > within) {
            break;
        }
    }
    stop.store(true, Relaxed);
    let asked = load.join_all().await;
    assert!(asked.iter().all(|count| *count > 0), "{asked:?}");
    scene.generation().await - before
}

async fn end(upstream: &Held, streams: Vec<(Call, u64, RawClient)>) {
    upstream.let_go(CLIENTS);
    for (call, number, mut client) in streams {
        let verdict = call.judge(number, client.answer().await.as_ref());
        assert_eq!(verdict, Verdict::Whole, "{call:?} {number}");
    }
}

/// Fault C05: 200 reloads of the directory while 200 clients stream on three listeners and others ask: no request fails, and every stream ends whole in what it began in.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_reloads_under_two_hundred_streams_cost_no_request() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    let streams = open(&scene).await;
    let reloads = under_load(&scene, 200, Some(Duration::from_secs(30))).await;
    // As many as the machine does in time: an idle one does all of them.
    assert!(reloads >= 20, "{reloads}");
    end(&upstream, streams).await;
    assert_eq!(
        scene
            .metric(r#"config_reloads_total{outcome="refused"}"#)
            .await,
        None
    );
}

/// Fault C05: memory is back where it was after a hundred reloads under load and streams.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reloads_leave_no_memory_behind() {
    let upstream = Held::start().await;
    let scene = Scene::start(upstream.raw.port()).await;
    // What the first reloads and connections bring is the baseline.
    let streams = open(&scene).await;
    under_load(&scene, 30, Some(Duration::from_secs(8))).await;
    end(&upstream, streams).await;
    let baseline = scene.process.memory();
    upstream.let_go(0);
    let streams = open(&scene).await;
    let reloads = under_load(&scene, 100, Some(Duration::from_secs(12))).await;
    end(&upstream, streams).await;
    let now = scene.process.memory();
    let more = now.saturating_sub(baseline);
    // Of stacks that stayed, each would hold some 100 KiB.
    assert!(
        more < 8 * 1024 * 1024,
        "{more} bytes more after {reloads} reloads"
    );
}
