//! Budgets that several gateways share.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use agentgateway_tests::{Configured, Manifests, Process, get, raw::RawUpstream};
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{
    redis_server::RedisServer,
    replicas::{VARIABLE, told},
    spending::question,
    *,
};

/// A budget of a route.
fn budget(route: &str, budget: &str) -> String {
    policy(
        route,
        &of_route(route),
        &format!("traffic: {{budgets: [{budget}]}}"),
    )
}

/// A route to this backend.
fn route(name: &str, backend: &str) -> String {
    served("llm", name, backend, FROM_THE_ROOT)
}

/// Two gateways of the same manifests, which share a Redis.
struct Pair {
    gateways: [Process; 2],
    _configured: [Configured; 2],
}

impl Pair {
    async fn start(manifests: &Manifests, redis: &RedisServer) -> Self {
        let configured = [0; 2].map(|_| Configured::new(manifests.clone()));
        let url = redis.url();
        let start = async |configured: &Configured| {
            let arguments = configured.arguments("127.0.0.1:0");
            Process::start(&arguments, &[(VARIABLE, &url)]).await
        };
        let gateways = [start(&configured[0]).await, start(&configured[1]).await];
        Self {
            gateways,
            _configured: configured,
        }
    }
}

/// What a model answers that has used so many tokens as it has tokens reserved.
const ANSWER: &str = r#"{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":20,"total_tokens":30}}"#;

/// A model that answers when it is let.
async fn model(gate: Arc<Semaphore>) -> RawUpstream {
    RawUpstream::start(move |mut connection| {
        let gate = Arc::clone(&gate);
        async move {
            while connection.request().await.is_some() {
                // The permit is given back: those that are there are for all.
                let _permit = gate.acquire().await.unwrap();
                let length = ANSWER.len();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{ANSWER}"
                );
                connection.send(answer).await;
            }
        }
    })
    .await
}

/// A route to this model, with a budget.
fn metered(model: &RawUpstream, spending: &str) -> Manifests {
    let backend = format!(
        "{{ai: {{groups: [{{providers: [{{name: m, host: 127.0.0.1, port: {}, openai: {{}}}}]}}]}}}}",
        model.port()
    );
    Manifests::default()
        .and(&route("model", &backend))
        .and(&budget("model", spending))
}

fn url(gateway: &Process) -> String {
    format!("{}/model/v1/chat/completions", gateway.url("llm"))
}

type H2 = Client<HttpConnector, Full<Bytes>>;

/// A client of one connection of HTTP/2.
fn client() -> H2 {
    Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http()
}

/// Asks until it is known whether the call may pass: where Redis needs too long for its word, a client
/// is told to try again.
async fn ask(client: H2, url: String) -> StatusCode {
    loop {
        let request = Request::post(&url).header("content-type", "application/json");
        let body = Full::from(question("hello", false));
        let answer = client.request(request.body(body).unwrap()).await.unwrap();
        let status = answer.status();
        answer.into_body().collect().await.unwrap();
        if status != StatusCode::SERVICE_UNAVAILABLE {
            return status;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

/// The reservations of all of them are there at once: nothing is settled until the rest was refused.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_at_once_spend_no_more_than_two_gateways_have_together() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let gate = Arc::new(Semaphore::new(0));
    let model = model(Arc::clone(&gate)).await;
    let manifests = metered(&model, "{tokens: 3000, window: 1h, reserve: '30'}");
    let pair = Pair::start(&manifests, &redis).await;
    let urls = pair.gateways.each_ref().map(url);
    let refused = Arc::new(AtomicUsize::new(0));
    let mut asking = JoinSet::new();
    for at in 0..10 {
        let client = client();
        for _ in 0..100 {
            let (client, url) = (client.clone(), urls[at % 2].clone());
            let refused = Arc::clone(&refused);
            asking.spawn(async move {
                let status = ask(client, url).await;
                refused.fetch_add(usize::from(status != StatusCode::OK), Relaxed);
                status
            });
        }
    }
    let rest = async {
        while refused.load(Relaxed) < 900 {
            sleep(Duration::from_millis(5)).await;
        }
    };
    // A budget that lets more pass is seen in the figures.
    let _ = timeout(Duration::from_secs(20), rest).await;
    gate.add_permits(1000);
    let statuses = asking.join_all().await;
    let count = |status| statuses.iter().filter(|own| **own == status).count();
    let passed = count(StatusCode::OK);
    assert!((95..=100).contains(&passed), "{passed} of 1000");
    assert_eq!(count(StatusCode::TOO_MANY_REQUESTS), 1000 - passed);
    assert_eq!(model.requests().len(), passed);
    // Once more: what was settled is as much as was reserved.
    let mut more = 0;
    for url in urls.iter().cycle().take(10) {
        more += usize::from(ask(client(), url.clone()).await == StatusCode::OK);
    }
    assert_eq!(passed + more, 100);
}

const PASSES: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";

/// Fault L29 (part): while Redis is away budgets of policies refuse with 503, or let pass if that is asked of them; when it is back they count again, without a restart.
#[tokio::test(flavor = "multi_thread")]
async fn budgets_do_as_they_say_while_redis_is_away_and_count_when_it_is_back() {
    let Some(mut redis) = RedisServer::start().await else {
        return;
    };
    let service = RawUpstream::serving(PASSES).await;
    let backend = format!("{{static: {{host: 127.0.0.1, port: {}}}}}", service.port());
    let open = "{requests: 3, window: 1h, failureMode: FailOpen}";
    let manifests = Manifests::default()
        .and(&route("closed", &backend))
        .and(&budget("closed", "{requests: 3, window: 1h}"))
        .and(&route("open", &backend))
        .and(&budget("open", open));
    let pair = Pair::start(&manifests, &redis).await;
    // What four requests are told, asked of both in turn.
    let statuses = async |path: &str| {
        let mut statuses = Vec::new();
        for gateway in pair.gateways.iter().cycle().take(4) {
            let answer = get(&format!("{}/{path}", gateway.url("llm"))).await;
            let told = answer.headers().contains_key("retry-after");
            assert_eq!(told, answer.status() != StatusCode::OK, "{answer:?}");
            statuses.push(answer.status().as_u16());
        }
        statuses
    };
    assert_eq!(statuses("closed").await, [200, 200, 200, 429]);
    redis.stop();
    told(&pair.gateways, "redis is away", 1).await;
    assert_eq!(statuses("closed").await, [503; 4]);
    assert_eq!(statuses("open").await, [200; 4]);
    // What Redis knew is gone with it; what an open budget let pass is counted.
    redis.restart().await;
    told(&pair.gateways, "redis is present", 2).await;
    assert_eq!(statuses("closed").await, [200, 200, 200, 429]);
    let counted = async { while statuses("open").await != [429; 4] {} };
    timeout(Duration::from_secs(10), counted).await.unwrap();
}

/// Fault O05 (part): a gateway that is killed takes none of a shared budget with it: what it has settled is counted, and what it had reserved stays spent to the end of the window.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_gateway_had_reserved_stays_spent() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let gate = Arc::new(Semaphore::new(1));
    let model = model(Arc::clone(&gate)).await;
    let manifests = metered(&model, "{tokens: 120, window: 1h, reserve: '40'}");
    let pair = Pair::start(&manifests, &redis).await;
    let [killed, other] = &pair.gateways;
    // 30 are settled, and 40 reserved for an answer that does not come any more.
    assert_eq!(ask(client(), url(killed)).await, StatusCode::OK);
    gate.forget_permits(1);
    let waiting = tokio::spawn(ask(client(), url(killed)));
    model.requested(2).await;
    killed.signal("-KILL").await;
    assert!(waiting.await.is_err());
    gate.add_permits(10);
    // Of the 50 that are left one call can have 40, and leaves 20.
    assert_eq!(ask(client(), url(other)).await, StatusCode::OK);
    assert_eq!(
        ask(client(), url(other)).await,
        StatusCode::TOO_MANY_REQUESTS
    );
}
