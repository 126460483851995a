use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body as HttpBody, Frame};
use http_body_util::{BodyExt, Channel, Full, channel::Sender};
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::support::*;
use crate::{
    balance::*,
    error::{BoxError, Error, ErrorKind, Origin},
    upstream::Endpoint,
};

type Answer = Response<Channel<Bytes, Error>>;
type Peer = mock::Handle<Request<&'static str>, Answer>;
type Stack = Balance<mock::Mock<Request<&'static str>, Answer>>;

struct Rig {
    service: mock::Spawn<Stack>,
    peer: Peer,
    balancer: Balancer<Endpoint>,
    clock: Clock,
}

impl Rig {
    fn new<const N: usize>(endpoints: [&str; N]) -> Self {
        Self::with(endpoints, |builder| builder)
    }

    fn with<const N: usize>(
        endpoints: [&str; N],
        settings: impl FnOnce(BalancerBuilder) -> BalancerBuilder,
    ) -> Self {
        let clock = Clock::default();
        let members = endpoints.map(|text| Member::from(text.parse::<Endpoint>().unwrap()));
        let balancer = settings(builder(&clock, 4)).build(members);
        let (client, peer) = mock::pair();
        let service = BalanceLayer::new(balancer.clone()).layer(client);
        Self {
            service: mock::Spawn::new(service),
            peer,
            balancer,
            clock,
        }
    }

    fn call(
        &mut self,
        request: Request<&'static str>,
    ) -> task::Spawn<<Stack as Service<Request<&'static str>>>::Future> {
        assert_ready_ok!(self.service.poll_ready());
        task::spawn(self.service.get_mut().call(request))
    }

    /// The request that arrived, and how to answer it.
    fn next(&mut self) -> (Request<&'static str>, mock::SendResponse<Answer>) {
        let mut request = task::spawn(self.peer.next_request());
        assert_ready!(request.poll()).unwrap()
    }

    /// One exchange with this answer.
    fn exchange(&mut self, answer: Answer) -> Response<ResponseBody<Channel<Bytes, Error>>> {
        let mut call = self.call(get("/"));
        let (_, reply) = self.next();
        reply.send_response(answer);
        assert_ready_ok!(call.poll())
    }

    fn in_flight(&self) -> usize {
        let standings = self.balancer.standings();
        standings.iter().map(|standing| standing.in_flight).sum()
    }

    fn health(&self) -> Health {
        self.balancer.standings()[0].health
    }
}

fn get(uri: &str) -> Request<&'static str> {
    Request::get(uri).body("").unwrap()
}

fn answer(status: u16) -> (Sender<Bytes, Error>, Answer) {
    let (sender, body) = Channel::new(2);
    let response = Response::builder().status(status).body(body).unwrap();
    (sender, response)
}

#[test]
fn forwards_readiness() {
    let mut rig = Rig::new(["h:1"]);
    rig.peer.allow(0);
    assert_pending!(rig.service.poll_ready());
    rig.peer.send_error("closed");
    let error = assert_ready_err!(rig.service.poll_ready());
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn directs_the_request_and_says_who_answered() {
    let mut rig = Rig::new(["https://h/v1"]);
    let mut call = rig.call(get("/chat?x"));
    assert_pending!(call.poll());
    let (request, reply) = rig.next();
    assert_eq!(request.uri(), "https://h/v1/chat?x");
    reply.send_response(answer(200).1);
    let response = assert_ready_ok!(call.poll());
    let chosen = response.extensions().get::<Chosen>().unwrap();
    assert_eq!(chosen.key(), "https://h/v1");
}

#[test]
fn load_is_held_to_the_end_of_the_stream() {
    let mut rig = Rig::new(["h:1"]);
    let mut call = rig.call(get("/"));
    assert_eq!(rig.in_flight(), 1);
    rig.clock.advance(ms(40));
    let (mut sender, response) = answer(200);
    rig.next().1.send_response(response);
    let mut body = assert_ready_ok!(call.poll()).into_body();
    assert_eq!(rig.balancer.standings()[0].latency.unwrap().as_millis(), 39);
    drop(call);

    rig.clock.advance(secs(600));
    sender.try_send(Frame::data(Bytes::from("one"))).unwrap();
    let mut frame = task::spawn(body.frame());
    assert_eq!(
        assert_ready!(frame.poll())
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap(),
        "one"
    );
    drop(frame);
    let mut frame = task::spawn(body.frame());
    assert_pending!(frame.poll());
    assert_eq!(rig.in_flight(), 1);
    let trailers = HeaderMap::from_iter([("x".parse().unwrap(), "y".parse().unwrap())]);
    sender.try_send(Frame::trailers(trailers.clone())).unwrap();
    assert!(frame.is_woken());
    assert_eq!(
        assert_ready!(frame.poll())
            .unwrap()
            .unwrap()
            .into_trailers()
            .unwrap(),
        trailers
    );
    drop((frame, sender));
    assert!(assert_ready!(task::spawn(body.frame()).poll()).is_none());
    assert_eq!(rig.in_flight(), 0);
    // A stream's length is no latency.
    assert_eq!(rig.balancer.standings()[0].latency.unwrap().as_millis(), 39);
}

#[test]
fn body_that_the_client_leaves_counts_neither() {
    let mut rig = Rig::new(["h:1"]);
    for _ in 0..20 {
        let (sender, response) = answer(200);
        let response = rig.exchange(response);
        assert_eq!(rig.in_flight(), 1);
        drop((response, sender));
        assert_eq!(rig.in_flight(), 0);
    }
    assert_eq!(rig.health(), Health::Healthy);
}

#[test]
fn body_that_breaks_is_a_failure() {
    let mut rig = Rig::new(["h:1"]);
    for _ in 0..5 {
        assert_eq!(rig.health(), Health::Healthy);
        let (sender, response) = answer(200);
        let mut response = rig.exchange(response);
        sender.abort(Error::new(ErrorKind::Unavailable, "broken"));
        let mut frame = task::spawn(response.frame());
        let error = assert_ready!(frame.poll()).unwrap().unwrap_err();
        assert_eq!(error.message(), "broken");
        drop(frame);
        assert_eq!(rig.in_flight(), 0);
    }
    assert_eq!(rig.health(), Health::Ejected(secs(1)));
}

#[test]
fn errors_of_the_upstream_are_failures_and_others_are_not() {
    let mut rig = Rig::new(["h:1"]);
    for (kind, health) in [
        (ErrorKind::InvalidRequest, Health::Healthy),
        (ErrorKind::Overloaded, Health::Healthy),
        (ErrorKind::Timeout, Health::Ejected(secs(1))),
    ] {
        for _ in 0..5 {
            let mut call = rig.call(get("/"));
            rig.next().1.send_error(Error::new(kind, "as it is"));
            let error = assert_ready_err!(call.poll());
            assert_eq!((error.kind(), error.message()), (kind, "as it is"));
        }
        assert_eq!((rig.health(), rig.in_flight()), (health, 0));
    }
}

#[test]
fn status_of_failure_counts_at_the_head_and_is_held_to_the_end() {
    let mut rig = Rig::new(["h:1"]);
    let mut held = Vec::new();
    for _ in 0..5 {
        let (sender, response) = answer(502);
        let response = rig.exchange(response);
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        held.push((sender, response));
    }
    assert_eq!(
        (rig.health(), rig.in_flight()),
        (Health::Ejected(secs(1)), 5)
    );
    drop(held);
    assert_eq!(rig.in_flight(), 0);
}

/// Fault H51: a probe that is answered with 429 does not readmit the endpoint before its `Retry-After`.
#[test]
fn probe_answered_with_429_keeps_the_endpoint_out() {
    let mut rig = Rig::new(["a:1", "b:1"]);
    for _ in 0..5 {
        let tried = Tried::new();
        tried.insert("http://b:1");
        let mut request = get("/");
        request.extensions_mut().insert(tried);
        let mut call = rig.call(request);
        rig.next()
            .1
            .send_error(Error::new(ErrorKind::Unavailable, "no"));
        assert_ready_err!(call.poll());
    }
    rig.clock.advance(secs(1));
    let (_sender, mut response) = answer(429);
    response
        .headers_mut()
        .insert("retry-after", "20".parse().unwrap());
    let response = rig.exchange(response);
    assert_eq!(
        response.extensions().get::<Chosen>().unwrap().key(),
        "http://a:1"
    );
    assert_eq!(rig.health(), Health::Ejected(secs(20)));
}

#[test]
fn attempts_of_one_request_go_to_different_endpoints() {
    let mut rig = Rig::new(["a:1", "b:1", "c:1"]);
    let tried = Tried::new();
    let mut hosts: Vec<_> = (0..3)
        .map(|_| {
            let mut request = get("/");
            request.extensions_mut().insert(tried.clone());
            let call = rig.call(request);
            let (request, _) = rig.next();
            drop(call);
            request.uri().host().unwrap().to_owned()
        })
        .collect();
    hosts.sort();
    assert_eq!(hosts, ["a", "b", "c"]);
    assert_eq!(tried.keys().len(), 3);
}

#[test]
fn whoever_tries_in_turn_is_told_how_many_are_left() {
    let mut rig = Rig::new(["a:1", "b:1"]);
    let tried = Tried::new();
    let asked = || {
        let mut request = get("/");
        request.extensions_mut().insert(tried.clone());
        request
    };
    let mut call = rig.call(asked());
    rig.next().1.send_response(answer(503).1);
    assert_ready_ok!(call.poll());
    assert_eq!(tried.left(), 1);
    let mut call = rig.call(asked());
    rig.next()
        .1
        .send_error(Error::new(ErrorKind::Unavailable, "no"));
    assert_ready_err!(call.poll());
    assert_eq!(tried.left(), 0);
}

/// Fault L21: while all endpoints cool down a request is refused at once, without asking any, with the soonest time at which one may be asked.
#[test]
fn while_all_cool_down_nobody_is_asked_and_the_soonest_time_is_told() {
    let mut rig = Rig::with(["a:1", "b:1"], |builder| {
        let ejection = Ejection::new().max_share(1.0).cooldown(secs(5));
        builder.ejection(ejection).fail_fast()
    });
    for seconds in ["30", "20"] {
        let (_sender, mut response) = answer(429);
        let value = seconds.parse().unwrap();
        response.headers_mut().insert("retry-after", value);
        rig.exchange(response);
    }
    rig.clock.advance(secs(3));
    let error = assert_ready_err!(rig.call(get("/")).poll());
    assert_eq!(
        (error.kind(), error.origin()),
        (ErrorKind::Overloaded, Origin::Gateway)
    );
    assert_eq!(error.retry_after(), Some(secs(17)));
    assert!(error.is_unprocessed());
    assert_pending!(task::spawn(rig.peer.next_request()).poll());
    rig.clock.advance(secs(17));
    let (_sender, response) = answer(200);
    rig.exchange(response);
}

#[test]
fn a_closure_says_which_heads_are_failures() {
    let clock = Clock::default();
    let members = [Member::from("h:1".parse::<Endpoint>().unwrap())];
    let balancer = builder(&clock, 4).build(members);
    let layer = BalanceLayer::new(balancer.clone()).classify(|head: &http::response::Parts| {
        let told = head.headers.get("x-health")?;
        (told == "bad").then_some(Outcome::Failure)
    });
    let mut service = layer.layer(tower::service_fn(|_: Request<()>| async {
        let mut response = Response::new(Full::<Bytes>::default());
        *response.status_mut() = StatusCode::OK;
        response
            .headers_mut()
            .insert("x-health", "bad".parse().unwrap());
        Ok::<_, BoxError>(response)
    }));
    for _ in 0..5 {
        assert_eq!(balancer.standings()[0].health, Health::Healthy);
        assert_ready_ok!(task::spawn(service.call(Request::new(()))).poll());
    }
    assert_eq!(balancer.standings()[0].health, Health::Ejected(secs(1)));
}

#[test]
fn affinity_of_the_request_is_followed() {
    let mut rig = Rig::new(["a:1", "b:1", "c:1"]);
    for key in ["x", "y", "z"] {
        let mut hosts: Vec<_> = (0..5)
            .map(|_| {
                let mut request = get("/");
                request.extensions_mut().insert(Affinity::of(key));
                drop(rig.call(request));
                rig.next().0.uri().host().unwrap().to_owned()
            })
            .collect();
        hosts.dedup();
        assert_eq!(hosts.len(), 1);
    }
}

#[test]
fn refuses_without_an_endpoint_and_with_a_path_that_leaves_the_base() {
    let mut rig = Rig::new([]);
    let error = assert_ready_err!(rig.call(get("/")).poll());
    assert_eq!(
        (error.kind(), error.origin()),
        (ErrorKind::Unavailable, Origin::Gateway)
    );
    let mut rig = Rig::new(["h/base"]);
    let mut call = rig.call(get("/.."));
    assert_eq!(rig.in_flight(), 0);
    let error = assert_ready_err!(call.poll());
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_pending!(call.poll());
}

#[test]
fn dropped_call_ends_its_load() {
    let mut rig = Rig::new(["h:1"]);
    let mut call = rig.call(get("/"));
    assert_pending!(call.poll());
    rig.clock.advance(secs(2));
    drop(call);
    assert_eq!(rig.in_flight(), 0);
    let waited = rig.balancer.standings()[0].latency.unwrap();
    assert!(waited > ms(1_999), "{waited:?}");
}

#[test]
fn body_tells_its_length_and_has_a_default() {
    fn whole(size: usize) -> ResponseBody<Full<Bytes>> {
        let member = Member::from("h:1".parse::<Endpoint>().unwrap());
        let balancer = Balancer::new([member]);
        let inner = tower::service_fn(move |_: Request<()>| async move {
            Ok::<_, BoxError>(Response::new(Full::from(vec![b'x'; size])))
        });
        let mut service = Balance::new(inner, balancer.clone());
        let mut call = task::spawn(service.call(Request::new(())));
        let body = assert_ready_ok!(call.poll()).into_body();
        assert_eq!(balancer.standings()[0].in_flight, usize::from(size > 0));
        body
    }
    assert_eq!(whole(3).size_hint().exact(), Some(3));
    assert!(!whole(3).is_end_stream() && whole(0).is_end_stream());
    assert!(ResponseBody::<Full<Bytes>>::default().is_end_stream());
}

#[tokio::test(start_paused = true)]
async fn default_clock_is_tokios() {
    let balancer = Balancer::new(members(["a"]));
    let mut lease = balancer.pick().unwrap();
    tokio::time::advance(Duration::from_millis(70)).await;
    lease.answered();
    let latency = balancer.standings()[0].latency.unwrap();
    assert!(
        latency.abs_diff(ms(70)) < Duration::from_micros(1),
        "{latency:?}"
    );
}
