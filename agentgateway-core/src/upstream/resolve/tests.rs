use std::{
    collections::VecDeque,
    io,
    net::IpAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, advance, timeout},
};
use tokio_test::{assert_pending, assert_ready, task};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// What the scripted resolver does when it is asked. After the last step: nothing, for ever.
enum Step {
    Says(Addresses),
    Fails(io::ErrorKind),
    Hangs,
    /// Answers when it is let.
    Waits(Addresses),
}

use Step::{Fails, Hangs, Says, Waits};

#[derive(Clone)]
struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    asked: Arc<AtomicUsize>,
    gate: Arc<Semaphore>,
}

impl Script {
    fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            asked: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
        }
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

impl Resolve for Script {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        self.asked.fetch_add(1, SeqCst);
        let step = self.steps.lock().unwrap().pop_front();
        Box::pin(async move {
            match step.unwrap_or(Hangs) {
                Says(answer) => Ok(answer),
                Fails(kind) => Err(kind.into()),
                Hangs => std::future::pending().await,
                Waits(answer) => {
                    self.gate.acquire().await.unwrap().forget();
                    Ok(answer)
                }
            }
        })
    }
}

fn address(last: u8) -> Addresses {
    Addresses::new([IpAddr::from([192, 0, 2, last])])
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_used_for_its_time_and_no_longer() {
    let ttl = address(2).with_ttl(3 * SECOND);
    let script = Script::new([Says(address(1)), Says(ttl.clone()), Says(address(3))]);
    let cached = CachedResolver::new(script.clone());
    for _ in 0..3 {
        assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    }
    advance(9 * SECOND).await;
    assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    assert_eq!(script.asked(), 1);
    advance(SECOND).await;
    assert_eq!(cached.resolve("h").await.unwrap(), ttl);
    advance(3 * SECOND).await;
    assert_eq!(cached.clone().resolve("h").await.unwrap(), address(3));
    assert_eq!(script.asked(), 3);
}

/// Fault H53: one hundred who ask for a name at once, even with TTL 0, are one question to the resolver.
#[tokio::test(start_paused = true)]
async fn a_stampede_is_one_lookup() {
    for ttl in [SECOND, Duration::ZERO] {
        let answer = address(1).with_ttl(ttl);
        let script = Script::new([Waits(answer.clone()), Says(address(2))]);
        let cached = CachedResolver::new(script.clone());
        let mut askers: Vec<_> = (0..100).map(|_| task::spawn(cached.resolve("h"))).collect();
        for asker in &mut askers {
            assert_pending!(asker.poll());
        }
        script.gate.add_permits(1);
        // The wake-up went to whoever polled last; all of them are told.
        for asker in askers.iter_mut().rev() {
            assert_eq!(assert_ready!(asker.poll()).unwrap(), answer);
        }
        assert_eq!(script.asked(), 1);
        let next = if ttl.is_zero() { address(2) } else { answer };
        assert_eq!(cached.resolve("h").await.unwrap(), next);
    }
}

#[tokio::test(start_paused = true)]
async fn one_who_gives_up_strands_nobody() {
    let script = Script::new([Waits(address(1))]);
    let cached = CachedResolver::new(script.clone());
    let mut first = task::spawn(cached.resolve("h"));
    let mut second = task::spawn(cached.resolve("h"));
    assert_pending!(second.poll());
    assert_pending!(first.poll());
    drop(first);
    script.gate.add_permits(1);
    assert!(second.is_woken());
    assert_eq!(assert_ready!(second.poll()).unwrap(), address(1));

    // All gave up: who comes next goes on with the same lookup, unless it is of long ago.
    let script = Script::new([Waits(address(1)), Says(address(2))]);
    let cached = CachedResolver::new(script.clone());
    let mut left = task::spawn(cached.resolve("h"));
    assert_pending!(left.poll());
    drop(left);
    let mut next = task::spawn(cached.resolve("h"));
    assert_pending!(next.poll());
    drop(next);
    assert_eq!(script.asked(), 1);
    script.gate.add_permits(1);
    advance(10 * SECOND).await;
    assert_eq!(cached.resolve("h").await.unwrap(), address(2));
}

/// Fault H53: a failing resolver is asked once in a while, and the reason reaches everyone.
#[tokio::test(start_paused = true)]
async fn failures_are_believed_briefly() {
    for (step, kind) in [
        (Fails(io::ErrorKind::NotFound), io::ErrorKind::NotFound),
        (Fails(io::ErrorKind::Other), io::ErrorKind::Other),
        (Says(Addresses::default()), io::ErrorKind::NotFound),
    ] {
        let script = Script::new([step, Says(address(1))]);
        let cached = CachedResolver::new(script.clone());
        for _ in 0..3 {
            assert_eq!(cached.resolve("h").await.unwrap_err().kind(), kind);
        }
        assert_eq!(script.asked(), 1);
        advance(5 * SECOND).await;
        assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    }
}

/// Fault H53: the last good answer serves while the resolver fails, for a bounded time.
#[tokio::test(start_paused = true)]
async fn the_last_good_answer_outlives_a_failing_resolver() {
    let fails = || Fails(io::ErrorKind::Other);
    let script = Script::new([Says(address(1)), fails(), fails(), fails()]);
    let cached = CachedResolver::new(script.clone()).stale_for(60 * SECOND);
    let start = Instant::now();
    assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    advance(10 * SECOND).await;
    for _ in 0..3 {
        assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    }
    assert_eq!(script.asked(), 2);
    advance(59 * SECOND).await;
    assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    assert_eq!(start.elapsed(), 69 * SECOND);
    advance(5 * SECOND).await;
    assert!(cached.resolve("h").await.is_err());
    assert_eq!(script.asked(), 4);
}

/// Fault H53: a resolver that says nothing costs 1.8 s where there is an old answer, and no thread more.
#[tokio::test(start_paused = true)]
async fn a_silent_resolver_costs_little_where_there_is_an_old_answer() {
    let script = Script::new([Says(address(1)), Hangs, Says(address(2))]);
    let cached = CachedResolver::new(script.clone());
    cached.resolve("h").await.unwrap();
    advance(10 * SECOND).await;
    let start = Instant::now();
    assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    assert_eq!(start.elapsed(), Duration::from_millis(1800));
    for _ in 0..3 {
        assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    }
    assert_eq!(start.elapsed(), Duration::from_millis(1800));
    advance(5 * SECOND).await;
    assert_eq!(cached.resolve("h").await.unwrap(), address(1));
    assert_eq!(script.asked(), 2, "the silent lookup is still the one");
    advance(5 * SECOND).await;
    assert_eq!(cached.resolve("h").await.unwrap(), address(2));

    let never = CachedResolver::new(Script::new([]));
    assert!(timeout(SECOND, never.resolve("h")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_name_that_is_gone_has_no_old_answer() {
    let gone = Fails(io::ErrorKind::NotFound);
    let script = Script::new([Says(address(1)), gone, Fails(io::ErrorKind::Other)]);
    let cached = CachedResolver::new(script.clone());
    cached.resolve("h").await.unwrap();
    for kind in [io::ErrorKind::NotFound, io::ErrorKind::Other] {
        advance(10 * SECOND).await;
        assert_eq!(cached.resolve("h").await.unwrap_err().kind(), kind);
    }
}

#[tokio::test(start_paused = true)]
async fn names_are_bounded_and_the_oldest_goes_first() {
    let steps = (1..=4).map(|last| Says(address(last)));
    let script = Script::new(steps);
    let cached = CachedResolver::new(script.clone()).names(2);
    for name in ["a", "b"] {
        cached.resolve(name).await.unwrap();
        advance(Duration::from_millis(1)).await;
    }
    assert_eq!(cached.resolve("a").await.unwrap(), address(1));
    assert_eq!(cached.resolve("c").await.unwrap(), address(3));
    assert_eq!(cached.resolve("a").await.unwrap(), address(1));
    assert_eq!(cached.resolve("b").await.unwrap(), address(4));
    assert_eq!(script.asked(), 4);
}

#[tokio::test(start_paused = true)]
async fn no_time_is_too_long() {
    let script = Script::new([Says(address(1).with_ttl(Duration::MAX))]);
    let cached = CachedResolver::new(script)
        .stale_for(Duration::MAX)
        .retry_after(Duration::MAX)
        .fresh_for(Duration::MAX);
    cached.resolve("h").await.unwrap();
    advance(Duration::from_secs(600_000)).await;
    assert_eq!(
        cached.resolve("h").await.unwrap().addresses(),
        address(1).addresses()
    );
}

#[tokio::test]
async fn the_system_knows_localhost() {
    let answer = SystemResolver::new().resolve("localhost").await.unwrap();
    assert!(answer.addresses().iter().all(IpAddr::is_loopback));
    assert_eq!(answer.ttl(), None);
    let error = SystemResolver::new().resolve("nowhere.invalid").await;
    assert!(error.is_err());
}
