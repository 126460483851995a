//! What the body says of itself in each state, and how its ends are told apart.

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body::Body as HttpBody;
use http_body_util::{BodyExt, Channel, Empty, Full};
use tower::ServiceExt;
use tower_layer::Layer;

use super::passing::{Events, Marked, Plain, events};
use crate::{
    body::Body,
    context::RequestId,
    error::{Error, ErrorKind},
    rescue::*,
    sse::SseMessage,
};

async fn next(body: &mut Events) -> Option<Bytes> {
    let frame = body.frame().await?.unwrap();
    Some(frame.into_data().unwrap())
}

#[tokio::test]
async fn a_marker_that_was_not_sent_is_not_had() {
    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    let chunk = Bytes::from_static(b"data: swap\n\ndata: a\n\ndata: [DONE]\n\n");
    sender.send_data(chunk).await.unwrap();
    assert_eq!(next(&mut body).await.unwrap(), "data: swapped\n\n");
    drop(body);
    assert_eq!(watch.ends(), ["dropped"]);
}

#[tokio::test]
async fn the_inner_body_is_let_go_when_all_was_said() {
    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    let chunk = Bytes::from(vec![b'x'; 3 << 20]);
    sender.send_data(chunk).await.unwrap();
    assert_eq!(next(&mut body).await.unwrap(), "data: too_large\n\n");
    assert!(sender.send_data(Bytes::from_static(b"more")).await.is_err());
}

#[tokio::test]
async fn trailers_keep_the_stream_open_and_the_end_stays() {
    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    assert_eq!(body.size_hint().exact(), None);
    sender
        .send_data(Bytes::from_static(b"data: [DONE]\n\n"))
        .await
        .unwrap();
    let trailers = HeaderMap::from_iter([(header::ETAG, "1".parse().unwrap())]);
    sender.send_trailers(trailers).await.unwrap();
    drop(sender);
    assert!(!body.is_end_stream());
    next(&mut body).await.unwrap();
    assert!(!body.is_end_stream());
    assert!(body.frame().await.unwrap().unwrap().is_trailers());
    assert!(body.is_end_stream());
    assert_eq!(body.size_hint().exact(), Some(0));
    for _ in 0..2 {
        assert!(body.frame().await.is_none());
    }
    assert_eq!(watch.ends(), ["complete"]);
}

#[tokio::test]
async fn an_error_behind_trailers_is_told() {
    let watch = Marked::default();
    let (mut sender, body) = events(&watch);
    sender
        .send_data(Bytes::from_static(b"data: a\n\n"))
        .await
        .unwrap();
    let trailers = HeaderMap::from_iter([(header::ETAG, "1".parse().unwrap())]);
    sender.send_trailers(trailers.clone()).await.unwrap();
    sender.abort(Error::new(ErrorKind::Unavailable, "reset"));
    let collected = body.collect().await.unwrap();
    assert_eq!(watch.ends(), ["failed"]);
    assert_eq!(collected.trailers(), Some(&trailers));
    assert_eq!(collected.to_bytes(), "data: a\n\ndata: unavailable\n\n");
}

#[tokio::test]
async fn an_aborted_body_stays_ended() {
    let watch = Marked::default();
    let (sender, inner) = Channel::<Bytes, Error>::new(1);
    let mut body = ResponseBody::new(inner, watch, Handling::Pass);
    sender.abort(Error::new(ErrorKind::Unavailable, "reset"));
    assert!(body.frame().await.unwrap().is_err());
    assert!(body.is_end_stream());
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_line_feed_torn_from_a_dropped_event_is_dropped() {
    let cuts: [&[&[u8]]; 3] = [
        &[b"data: drop\r\n\r\ndata: [DONE]\r\n\r\n"],
        &[b"data: drop\r\n\r", b"\ndata: [DONE]\r\n\r\n"],
        &[b"data: drop\r\n\r", b"\n", b"", b"data: [DONE]\r\n\r\n"],
    ];
    for chunks in cuts {
        let watch = Marked::default();
        let (mut sender, body) = events(&watch);
        for chunk in chunks {
            sender.send_data(Bytes::from_static(chunk)).await.unwrap();
        }
        drop(sender);
        let bytes = body.collect().await.unwrap().to_bytes();
        assert_eq!(bytes, "data: [DONE]\r\n\r\n", "{chunks:?}");
    }
}

#[tokio::test]
async fn a_line_feed_torn_from_a_kept_event_does_not_wait() {
    let watch = Marked::default();
    let (mut sender, mut body) = events(&watch);
    for chunk in ["data: a\r\n\r", "\n"] {
        sender.send_data(Bytes::from(chunk)).await.unwrap();
    }
    assert_eq!(next(&mut body).await.unwrap(), "data: a\r\n\r");
    assert_eq!(next(&mut body).await.unwrap(), "\n");
}

#[tokio::test]
async fn answers_that_have_no_body_get_none() {
    async fn bare(request: Request<()>) -> Result<Response<Body>, Error> {
        let mut response = Response::new(Body::new(Empty::new()));
        let stream = "text/event-stream".parse().unwrap();
        response.headers_mut().insert(header::CONTENT_TYPE, stream);
        if request.method() == Method::GET {
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        Ok(response)
    }
    let layer = RescueLayer::new(Plain, ());
    for method in [Method::HEAD, Method::GET] {
        let request = Request::builder().method(method).body(()).unwrap();
        let service = layer.layer(tower::service_fn(bare));
        let Ok(answer) = service.oneshot(request).await;
        assert!(answer.body().is_end_stream());
    }
}

#[tokio::test]
async fn errors_tell_the_id_of_their_request() {
    async fn fails(_: Request<()>) -> Result<Response<Body>, Error> {
        Err(Error::new(ErrorKind::Unavailable, "gone"))
    }
    async fn breaks(_: Request<()>) -> Result<Response<Body>, Error> {
        let (sender, body) = Channel::<Bytes, Error>::new(1);
        sender.abort(Error::new(ErrorKind::Unavailable, "gone"));
        let mut response = Response::new(Body::new(body));
        let stream = "text/event-stream".parse().unwrap();
        response.headers_mut().insert(header::CONTENT_TYPE, stream);
        Ok(response)
    }
    let layer = RescueLayer::new(Named, ());
    let asked = || {
        let id = RequestId::new("r-1").unwrap();
        Request::builder().extension(id).body(()).unwrap()
    };
    let Ok(answer) = layer.layer(tower::service_fn(fails)).oneshot(asked()).await;
    let said = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(said, "r-1");
    let Ok(answer) = layer
        .layer(tower::service_fn(breaks))
        .oneshot(asked())
        .await;
    let said = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(said, "data: r-1\n\n");
}

/// Says the id of the request, and no more.
#[derive(Clone)]
struct Named;

impl Named {
    fn id(error: &Error) -> String {
        error.request_id().unwrap().as_str().to_owned()
    }
}

impl Dialect for Named {
    type Subject = ();

    fn response(&self, error: &Error, (): &()) -> Response<Bytes> {
        Response::new(Self::id(error).into())
    }

    fn event(&self, error: &Error, (): &()) -> Option<SseMessage> {
        Some(SseMessage::new(Self::id(error)))
    }
}

#[test]
fn auto_traits() {
    fn service<T: Clone + Send + Sync>() {}
    fn send<T: Send>() {}
    type Inner = tower::util::BoxCloneSyncService<Request<Body>, Response<Body>, Error>;
    service::<RescueLayer<Plain>>();
    service::<Rescue<Inner, Plain>>();
    send::<RescueFuture<Inner, Body, Plain>>();
    send::<ResponseBody<Full<Bytes>, Marked>>();
}
