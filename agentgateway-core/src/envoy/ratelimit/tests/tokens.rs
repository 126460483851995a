//! Tokens, which are known when the exchange has ended.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::Response;
use tokio_test::task;

use super::*;
use crate::{
    body::{Body, End},
    context::{Meter, Used},
    envoy::{ratelimit::report, tests::*, wire::ratelimit::RateLimitRequest},
    error::{Error, ErrorKind},
    policy::FailureMode,
};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Keeps what it is to run.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Task>>>);

impl Kept {
    fn take(&self) -> Vec<Task> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// The answer of a model.
fn says_something() -> Response<Body> {
    Response::new(Body::from(Bytes::from_static(b"hello")))
}

/// What a protocol layer does that reads so many tokens in an answer.
fn uses(passed: Passed, tokens: u64) {
    let mut answer = passed.begin(says_something());
    let claim = Meter::claim(answer.extensions_mut()).unwrap();
    drop(answer);
    claim.settle(&Used::tokens(tokens, None), End::Complete);
}

fn by_tokens(client: Upstream, kept: &Kept) -> GlobalRateLimit {
    let kept = kept.clone();
    limit(client)
        .descriptor(by_user().tokens())
        .descriptor(Descriptor::new().constant("all", "requests"))
        .executor(move |task| kept.0.lock().unwrap().push(task))
}

#[tokio::test(start_paused = true)]
async fn tokens_are_asked_about_before_and_told_after() {
    let (kept, mut counted) = (Kept::default(), None);
    let mut rig = Rig::new(|client| counted.insert(by_tokens(client, &kept)).clone());
    let (asked, outcome) = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok))));
    let message: RateLimitRequest = asked.message();
    let costs: Vec<_> = message
        .descriptors
        .iter()
        .map(|one| (line(one), one.hits_addend))
        .collect();
    assert_eq!(
        costs,
        [
            ("user=alice".into(), Some(0)),
            ("all=requests".into(), None)
        ]
    );

    let mut answer = outcome.passed().begin(says_something());
    let claim = Meter::claim(answer.extensions_mut()).unwrap();
    drop(answer);
    assert!(kept.take().is_empty(), "who has claimed it will tell");
    claim.settle(&Used::tokens(100, 20), End::Complete);
    let mut tasks = kept.take();
    assert_eq!(tasks.len(), 1);
    let mut task = task::spawn(tasks.remove(0));
    tokio_test::assert_pending!(task.poll());
    let (told, reply) = rig.told();
    let message: RateLimitRequest = told.message();
    assert_eq!(
        (message.domain.as_str(), message.hits_addend),
        ("gateway", 120)
    );
    let [tokens] = &message.descriptors[..] else {
        panic!("requests were counted before: {message:?}");
    };
    assert_eq!(
        (line(tokens).as_str(), tokens.hits_addend),
        ("user=alice", Some(120))
    );
    // Over the limit by now: that is for the next request.
    reply.send_response(grpc(&says(Code::OverLimit)));
    tokio_test::assert_ready!(task.poll());
    assert_eq!(counted.unwrap().counts().unreported, 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_added_before_is_not_added_again() {
    let kept = Kept::default();
    let mut rig = Rig::new(|client| {
        let reserved = by_user().tokens().cost(|_| 100);
        by_tokens(client, &kept).descriptor(reserved)
    });
    for (used, told) in [(130, &[130, 30][..]), (70, &[70]), (100, &[100])] {
        let (asked, outcome) = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok))));
        let before: Vec<_> = costs(&asked.message());
        assert_eq!(before, [Some(0), None, Some(100)]);
        uses(outcome.passed(), used);
        let mut task = task::spawn(kept.take().remove(0));
        tokio_test::assert_pending!(task.poll());
        let after: Vec<_> = costs(&rig.told().0.message());
        assert_eq!(
            after,
            told.iter().map(|cost| Some(*cost)).collect::<Vec<_>>()
        );
    }
}

fn costs(message: &RateLimitRequest) -> Vec<Option<u64>> {
    let descriptors = message.descriptors.iter();
    descriptors
        .map(|descriptor| descriptor.hits_addend)
        .collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_not_known_or_nothing_is_not_told() {
    let kept = Kept::default();
    let mut rig = Rig::new(|client| by_tokens(client, &kept));
    for _ in 0..2 {
        let outcome = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok)))).1;
        let answer = outcome.passed().answer(says_something());
        drop(answer);
    }
    let outcome = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok)))).1;
    let mut answer = outcome.passed().begin(says_something());
    drop(Meter::claim(answer.extensions_mut()).unwrap());
    let outcome = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok)))).1;
    uses(outcome.passed(), 0);
    assert!(kept.take().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_report_that_does_not_arrive_is_counted() {
    let (kept, mut counted) = (Kept::default(), None);
    let mut rig = Rig::new(|client| {
        let policy = by_tokens(client, &kept).failure_mode(FailureMode::Open);
        counted.insert(policy).clone()
    });
    let counted = counted.unwrap();
    let mut settle = |answer| {
        uses(rig.judged(of("alice"), answer).1.passed(), 9);
    };
    // Also a request that has passed without a word used its tokens.
    settle(Err(Error::new(ErrorKind::Unavailable, "gone")));
    settle(Ok(grpc(&says(Code::Ok))));
    let mut tasks = kept.take();
    drop(tasks.pop());
    assert_eq!(counted.counts().unreported, 1, "nobody has run it");
    let mut task = task::spawn(tasks.remove(0));
    tokio_test::assert_pending!(task.poll());
    let reply = rig.told().1;
    tokio::time::advance(Duration::from_secs(6)).await;
    tokio_test::assert_ready!(task.poll());
    drop(reply);
    assert_eq!(counted.counts().unreported, 2);
}

#[tokio::test(start_paused = true)]
async fn so_many_reports_are_on_their_way_and_no_more() {
    let (kept, mut counted) = (Kept::default(), None);
    let mut rig = Rig::new(|client| counted.insert(by_tokens(client, &kept)).clone());
    let mut settle = || {
        let outcome = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok)))).1;
        uses(outcome.passed(), 1);
    };
    for _ in 0..report::MAX_IN_FLIGHT + 3 {
        settle();
        // Channels are ready a few times in a turn, and no more.
        tokio::task::yield_now().await;
    }
    let tasks = kept.take();
    assert_eq!(tasks.len(), report::MAX_IN_FLIGHT);
    assert_eq!(counted.as_ref().unwrap().counts().unreported, 3);
    // Each that is over makes room for another.
    drop(tasks);
    settle();
    assert_eq!(kept.take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn limits_of_one_exchange_are_settled_together() {
    let kept = Kept::default();
    let (one, two) = (kept.clone(), kept.clone());
    let mut extensions = http::Extensions::new();
    let mut bodies = Vec::new();
    for kept in [one, two] {
        let mut rig = Rig::new(|client| by_tokens(client, &kept));
        let outcome = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok)))).1;
        let mut response = says_something();
        *response.extensions_mut() = extensions;
        let (head, body) = outcome.passed().begin(response).into_parts();
        extensions = head.extensions;
        bodies.push(body);
    }
    let claim = Meter::claim(&mut extensions).unwrap();
    claim.settle(&Used::tokens(5, None), End::Complete);
    drop(bodies);
    assert_eq!(kept.take().len(), 2);
}

#[test]
fn an_exchange_that_ends_where_no_runtime_is_tells_nobody_and_breaks_nothing() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let mut counted = None;
    let passed = runtime.block_on(async {
        let mut rig = Rig::new(|client| {
            counted
                .insert(limit(client).descriptor(by_user().tokens()))
                .clone()
        });
        let outcome = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok)))).1;
        outcome.passed()
    });
    uses(passed, 5);
    assert_eq!(counted.unwrap().counts().unreported, 1);
}
