//! When endpoints are checked, and what comes of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    task::JoinHandle,
    time::{Instant, advance, sleep},
};

use crate::{
    balance::{Balancer, Criteria, Health, Member, Outcome, Tried},
    error::{Error, ErrorKind},
    health::HealthChecks,
};

/// What endpoints answer by their key, and when they were asked.
#[derive(Clone, Default)]
struct Scene {
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<(String, Instant)>>>,
}

#[derive(Clone, Copy, PartialEq)]
enum Answer {
    Down,
    Silent,
}

impl Scene {
    fn set(&self, key: &str, answer: Option<Answer>) {
        let mut answers = self.answers.lock().unwrap();
        match answer {
            Some(answer) => answers.insert(key.to_owned(), answer),
            None => answers.remove(key),
        };
    }

    /// Checks with a chance in the middle, so that intervals are as they are set.
    fn run(&self, balancer: &Balancer<String>) -> JoinHandle<()> {
        let own = self.clone();
        let checks = HealthChecks::new(move |endpoint: &String| {
            let own = own.clone();
            let endpoint = endpoint.clone();
            async move { own.answer(endpoint).await }
        });
        tokio::spawn(checks.random(|| u64::MAX / 2).run(balancer))
    }

    async fn answer(&self, endpoint: String) -> Result<(), Error> {
        let answer = self.answers.lock().unwrap().get(&endpoint).copied();
        self.asked.lock().unwrap().push((endpoint, Instant::now()));
        match answer {
            None => Ok(()),
            Some(Answer::Down) => Err(Error::new(ErrorKind::Unavailable, "down")),
            Some(Answer::Silent) => std::future::pending().await,
        }
    }

    fn times(&self, key: &str) -> Vec<Instant> {
        let asked = self.asked.lock().unwrap();
        let own = asked.iter().filter(|(asked, _)| asked == key);
        own.map(|(_, at)| *at).collect()
    }
}

fn members<const N: usize>(keys: [&str; N]) -> [Member<String>; N] {
    keys.map(|key| Member::new(key, key.to_owned()))
}

fn out(balancer: &Balancer<String>) -> String {
    let standings = balancer.standings().into_iter();
    let out = standings.filter(|one| one.health == Health::Out);
    out.map(|one| one.key.to_string()).collect()
}

/// Seconds, and a moment for who is woken at their end.
async fn seconds(count: u64) {
    sleep(Duration::from_millis(count * 1_000 + 20)).await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_thrice_is_out_and_what_answers_once_is_back() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members(["a", "b"])));
    let checking = scene.run(&balancer);
    seconds(1).await;
    assert_eq!((scene.times("a").len(), scene.times("b").len()), (1, 1));
    for answer in [Answer::Down, Answer::Silent] {
        scene.set("b", Some(answer));
        seconds(21).await;
        assert_eq!(out(&balancer), "", "two failures");
        seconds(17).await;
        assert_eq!(out(&balancer), "b");
        for _ in 0..20 {
            assert_eq!(&**balancer.pick().unwrap().key(), "a");
        }
        scene.set("b", None);
        seconds(14).await;
        assert_eq!(out(&balancer), "");
    }
    checking.abort();
}

#[tokio::test(start_paused = true)]
async fn each_has_its_turns() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members(["a"])));
    let checking = scene.run(&balancer);
    seconds(100).await;
    let times = scene.times("a");
    assert_eq!(times.len(), 10);
    for pair in times.windows(2) {
        let apart = pair[1] - pair[0];
        assert!(
            apart.abs_diff(Duration::from_secs(10)) < Duration::from_millis(20),
            "{apart:?}"
        );
    }
    checking.abort();
}

#[tokio::test(start_paused = true)]
async fn chance_moves_a_turn_by_a_tenth() {
    let balancer = Balancer::new(members(["a"]));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let times = Arc::clone(&asked);
    let checks = HealthChecks::new(move |_: &String| {
        times.lock().unwrap().push(Instant::now());
        async { Ok(()) }
    });
    let checking = tokio::spawn(checks.run(&balancer));
    seconds(1_000).await;
    let asked = asked.lock().unwrap();
    let apart: Vec<_> = asked.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (least, most) = (apart.iter().min().unwrap(), apart.iter().max().unwrap());
    assert!(*least >= Duration::from_secs(9) && *most <= Duration::from_millis(11_010));
    assert!(
        *most - *least > Duration::from_secs(1),
        "{least:?} {most:?}"
    );
    checking.abort();
}

#[tokio::test(start_paused = true)]
async fn endpoints_come_and_go() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members(["a", "b"])));
    scene.set("b", Some(Answer::Down));
    scene.set("c", Some(Answer::Down));
    let checking = scene.run(&balancer);
    seconds(25).await;
    assert_eq!(out(&balancer), "b");
    balancer.update(members(["a", "c"]));
    seconds(2).await;
    assert_eq!(scene.times("c").len(), 1);
    seconds(20).await;
    assert_eq!(out(&balancer), "c");
    let before = scene.times("b").len();
    seconds(60).await;
    assert_eq!(scene.times("b").len(), before, "it has left");
    // It is a new one, of which nothing is known.
    balancer.update(members(["b"]));
    assert_eq!(out(&balancer), "");
    seconds(25).await;
    assert_eq!(out(&balancer), "b");
    checking.abort();
}

#[tokio::test(start_paused = true)]
async fn ends_with_the_balancer_and_takes_back_what_it_has_taken_out() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members(["a", "b"])));
    scene.set("a", Some(Answer::Down));
    let checking = scene.run(&balancer);
    seconds(25).await;
    assert_eq!(out(&balancer), "a");
    checking.abort();
    seconds(1).await;
    assert_eq!(out(&balancer), "", "nobody would take it back");
    let checking = scene.run(&balancer);
    drop(balancer);
    seconds(15).await;
    assert!(checking.is_finished());
}

#[tokio::test(start_paused = true)]
async fn an_empty_set_is_looked_after_too() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members([])));
    let checking = scene.run(&balancer);
    seconds(30).await;
    balancer.update(members(["a"]));
    seconds(2).await;
    assert_eq!(scene.times("a").len(), 1);
    checking.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_out_is_not_probed_and_its_ejection_is_its_own() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members(["a", "b"])));
    let checking = scene.run(&balancer);
    for _ in 0..5 {
        let not_b = Tried::new();
        not_b.insert("b");
        let criteria = Criteria::new().tried(&not_b);
        balancer
            .pick_for(&criteria)
            .unwrap()
            .settle(Outcome::Failure);
    }
    scene.set("a", Some(Answer::Down));
    seconds(25).await;
    assert_eq!(out(&balancer), "a");
    assert_eq!(&**balancer.pick().unwrap().key(), "b");
    scene.set("a", None);
    seconds(10).await;
    let probe = balancer.pick().unwrap();
    assert_eq!((&**probe.key(), probe.is_probe()), ("a", true));
    checking.abort();
}

/// Fault O12: checks that this process slept through speak against nobody.
#[tokio::test(start_paused = true)]
async fn a_pause_of_this_process_takes_nobody_out() {
    let (scene, balancer) = (Scene::default(), Balancer::new(members(["a"])));
    scene.set("a", Some(Answer::Silent));
    let checking = scene.run(&balancer);
    seconds(1).await;
    for _ in 0..10 {
        // Each check begins in time and ends a minute too late.
        advance(Duration::from_secs(60)).await;
        seconds(11).await;
        assert_eq!(out(&balancer), "");
    }
    assert!(scene.times("a").len() > 5);
    checking.abort();
}
