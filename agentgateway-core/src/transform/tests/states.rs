use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::BodyExt;
use tokio_test::{assert_pending, assert_ready, assert_ready_err, assert_ready_ok, task};
use tower_layer::Layer;
use tower_service::Service;
use tower_test::mock;

use super::support::{Answer, Declared, Sent, call, channel, fails, is_dropped, next, says, stack};
use crate::{
    body::Body,
    error::{Error, ErrorKind},
    transform::*,
};

fn headers_alone() -> Transformation {
    Transformation::new()
        .request(Changes::new().set("x-in".parse().unwrap(), says("1")))
        .response(Changes::new().set("x-out".parse().unwrap(), says("2")))
}

fn new_body() -> Transformation {
    let old = |seen: &Seen<'_>| -> Option<Bytes> {
        let length = seen.body().map(<[u8]>::len);
        Some(Bytes::from(format!("was {length:?}")))
    };
    Transformation::new().response(Changes::new().body(old))
}

fn trailers() -> HeaderMap {
    [(
        http::HeaderName::from_static("x-sum"),
        HeaderValue::from_static("1"),
    )]
    .into_iter()
    .collect()
}

#[tokio::test]
async fn waits_for_the_inner_service() {
    let (mut stack, mut peer) = stack(headers_alone());
    peer.allow(0);
    let mut ready = task::spawn(std::future::poll_fn(|cx| {
        Service::<Request<http_body_util::Channel<Bytes, Error>>>::poll_ready(&mut stack, cx)
    }));
    assert_pending!(ready.poll());
    peer.allow(1);
    assert!(ready.is_woken());
    assert_ready_ok!(ready.poll());
}

#[tokio::test]
async fn streams_pass_frame_by_frame_where_headers_alone_change() {
    let (mut stack, mut peer) = stack(headers_alone());
    let (mut up, body) = channel();
    let mut calling = call(&mut stack, Request::post("/").body(body).unwrap());
    let (sent, reply) = next(&mut peer);
    assert_eq!(sent.headers()["x-in"], "1");
    let mut sent = sent.into_body();
    assert_pending!(task::spawn(sent.frame()).poll());
    up.send_data("up".into()).await.unwrap();
    up.send_trailers(trailers()).await.unwrap();
    let frame = assert_ready!(task::spawn(sent.frame()).poll());
    assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "up");
    let frame = assert_ready!(task::spawn(sent.frame()).poll());
    assert!(frame.unwrap().unwrap().is_trailers());

    assert_pending!(calling.poll());
    let (mut down, body) = channel();
    reply.send_response(Response::new(Declared(body, None)));
    let answer = assert_ready_ok!(calling.poll());
    assert_eq!(answer.headers()["x-out"], "2");
    let mut body = answer.into_body();
    assert_pending!(task::spawn(body.frame()).poll());
    down.send_data("down".into()).await.unwrap();
    let frame = assert_ready!(task::spawn(body.frame()).poll());
    assert_eq!(frame.unwrap().unwrap().into_data().unwrap(), "down");
    down.send_trailers(trailers()).await.unwrap();
    let frame = assert_ready!(task::spawn(body.frame()).poll());
    assert!(frame.unwrap().unwrap().is_trailers());
}

#[tokio::test]
async fn an_exchange_that_is_not_chosen_stays_as_it_is() {
    let (client, mut peer) = mock::pair::<Sent, Answer>();
    let chosen = std::sync::Arc::new(headers_alone());
    let layer = TransformLayer::choose(move |head| {
        (head.uri.path() == "/changed").then(|| std::sync::Arc::clone(&chosen))
    });
    let mut stack = layer.layer(client);
    for (path, changed) in [("/changed", true), ("/same", false)] {
        let mut calling = call(&mut stack, Request::get(path).body(channel().1).unwrap());
        let (sent, reply) = next(&mut peer);
        assert_eq!(sent.headers().contains_key("x-in"), changed);
        reply.send_response(Response::new(Declared(channel().1, None)));
        let answer = assert_ready_ok!(calling.poll());
        assert_eq!(answer.headers().contains_key("x-out"), changed);
    }
}

#[tokio::test]
async fn a_replaced_request_body_is_whole_and_has_no_trailers() {
    let request = Changes::new().body(|_| Some("new".into()));
    let (mut stack, mut peer) = stack(Transformation::new().request(request));
    let (mut up, body) = channel();
    let _calling = call(&mut stack, Request::post("/").body(body).unwrap());
    let (sent, _reply) = next(&mut peer);
    assert_eq!(sent.headers()["content-length"], "3");
    assert_eq!(sent.body().whole().unwrap(), "new");
    let collected = sent.into_body().collect().await.unwrap();
    assert!(collected.trailers().is_none());
    assert!(is_dropped(&mut up));
}

#[tokio::test]
async fn a_small_answer_is_read_to_its_end_before_it_is_replaced() {
    let (mut stack, mut peer) = stack(new_body().max_read_bytes(4));
    let mut calling = call(&mut stack, Request::new(channel().1));
    let (mut down, body) = channel();
    let answer = Response::builder().header("etag", "\"1\"");
    let answer = answer.header("content-length", "4");
    let answer = answer.body(Declared(body, Some(4))).unwrap();
    next(&mut peer).1.send_response(answer);
    assert_pending!(calling.poll());
    down.send_data("12".into()).await.unwrap();
    assert!(calling.is_woken());
    assert_pending!(calling.poll());
    down.send_data("34".into()).await.unwrap();
    down.send_trailers(trailers()).await.unwrap();
    drop(down);
    let answer = assert_ready_ok!(calling.poll());
    assert_eq!(answer.headers().len(), 1);
    assert_eq!(answer.headers()["content-length"], "11");
    let collected = answer.into_body().collect().await.unwrap();
    assert!(collected.trailers().is_none());
    assert_eq!(collected.to_bytes(), "was Some(4)");
}

#[tokio::test]
async fn a_large_answer_and_a_stream_are_replaced_unread() {
    for length in [Some(5), None] {
        let (mut stack, mut peer) = stack(new_body().max_read_bytes(4));
        let mut calling = call(&mut stack, Request::new(channel().1));
        let (mut down, body) = channel();
        let answer = Response::new(Declared(body, length));
        next(&mut peer).1.send_response(answer);
        let answer = assert_ready_ok!(calling.poll());
        assert!(is_dropped(&mut down));
        assert_eq!(answer.into_body().whole().unwrap(), "was None");
    }
}

#[tokio::test]
async fn an_answer_whose_new_body_fails_has_none() {
    let transformation = Transformation::new().response(Changes::new().body(fails));
    let (mut stack, mut peer) = stack(transformation);
    let mut calling = call(&mut stack, Request::new(channel().1));
    let (_down, body) = channel();
    next(&mut peer)
        .1
        .send_response(Response::new(Declared(body, None)));
    let answer = assert_ready_ok!(calling.poll());
    assert_eq!(answer.headers()["content-length"], "0");
    assert_eq!(answer.into_body().whole().unwrap(), "");
}

#[tokio::test]
async fn what_a_tunnel_carries_is_no_body() {
    let (mut stack, mut peer) = stack(new_body());
    let request = Request::connect("a.example:443").body(channel().1).unwrap();
    let mut calling = call(&mut stack, request);
    let (_down, body) = channel();
    next(&mut peer)
        .1
        .send_response(Response::new(Declared(body, None)));
    let answer = assert_ready_ok!(calling.poll());
    assert_eq!(answer.headers().len(), 0);
    assert_eq!(answer.into_body().whole(), None);
}

#[tokio::test]
async fn errors_of_the_service_and_of_a_body_that_is_read_come_out() {
    let (mut stack, mut peer) = stack(new_body());
    let mut calling = call(&mut stack, Request::new(channel().1));
    next(&mut peer)
        .1
        .send_error(Error::new(ErrorKind::Timeout, "late"));
    assert_eq!(assert_ready_err!(calling.poll()).kind(), ErrorKind::Timeout);

    let mut calling = call(&mut stack, Request::new(channel().1));
    let (down, body) = channel();
    let answer = Response::new(Declared(body, Some(4)));
    next(&mut peer).1.send_response(answer);
    assert_pending!(calling.poll());
    down.abort(Error::new(ErrorKind::Unavailable, "reset"));
    assert_eq!(
        assert_ready_err!(calling.poll()).kind(),
        ErrorKind::Unavailable
    );
}

#[tokio::test]
async fn a_request_that_cannot_be_made_asks_nobody() {
    let request = Changes::new().set(":path".parse().unwrap(), fails);
    let (mut stack, mut peer) = stack(Transformation::new().request(request));
    let mut calling = call(&mut stack, Request::new(channel().1));
    assert_eq!(
        assert_ready_err!(calling.poll()).kind(),
        ErrorKind::Internal
    );
    assert_pending!(task::spawn(peer.next_request()).poll());
}

#[tokio::test]
async fn a_client_that_leaves_takes_the_answer_with_it() {
    let (mut stack, mut peer) = stack(new_body());
    let mut calling = call(&mut stack, Request::new(channel().1));
    let (mut down, body) = channel();
    let answer = Response::new(Declared(body, Some(4)));
    next(&mut peer).1.send_response(answer);
    assert_pending!(calling.poll());
    drop(calling);
    assert!(is_dropped(&mut down));

    // And in the middle of a body that is forwarded.
    let (mut stack, mut peer) = super::support::stack(headers_alone());
    let mut calling = call(&mut stack, Request::new(channel().1));
    let (mut down, body) = channel();
    next(&mut peer)
        .1
        .send_response(Response::new(Declared(body, None)));
    let mut body = assert_ready_ok!(calling.poll()).into_body();
    down.send_data("1".into()).await.unwrap();
    assert_ready!(task::spawn(body.frame()).poll());
    drop(body);
    assert!(is_dropped(&mut down));
}

#[tokio::test]
async fn the_answers_functions_see_the_request_as_it_went_on() {
    let transformation = Transformation::new()
        .request(
            Changes::new()
                .metadata("team", |_| Some("blue".into()))
                .set(":path".parse().unwrap(), says("/new")),
        )
        .response(
            Changes::new()
                .metadata("code", |seen| Some(seen.response()?.status.as_u16().into()))
                .set("x-path".parse().unwrap(), |seen: &Seen<'_>| {
                    Some(seen.request().uri.path().to_owned())
                }),
        );
    let (mut stack, mut peer) = stack(transformation);
    let mut calling = call(&mut stack, Request::get("/old").body(channel().1).unwrap());
    next(&mut peer)
        .1
        .send_response(Response::new(Declared(channel().1, None)));
    let answer = assert_ready_ok!(calling.poll());
    assert_eq!(answer.headers()["x-path"], "/new");
    let metadata = answer.extensions().get::<Metadata>().unwrap().members();
    assert_eq!(
        (&metadata["team"], &metadata["code"]),
        (&"blue".into(), &200.into())
    );
}

#[test]
fn services_and_futures_go_anywhere() {
    fn shared<T: Clone + Send + Sync>() {}
    fn sent<T: Send>() {}
    shared::<TransformLayer>();
    shared::<Transform<()>>();
    shared::<Transformation>();
    sent::<ResponseFuture<std::future::Ready<()>, Body>>();
}

#[tokio::test]
async fn an_answer_that_is_asked_for_is_read_and_goes_back_as_it_came() {
    for (length, body, told) in [
        (Some(4), "said", "said"),
        (None, "said", ""),
        (Some(5), "sayno", ""),
    ] {
        let seen = |seen: &Seen<'_>| Some(String::from_utf8(seen.body()?.to_vec()).unwrap());
        let changes = Changes::new().set("x-body".parse().unwrap(), seen);
        let changes = Transformation::new().response(changes.reading_body());
        let (mut stack, mut peer) = stack(changes.max_read_bytes(4));
        let mut calling = call(&mut stack, Request::get("/").body(channel().1).unwrap());
        let (_, reply) = next(&mut peer);
        let (mut down, channel) = channel();
        reply.send_response(Response::new(Declared(channel, length)));
        if length == Some(4) {
            assert_pending!(calling.poll());
        }
        assert_ready_ok!(task::spawn(down.send_data(body.into())).poll());
        drop(down);
        let answer = assert_ready_ok!(calling.poll());
        let found = answer.headers().get("x-body");
        assert_eq!(found.map_or("", |it| it.to_str().unwrap()), told);
        assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), body);
    }
}
