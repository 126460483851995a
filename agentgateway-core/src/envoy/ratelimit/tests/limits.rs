//! What the service is asked, and what comes of its word.

use http::Response;

use super::*;
use crate::{
    body::Body,
    envoy::{tests::*, wire::ratelimit::RateLimitRequest},
    error::ErrorKind,
};

#[tokio::test(start_paused = true)]
async fn asks_about_all_descriptors_that_have_their_values() {
    let mut rig = Rig::new(|client| {
        let priced = by_user().constant("plan", "free").cost(|_| 3);
        let overridden = Descriptor::new()
            .constant("route", "chat")
            .limit_override(|_| Some(LimitOverride::new(5, RateUnit::Hour)));
        let nobody = Descriptor::new().constant("a", "b").entry("none", |_| None);
        limit(client)
            .descriptor(priced)
            .descriptor(nobody)
            .descriptor(overridden)
            .descriptor(Descriptor::new())
    });
    let (asked, outcome) = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok))));
    outcome.passed();
    assert!(
        asked
            .head
            .uri
            .path()
            .ends_with("RateLimitService/ShouldRateLimit")
    );
    let message: RateLimitRequest = asked.message();
    assert_eq!(message.domain, "gateway");
    let [priced, overridden] = &message.descriptors[..] else {
        panic!("{message:?}");
    };
    assert_eq!(line(priced), "user=alice,plan=free");
    assert_eq!((priced.hits_addend, priced.limit), (Some(3), None));
    assert_eq!(line(overridden), "route=chat");
    let limit = overridden.limit.unwrap();
    assert_eq!((limit.requests_per_unit, limit.unit), (5, 3));
    // They have no cost in common.
    assert_eq!((overridden.hits_addend, message.hits_addend), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn says_a_common_cost_for_services_that_know_no_other() {
    for (cost, said) in [(7, 7), (u64::MAX, u32::MAX), (0, 0)] {
        let mut rig = Rig::new(|client| {
            let priced = move || by_user().cost(move |_| cost);
            limit(client)
                .descriptor(priced())
                .descriptor(priced().constant("a", "b"))
        });
        let (asked, _) = rig.judged(of("alice"), Ok(grpc(&says(Code::Ok))));
        assert_eq!(asked.message::<RateLimitRequest>().hits_addend, said);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_is_asked_where_nothing_limits() {
    let mut rig = Rig::new(|client| limit(client).descriptor(by_user()));
    rig.unasked(get("/")).passed();
    let mut rig = Rig::new(limit);
    rig.unasked(of("alice")).passed();
}

#[tokio::test(start_paused = true)]
async fn a_yes_adds_fields_to_the_request_and_to_the_answer() {
    let mut rig = Rig::new(|client| limit(client).descriptor(by_user()).tell_clients(true));
    let yes = RateLimitResponse {
        request_headers_to_add: vec![field("x-plan", "free"), field("host", "evil")],
        response_headers_to_add: vec![
            field("x-quota", "9"),
            field("content-length", "99"),
            field("b@d", "1"),
        ],
        statuses: vec![status(Code::Ok, 7, 50), status(Code::Ok, 3, 20)],
        ..says(Code::Ok)
    };
    let passed = rig.judged(of("alice"), Ok(grpc(&yes))).1.passed();
    assert_eq!(
        passed.head.headers,
        headers([("x-user", "alice"), ("x-plan", "free")])
    );
    let answer = passed.answer(Response::new(Body::empty()));
    let expected = headers([
        ("x-quota", "9"),
        ("x-ratelimit-limit", "10, 10;w=60"),
        ("x-ratelimit-remaining", "3"),
        ("x-ratelimit-reset", "20"),
    ]);
    assert_eq!(*answer.headers(), expected);
}

#[tokio::test(start_paused = true)]
async fn a_no_says_when_every_limit_has_room_again() {
    let mut counted = None;
    let mut rig = Rig::new(|client| counted.insert(limit(client).descriptor(by_user())).clone());
    let no = RateLimitResponse {
        statuses: vec![
            status(Code::OverLimit, 0, 5),
            status(Code::OverLimit, 0, 30),
            status(Code::Ok, 1, 3600),
            status(Code::OverLimit, 0, -7),
        ],
        response_headers_to_add: vec![field("x-quota", "0"), field("content-type", "text/html")],
        ..says(Code::OverLimit)
    };
    let error = rig.judged(of("alice"), Ok(grpc(&no))).1.refused();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(
        error.decided_by().map(|by| &**by),
        Some("global_rate_limit")
    );
    let mut said = http::HeaderMap::new();
    error.write_headers(&mut said);
    assert_eq!(said, headers([("retry-after", "30"), ("x-quota", "0")]));
    let counts = counted.unwrap().counts();
    assert_eq!(
        (counts.passed, counts.over_limit, counts.failures.total()),
        (0, 1, 0)
    );
}

#[tokio::test(start_paused = true)]
async fn a_no_with_a_body_is_the_answer() {
    let mut rig = Rig::new(|client| limit(client).descriptor(by_user()));
    let no = RateLimitResponse {
        raw_body: "slow down".into(),
        statuses: vec![status(Code::OverLimit, 0, 1)],
        response_headers_to_add: vec![field("content-type", "text/plain")],
        ..says(Code::OverLimit)
    };
    let answer = rig.judged(of("alice"), Ok(grpc(&no))).1.answered();
    assert_eq!(
        (answer.status().as_u16(), &**answer.body()),
        (429, &b"slow down"[..])
    );
    let expected = headers([("retry-after", "1"), ("content-type", "text/plain")]);
    assert_eq!(*answer.headers(), expected);
}
