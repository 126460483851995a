use std::{
    convert::Infallible,
    future::{Future, pending},
    pin::Pin,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body::{Body as _, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;
use tower_service::Service;

use super::*;
use crate::{Body, error::BoxError};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The tasks that a layer wants to be run.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<Vec<Task>>>);

impl Tasks {
    fn spawn(&self) -> impl Fn(Task) + Send + Sync + 'static {
        let tasks = Arc::clone(&self.0);
        move |task| tasks.lock().unwrap().push(task)
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    async fn run(&self) {
        let tasks = std::mem::take(&mut *self.0.lock().unwrap());
        for task in tasks {
            task.await;
        }
    }
}

type Seen = (http::request::Parts, Bytes, Option<HeaderMap>);

/// A mirror that gives what it was sent to the receiver.
fn mirror() -> (
    impl Service<Request<Body>, Response = Response<Body>, Error = BoxError, Future: Send>
    + Clone
    + Send
    + 'static,
    UnboundedReceiver<Seen>,
) {
    let (send, seen) = unbounded_channel::<Seen>();
    let service = service_fn(move |request: Request<Body>| {
        let send = send.clone();
        async move {
            let (parts, body) = request.into_parts();
            let body = body.collect().await?;
            let trailers = body.trailers().cloned();
            send.send((parts, body.to_bytes(), trailers)).unwrap();
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::IM_A_TEAPOT;
            Ok::<_, BoxError>(response)
        }
    });
    (service, seen)
}

fn outcomes<M>(layer: MirrorLayer<M>) -> (MirrorLayer<M>, UnboundedReceiver<Mirrored>) {
    let (send, outcomes) = unbounded_channel();
    let layer = layer.on_outcome(move |outcome| send.send(outcome).unwrap());
    (layer, outcomes)
}

/// Reads the body to its end and gives it back.
async fn read<B>(request: Request<MirrorBody<B>>) -> Result<Response<Bytes>, BoxError>
where
    B: http_body::Body<Data = Bytes, Error: Into<BoxError>>,
{
    let body = request.into_body().collect().await.map_err(Into::into)?;
    Ok(Response::new(body.to_bytes()))
}

fn frames(
    frames: Vec<Result<Frame<Bytes>, BoxError>>,
) -> impl http_body::Body<Data = Bytes, Error = BoxError> {
    StreamBody::new(tokio_stream::iter(frames))
}

fn data(bytes: &'static str) -> Result<Frame<Bytes>, BoxError> {
    Ok(Frame::data(Bytes::from_static(bytes.as_bytes())))
}

#[tokio::test]
async fn the_copy_is_the_request_and_the_answer_is_the_services() {
    let ((mirror, mut seen), tasks) = (mirror(), Tasks::default());
    let (layer, mut told) = outcomes(MirrorLayer::new(mirror, Fraction::ALL, tasks.spawn()));
    let mut trailers = HeaderMap::new();
    trailers.insert("x-trailer", HeaderValue::from_static("1"));
    let body = frames(vec![
        data("one "),
        data("two"),
        Ok(Frame::trailers(trailers.clone())),
    ]);
    let request = Request::post("http://h/a?q")
        .header("x-a", "1")
        .header("expect", "100-continue")
        .header("transfer-encoding", "chunked")
        .extension("private")
        .body(body);
    let service = layer.layer(service_fn(read));
    let answer = service.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer.body(), "one two");
    // The answer is there before the mirror has been asked.
    assert!(seen.try_recv().is_err());
    tasks.run().await;
    let (parts, body, seen_trailers) = seen.try_recv().unwrap();
    assert_eq!(
        (parts.method.as_str(), parts.uri.to_string()),
        ("POST", "http://h/a?q".into())
    );
    assert_eq!(parts.headers.len(), 1, "{:?}", parts.headers);
    assert!(parts.extensions.is_empty());
    assert_eq!(
        (body, seen_trailers),
        (Bytes::from("one two"), Some(trailers))
    );
    assert_eq!(
        told.try_recv(),
        Ok(Mirrored::Answered(StatusCode::IM_A_TEAPOT))
    );
}

#[tokio::test]
async fn a_request_without_a_body_is_mirrored_at_once() {
    let ((mirror, mut seen), tasks) = (mirror(), Tasks::default());
    let layer = MirrorLayer::new(mirror, Fraction::ALL, tasks.spawn());
    let idle =
        service_fn(|_: Request<MirrorBody<Full<Bytes>>>| pending::<Result<(), Infallible>>());
    let call = layer.layer(idle).call(Request::new(Full::default()));
    tasks.run().await;
    assert!(seen.try_recv().is_ok());
    drop(call);
}

#[tokio::test]
async fn a_body_of_known_length_needs_no_end_to_be_seen() {
    let ((mirror, mut seen), tasks) = (mirror(), Tasks::default());
    let layer = MirrorLayer::new(mirror, Fraction::ALL, tasks.spawn());
    // As hyper's client does: one frame has all that was declared, and the body is dropped.
    let one_frame = service_fn(|request: Request<MirrorBody<Full<Bytes>>>| async move {
        let mut body = request.into_body();
        assert_eq!(body.size_hint().exact(), Some(4));
        body.frame().await.unwrap().unwrap();
        Ok::<_, Infallible>(())
    });
    let request = Request::new(Full::from("body"));
    layer.layer(one_frame).oneshot(request).await.unwrap();
    tasks.run().await;
    assert_eq!(seen.try_recv().unwrap().1, "body");
}

#[tokio::test]
async fn what_cannot_be_mirrored_is_told_and_disturbs_nobody() {
    let ((mirror, mut seen), tasks) = (mirror(), Tasks::default());
    let layer = MirrorLayer::new(mirror, Fraction::ALL, tasks.spawn()).max_body_bytes(4);
    let (layer, mut told) = outcomes(layer);

    // Longer than the limit, said before and found out later.
    let known = layer.layer(service_fn(read));
    let answer = known
        .oneshot(Request::new(Full::from("12345")))
        .await
        .unwrap();
    assert_eq!(
        (answer.body(), told.try_recv()),
        (&Bytes::from("12345"), Ok(Mirrored::TooLarge))
    );
    let unknown = layer.layer(service_fn(read));
    let body = frames(vec![data("123"), data("45"), data("6")]);
    let answer = unknown.oneshot(Request::new(body)).await.unwrap();
    assert_eq!(
        (answer.body(), told.try_recv()),
        (&Bytes::from("123456"), Ok(Mirrored::TooLarge))
    );

    // Not read, and failed.
    let deaf = service_fn(|_| async { Ok::<_, Infallible>(()) });
    let unread = layer
        .layer(deaf)
        .oneshot(Request::new(frames(vec![data("1")])));
    unread.await.unwrap();
    assert_eq!(told.try_recv(), Ok(Mirrored::Unfinished));
    let broken = frames(vec![data("1"), Err("broken".into()), data("2")]);
    let failed = layer.layer(service_fn(read)).oneshot(Request::new(broken));
    assert_eq!(failed.await.unwrap_err().to_string(), "broken");
    assert_eq!(told.try_recv(), Ok(Mirrored::Unfinished));

    tasks.run().await;
    assert!(seen.try_recv().is_err() && told.try_recv().is_err());
}

#[tokio::test]
async fn no_more_are_in_flight_than_may_be() {
    let ((mirror, _seen), tasks) = (mirror(), Tasks::default());
    let layer = MirrorLayer::new(mirror, Fraction::ALL, tasks.spawn()).max_in_flight(2);
    let (layer, mut told) = outcomes(layer);
    let service = layer.layer(service_fn(read));
    for _ in 0..3 {
        let request = Request::new(Full::<Bytes>::default());
        service.clone().oneshot(request).await.unwrap();
    }
    assert_eq!((tasks.len(), told.try_recv()), (2, Ok(Mirrored::TooMany)));
    tasks.run().await;
    service
        .oneshot(Request::new(Full::<Bytes>::default()))
        .await
        .unwrap();
    assert_eq!(tasks.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_mirror_that_is_silent_or_fails_ends() {
    let tasks = Tasks::default();
    let silent = service_fn(|_| pending::<Result<Response<Body>, Infallible>>());
    let layer = MirrorLayer::new(silent, Fraction::ALL, tasks.spawn());
    let (layer, mut told) = outcomes(layer.deadline(Duration::from_secs(3)));
    let service = layer.layer(service_fn(read));
    service
        .oneshot(Request::new(Full::<Bytes>::default()))
        .await
        .unwrap();
    tasks.run().await;
    assert_eq!(told.try_recv(), Ok(Mirrored::TimedOut));

    let broken = service_fn(|_| async { Err::<Response<Body>, _>("broken") });
    let (layer, mut told) = outcomes(MirrorLayer::new(broken, Fraction::ALL, tasks.spawn()));
    let service = layer.layer(service_fn(read));
    service
        .oneshot(Request::new(Full::<Bytes>::default()))
        .await
        .unwrap();
    tasks.run().await;
    assert_eq!(told.try_recv(), Ok(Mirrored::Failed));

    // A head, and a body without an end.
    let endless = service_fn(|_| async {
        let body = StreamBody::new(tokio_stream::pending::<Result<Frame<Bytes>, BoxError>>());
        Ok::<_, Infallible>(Response::new(body))
    });
    let (layer, mut told) = outcomes(MirrorLayer::new(endless, Fraction::ALL, tasks.spawn()));
    let service = layer.layer(service_fn(read));
    service
        .oneshot(Request::new(Full::<Bytes>::default()))
        .await
        .unwrap();
    tasks.run().await;
    assert_eq!(told.try_recv(), Ok(Mirrored::Answered(StatusCode::OK)));
}

#[tokio::test]
async fn only_the_share_is_mirrored_and_no_tunnel() {
    let ((mirror, _seen), tasks) = (mirror(), Tasks::default());
    let half = Fraction {
        numerator: 1,
        denominator: 2,
    };
    for (bits, mirrored) in [(0, 1), (u64::MAX, 0)] {
        let layer = MirrorLayer::new(mirror.clone(), half, tasks.spawn()).random(move || bits);
        let service = layer.layer(service_fn(read));
        service
            .oneshot(Request::new(Full::<Bytes>::default()))
            .await
            .unwrap();
        assert_eq!(tasks.len(), mirrored);
        tasks.run().await;
    }
    let service = MirrorLayer::new(mirror, Fraction::ALL, tasks.spawn()).layer(service_fn(read));
    for request in [
        Request::get("/").header("upgrade", "websocket"),
        Request::connect("h:1"),
    ] {
        let request = request.body(Full::<Bytes>::default()).unwrap();
        service.clone().oneshot(request).await.unwrap();
    }
    assert_eq!(tasks.len(), 0);
}
