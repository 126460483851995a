use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::*;
use crate::config::snapshot::{AiBackend, Provider, ProviderKind};

/// Answers after so long, with a body whose second half comes after so long again.
fn slow(head: u64, body: u64) -> Parts {
    over(Upstream::new(service_fn(
        move |_: Request<Body>| async move {
            sleep(Duration::from_secs(head)).await;
            let (mut sender, channel) = http_body_util::Channel::<Bytes, BoxError>::new(1);
            tokio::spawn(async move {
                sender.send_data(Bytes::from_static(b"first ")).await.ok();
                sleep(Duration::from_secs(body)).await;
                sender.send_data(Bytes::from_static(b"second")).await.ok();
            });
            Ok::<_, BoxError>(Response::new(Body::new(channel)))
        },
    )))
}

fn limited(request: Option<u64>, attempt: Option<u64>) -> Rule {
    let mut rule = rule("/", Action::Forward(to("a")));
    rule.timeouts.request = request.map(Duration::from_secs);
    rule.timeouts.backend_request = attempt.map(Duration::from_secs);
    rule
}

#[tokio::test(start_paused = true)]
async fn a_late_head_is_504_and_zero_is_no_limit() {
    let cases = [
        (Some(2), None, 504, 2),
        (None, Some(3), 504, 3),
        (Some(4), Some(2), 504, 2),
        (Some(0), None, 200, 5),
        (Some(0), Some(0), 200, 5),
        (Some(6), Some(0), 200, 5),
        (None, None, 200, 5),
    ];
    for (request, attempt, expected, seconds) in cases {
        let table = serving(&slow(5, 0), vec![limited(request, attempt)]);
        let begun = Instant::now();
        assert_eq!(
            status(&table, get("/")).await,
            expected,
            "{request:?} {attempt:?}"
        );
        assert_eq!(
            begun.elapsed().as_secs(),
            seconds,
            "{request:?} {attempt:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_limit_holds_until_the_end_of_the_answer() {
    for (request, attempt) in [(Some(7), None), (None, Some(7))] {
        let table = serving(&slow(5, 5), vec![limited(request, attempt)]);
        let begun = Instant::now();
        let response = ask(&table, get("/")).await;
        assert_eq!(response.status(), 200);
        let error = response.into_body().collect().await.unwrap_err();
        assert_eq!(error.status(), 504);
        assert_eq!(begun.elapsed().as_secs(), 7);
    }
    let table = serving(&slow(5, 5), vec![limited(Some(11), None)]);
    assert_eq!(text(ask(&table, get("/")).await).await, "first second");
}

#[tokio::test(start_paused = true)]
async fn a_backends_own_limit_holds_where_the_route_says_none() {
    let mut own = (*service("a")).clone();
    own.settings.request_timeout = Some(Duration::from_secs(2));
    let action = || {
        let outcome = Outcome::Backend(own.clone().into());
        Action::Forward(vec![WeightedBackend::new(1, outcome)])
    };
    let table = serving(&slow(5, 0), vec![rule("/", action())]);
    assert_eq!(status(&table, get("/")).await, 504);
    let mut said = limited(None, Some(9));
    said.action = action();
    let table = serving(&slow(5, 0), vec![said]);
    assert_eq!(status(&table, get("/")).await, 200);
}

#[tokio::test(start_paused = true)]
async fn a_stream_past_its_limit_ends_in_its_protocol() {
    let client = Upstream::new(service_fn(|_: Request<Body>| async {
        let (mut sender, channel) = http_body_util::Channel::<Bytes, BoxError>::new(1);
        tokio::spawn(async move {
            let first = Bytes::from_static(
                b"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"so\"}}]}\n\n",
            );
            sender.send_data(first).await.ok();
            // The rest never comes.
            sleep(Duration::from_secs(1_000_000)).await;
        });
        let response = Response::builder().header("content-type", "text/event-stream");
        Ok::<_, BoxError>(response.body(Body::new(channel)).unwrap())
    }));
    let at = Endpoints::Name(HostPort::new("model", 80));
    let groups = vec![vec![Provider::new("p", ProviderKind::OpenAi, at)]];
    let model = Outcome::Backend(backend(BackendKind::Ai(AiBackend::new(groups))));
    let mut rule = limited(Some(7), None);
    rule.action = Action::Forward(vec![WeightedBackend::new(1, model)]);
    let table = serving(&over(client), vec![rule]);
    let begun = Instant::now();
    let body = r#"{"model":"m","stream":true,"messages":[]}"#;
    let response = ask(&table, post("/v1/chat/completions", body)).await;
    assert_eq!(response.status(), 200);
    let said = text(response).await;
    let told = said.starts_with("data: {\"choices\":[{") && said.contains("\"error\"");
    assert!(told && !said.contains("[DONE]"), "{said}");
    assert_eq!(begun.elapsed().as_secs(), 7);
}
