//! How passwords are checked: where, how many at once, and how often.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use http::{StatusCode, request};
use tokio::time::advance;
use tokio_test::{assert_pending, assert_ready, task};

use crate::{
    auth::{Authentication, basic::*, tests::support::*},
    error::Error,
    policy::Policy,
};

type Job = Box<dyn FnOnce() + Send>;

/// Does the work when it is told to.
#[derive(Clone, Default)]
struct Bench(Arc<Mutex<VecDeque<Job>>>);

impl Bench {
    fn jobs(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn works(&self) {
        let job = self.0.lock().unwrap().pop_front().unwrap();
        job();
    }

    fn burns(&self) {
        self.0.lock().unwrap().clear();
    }
}

fn users(lines: &[&str]) -> Htpasswd {
    Htpasswd::parse(&lines.join("\n")).unwrap()
}

/// The password of both is `pass`.
const ALICE: &str = "alice:$apr1$r31.....$l3fNnA8DeXMtfQtFyJCO8/";
const BOB: &str = "bob:{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ=";

fn rig() -> (Basic, Bench) {
    let bench = Bench::default();
    let jobs = bench.clone();
    let basic = Basic::new(users(&[ALICE, BOB]))
        .unwrap()
        .checked_by(move |job| jobs.0.lock().unwrap().push_back(job));
    (basic, bench)
}

fn saying(user: &str, password: &str) -> request::Parts {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    with(&[("authorization", &format!("basic {pair}"))])
}

fn asks(
    policy: &Authentication,
    user: &str,
    password: &str,
) -> task::Spawn<impl Future<Output = Result<request::Parts, Error>> + use<>> {
    let (policy, head) = (policy.clone(), saying(user, password));
    task::spawn(async move { decided(&policy, head).await })
}

#[tokio::test]
async fn a_right_password_names_its_user() {
    let basic = Basic::new(users(&[ALICE, BOB])).unwrap().realm("tools");
    let policy = Authentication::new(basic);
    let head = decided(&policy, saying("alice", "pass")).await.unwrap();
    assert_eq!(caller(&head), Some("alice"));
    assert!(head.headers.is_empty());
    for (user, password) in [
        ("alice", "wrong"),
        ("carol", "pass"),
        ("", ""),
        ("Alice", "pass"),
    ] {
        let error = decided(&policy, saying(user, password)).await.unwrap_err();
        assert_eq!(error.message(), "the name or the password is not valid");
        assert_eq!(rule(&error), "authentication basic unknown");
        assert_eq!(challenge(&error), r#"Basic charset="UTF-8",realm="tools""#);
    }
    let long = "x".repeat(3000);
    for odd in ["!", "YWxpY2U=", "/w==", "/zpwYXNz", &long] {
        let head = with(&[("authorization", &format!("Basic {odd}"))]);
        let error = decided(&policy, head).await.unwrap_err();
        assert_eq!(rule(&error), "authentication basic malformed", "{odd}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_right_is_remembered_for_a_while_and_what_was_wrong_is_not() {
    let (basic, bench) = rig();
    let policy = Authentication::new(basic.clone());
    let mut first = asks(&policy, "alice", "pass");
    assert_pending!(first.poll());
    bench.works();
    assert!(assert_ready!(first.poll()).is_ok());
    // No work, and no wait.
    assert!(now(&policy, saying("alice", "pass")).is_ok());
    for wrong in ["pas", "pass!", ""] {
        for _ in 0..2 {
            let mut wrong = asks(&policy, "alice", wrong);
            assert_pending!(wrong.poll());
            bench.works();
            assert!(assert_ready!(wrong.poll()).is_err());
        }
    }
    // The password of one is not remembered for another, whatever the cut between the two.
    assert_pending!(asks(&policy, "bob", "pass").poll());
    assert_pending!(asks(&policy, "alic", "epass").poll());
    assert_eq!(bench.jobs(), 2);
    bench.works();
    bench.works();

    advance(Duration::from_secs(299)).await;
    assert!(now(&policy, saying("alice", "pass")).is_ok());
    advance(Duration::from_secs(1)).await;
    assert_pending!(asks(&policy, "alice", "pass").poll());
    bench.works();

    let mut again = asks(&policy, "alice", "pass");
    assert_pending!(again.poll());
    bench.works();
    assert!(assert_ready!(again.poll()).is_ok());
    basic.update(users(&[BOB]));
    let mut gone = asks(&policy, "alice", "pass");
    assert_pending!(gone.poll());
    bench.works();
    assert!(
        assert_ready!(gone.poll()).is_err(),
        "with the file it is forgotten"
    );
}

#[tokio::test(start_paused = true)]
async fn those_who_say_the_same_share_one_check() {
    let (basic, bench) = rig();
    let policy = Authentication::new(basic);
    let mut calls: Vec<_> = (0..10).map(|_| asks(&policy, "alice", "pass")).collect();
    for call in &mut calls {
        assert_pending!(call.poll());
    }
    assert_eq!(bench.jobs(), 1);
    drop(calls.remove(0));
    bench.works();
    for call in &mut calls {
        assert!(call.is_woken());
        assert!(assert_ready!(call.poll()).is_ok());
    }
    assert_eq!(bench.jobs(), 0);
}

#[tokio::test(start_paused = true)]
async fn checks_have_a_bound_at_once_and_in_waiting() {
    let (basic, bench) = rig();
    let policy = Authentication::new(basic.at_once(1).max_waiting(3));
    let mut calls: Vec<_> = (0..3)
        .map(|call| asks(&policy, "alice", &format!("guess {call}")))
        .collect();
    for call in &mut calls {
        assert_pending!(call.poll());
    }
    assert_eq!(bench.jobs(), 1, "the others wait for a place");
    let error = now(&policy, saying("alice", "one more")).unwrap_err();
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    assert_eq!(rule(&error), "authentication basic unavailable");

    // One who leaves makes room, and gives its place away only when the work is done.
    drop(calls.remove(0));
    let mut late = asks(&policy, "alice", "pass");
    assert_pending!(late.poll());
    for call in &mut calls {
        assert_pending!(call.poll());
    }
    assert_eq!(bench.jobs(), 1);
    bench.works();
    for call in &mut calls {
        assert_pending!(call.poll());
        bench.works();
        assert!(assert_ready!(call.poll()).is_err());
    }
    assert_pending!(late.poll());
    bench.works();
    assert!(assert_ready!(late.poll()).is_ok());
}

#[tokio::test(start_paused = true)]
async fn work_that_is_never_done_is_told() {
    let (basic, bench) = rig();
    let policy = Authentication::new(basic);
    let mut call = asks(&policy, "alice", "pass");
    assert_pending!(call.poll());
    bench.burns();
    let error = assert_ready!(call.poll()).unwrap_err();
    assert_eq!(error.status(), StatusCode::SERVICE_UNAVAILABLE);
}

/// No clock: a name that is not known costs the same work as one that is.
#[tokio::test(start_paused = true)]
async fn an_unknown_name_costs_what_a_known_one_does() {
    let (basic, bench) = rig();
    let policy = Authentication::new(basic);
    for user in ["alice", "bob", "carol", "", "dave"] {
        let mut call = asks(&policy, user, "wrong");
        assert_pending!(call.poll(), "{user}");
        assert_eq!(bench.jobs(), 1, "{user}");
        bench.works();
        let error = assert_ready!(call.poll()).unwrap_err();
        assert_eq!(rule(&error), "authentication basic unknown");
    }
    // Each takes the hash of another, whose password does not open it.
    let file = users(&[ALICE, BOB]);
    for decoy in 0..4 {
        let (hash, is_own) = file.hash_for("carol", decoy);
        assert!(hash.is_some_and(|hash| hash.is_of(b"pass")) && !is_own);
        assert!(!file.is_right("carol", b"pass", decoy));
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_has_a_bound() {
    let (basic, bench) = rig();
    let basic = basic.max_remembered(1);
    let policy = Authentication::new(basic);
    for user in ["alice", "bob"] {
        let mut call = asks(&policy, user, "pass");
        assert_pending!(call.poll());
        bench.works();
        assert!(assert_ready!(call.poll()).is_ok());
        advance(Duration::from_secs(1)).await;
    }
    assert!(now(&policy, saying("bob", "pass")).is_ok());
    assert_pending!(asks(&policy, "alice", "pass").poll());
    assert_eq!(bench.jobs(), 1);
}

#[test]
fn shows_neither_users_nor_passwords() {
    let (basic, _bench) = rig();
    let policy = Authentication::new(basic.clone());
    let shown = format!("{basic:?} {policy:?} {}", policy.name());
    for secret in ["alice", "apr1", "nU4e"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    fn shared<T: Clone + Send + Sync>(_: &T) {}
    shared(&basic);
}
