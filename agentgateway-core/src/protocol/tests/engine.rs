use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, request, response};
use http_body_util::{BodyExt, Channel, Full};
use tokio_test::{assert_pending, assert_ready, assert_ready_ok, task::spawn};
use tower::{ServiceBuilder, ServiceExt};
use tower_service::Service;

use crate::{
    body::{End, Peeked},
    context::{CallFacts, Fact, RequestId, Trail},
    error::{BoxError, Error, ErrorKind},
    protocol::*,
    rescue::{Dialect, Handling, Watch},
    sse::SseMessage,
};

/// A protocol whose whole request is its id.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids {
    ends: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call(String);

impl CallFacts for Call {
    const PROTOCOL: &'static str = "test";
    const NAMES: &'static [&'static str] = &["text"];

    fn fact(&self, name: &str) -> Option<Fact<'_>> {
        (name == "text").then_some(Fact::Text(&self.0))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Plain;

impl Dialect for Plain {
    type Subject = String;

    fn response(&self, error: &Error, subject: &String) -> Response<Bytes> {
        let id = error
            .request_id()
            .map_or_else(String::new, |id| format!(" ({})", id.as_str()));
        let mut response = Response::new(Bytes::from(format!("{subject}: {error}{id}")));
        *response.status_mut() = error.status();
        response
    }

    fn event(&self, error: &Error, subject: &String) -> Option<SseMessage> {
        let id = error.request_id().map_or("", RequestId::as_str);
        Some(SseMessage::new(format!("{subject}: {error} {id}")))
    }
}

pub(super) struct IdWatch(Ids, String);

impl Watch for IdWatch {
    fn head(&mut self, head: &mut response::Parts) -> Handling {
        if head.headers.contains_key("x-rewrite") {
            Handling::Rewrite { limit_bytes: 8 }
        } else if head.headers.contains_key("x-events") {
            Handling::Events
        } else {
            Handling::Pass
        }
    }

    fn rewrite(&mut self, _: &mut response::Parts, body: Bytes) -> Result<Bytes, Error> {
        Ok(Bytes::from([b"<", body.as_ref(), b">"].concat()))
    }

    fn over_limit(&mut self, head: &mut response::Parts, error: Error) -> Result<Bytes, Error> {
        match head.headers.contains_key("x-instead") {
            true => Ok(Bytes::from_static(b"instead")),
            false => Err(error),
        }
    }

    fn error_event(&self, error: &Error) -> Option<SseMessage> {
        Plain.event(error, &self.1)
    }

    fn end(&mut self, end: End<'_>) {
        self.0
            .ends
            .lock()
            .unwrap()
            .push(format!("{} {}", self.1, end.as_str()));
    }
}

impl Protocol for Ids {
    type Call = Call;
    type Dialect = Plain;
    type Watch = IdWatch;

    fn dialect(&self) -> &Plain {
        &Plain
    }

    fn stranger(&self, _: &request::Parts) -> String {
        "nobody".to_owned()
    }

    fn stranger_with(&self, _: &request::Parts, body: &Bytes) -> String {
        format!("{} bytes", body.len())
    }

    fn look(&self, head: &mut request::Parts) -> Result<Look<Call>, Rejection> {
        match head.method {
            Method::POST => Ok(Look::Body { limit_bytes: 8 }),
            Method::GET | Method::HEAD => Ok(Look::Call(Call("get".to_owned()))),
            Method::DELETE => {
                let error = Error::new(ErrorKind::MethodNotAllowed, "no deletes");
                let stranger = self.stranger(head);
                let say = move |error: &Error| Plain.response(error, &stranger);
                Err(Rejection::new(error, say))
            }
            _ => Ok(Look::Pass),
        }
    }

    fn parse(&self, _: &mut request::Parts, body: &Bytes) -> Result<Call, Rejection> {
        String::from_utf8(body.to_vec()).map(Call).map_err(|_| {
            let error = Error::new(ErrorKind::InvalidRequest, "not UTF-8");
            Rejection::new(error, |error| Plain.response(error, &"nobody".to_owned()))
        })
    }

    fn subject(&self, call: &Call) -> String {
        call.0.clone()
    }

    fn watch(&self, _: &request::Parts, call: &Call) -> IdWatch {
        IdWatch(self.clone(), call.0.clone())
    }

    fn admit(&self, _: &request::Parts, call: &Call) -> Result<(), Rejection> {
        if call.0 == "unknown" {
            let error = Error::new(ErrorKind::Forbidden, "not for you");
            return Err(Rejection::new(error, |_| Response::new("no such".into())));
        }
        Ok(())
    }

    fn rejected(&self, _: &request::Parts, error: &Error) {
        self.ends
            .lock()
            .unwrap()
            .push(format!("rejected {}", error.kind().as_str()));
    }
}

impl Ids {
    pub(super) fn ends(&self) -> Vec<String> {
        self.ends.lock().unwrap().clone()
    }
}

pub(super) fn post(body: &'static str) -> Request<Full<Bytes>> {
    Request::post("/").body(Full::from(body)).unwrap()
}

async fn see(request: Request<Peeked<Full<Bytes>>>) -> Result<Response<Full<Bytes>>, BoxError> {
    let call = request.extensions().get::<Call>().cloned();
    let body = request.into_body().collect().await?.to_bytes();
    match body.as_ref() {
        b"fail" => Err("broken".into()),
        b"rewrite" => Ok(Response::builder()
            .header("x-rewrite", "1")
            .body(body.into())?),
        b"toolong" => Ok(Response::builder()
            .header("x-rewrite", "1")
            .body("123456789".into())?),
        _ => Ok(Response::new(Full::from(format!("{call:?} {body:?}")))),
    }
}

async fn answer(protocol: &Ids, request: Request<Full<Bytes>>) -> (StatusCode, String) {
    let service = ProtocolService::new(tower::service_fn(see), protocol.clone(), true);
    let Ok(response) = service.oneshot(request).await;
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn writes_the_call_and_keeps_the_body() {
    let ids = Ids::default();
    let (status, body) = answer(&ids, post("seven")).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::OK, "Some(Call(\"seven\")) b\"seven\"")
    );
    assert_eq!(ids.ends(), ["seven complete"]);
}

#[tokio::test]
async fn decides_from_the_head_what_to_read() {
    let ids = Ids::default();
    let get = Request::get("/").body(Full::from("x")).unwrap();
    assert_eq!(answer(&ids, get).await.1, "Some(Call(\"get\")) b\"x\"");
    let put = Request::put("/")
        .body(Full::from("a body that is over the limit"))
        .unwrap();
    assert!(answer(&ids, put).await.1.starts_with("None"));
    let delete = Request::delete("/").body(Full::default()).unwrap();
    assert_eq!(answer(&ids, delete).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(ids.ends(), ["get complete", "rejected method_not_allowed"]);
}

/// What is wrong with a request is no matter where none is served.
#[tokio::test]
async fn a_service_that_refuses_all_refuses_what_is_no_call_too() {
    let ids = Ids::default();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let refuse = tower::service_fn(move |request: Request<Peeked<Full<Bytes>>>| {
        let call = request.extensions().get::<Call>();
        log.lock().unwrap().push(call.map(|call| call.0.clone()));
        async { Err::<Response<Full<Bytes>>, _>(Error::new(ErrorKind::NotFound, "nothing here")) }
    });
    let service = ProtocolService::new(refuse, ids.clone(), true).refuses_all(true);
    let delete = Request::delete("/").body(Full::default()).unwrap();
    let broken = Request::post("/")
        .body(Full::from(&b"\xff\xfe"[..]))
        .unwrap();
    for (request, subject) in [
        (post("seven"), "seven"),
        (broken, "2 bytes"),
        (post("over the limit"), "nobody"),
        (delete, "nobody"),
    ] {
        let Ok(response) = service.clone().oneshot(request).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{subject}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, format!("{subject}: nothing here"));
    }
    let seven = Some("seven".to_owned());
    assert_eq!(*seen.lock().unwrap(), [seven, None, None, None]);
    assert_eq!(ids.ends(), ["seven failed"]);
}

/// It is a call, whose end is told; the service is not called, and the answer is what the protocol says.
#[tokio::test]
async fn a_call_that_is_not_admitted_is_answered_and_watched() {
    let ids = Ids::default();
    let mut request = post("unknown");
    let trail = Trail::lay(request.extensions_mut());
    let refuse = tower::service_fn(|_: Request<Peeked<Full<Bytes>>>| async {
        Err::<Response<Full<Bytes>>, _>(Error::new(ErrorKind::NotFound, "nothing here"))
    });
    let service = ProtocolService::new(refuse, ids.clone(), true);
    let Ok(response) = service.oneshot(request).await;
    assert!(response.extensions().get::<Told>().is_some());
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "no such");
    assert_eq!(ids.ends(), ["unknown failed"]);
    let error = trail.error().map(|error| error.kind());
    assert_eq!(error, Some(ErrorKind::Forbidden));
}

#[tokio::test]
async fn something_else_may_be_sent_in_the_place_of_what_is_too_long() {
    let ids = Ids::default();
    let long = tower::service_fn(|_: Request<Peeked<Full<Bytes>>>| async {
        let response = Response::builder()
            .header("x-rewrite", "1")
            .header("x-instead", "1");
        Ok::<_, Infallible>(
            response
                .body(Full::<Bytes>::from("over the limit"))
                .unwrap(),
        )
    });
    let service = ProtocolService::new(long, ids.clone(), true);
    let Ok(response) = service.oneshot(post("seven")).await;
    assert_eq!(response.headers()["content-length"], "7");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "instead");
    assert_eq!(ids.ends(), ["seven complete"]);
}

/// Fault H47 (part): a request body at the limit and over it: 413, the service is not called.
#[tokio::test]
async fn answers_every_error_in_its_own_form() {
    let ids = Ids::default();
    let (status, body) = answer(&ids, post("fail")).await;
    assert_eq!(
        (status, body.as_str()),
        (StatusCode::BAD_GATEWAY, "fail: the service failed")
    );
    let (status, body) = answer(&ids, post("123456789")).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        body,
        "nobody: the request body is over the limit of 8 bytes"
    );
    assert_eq!(ids.ends(), ["fail failed", "rejected too_large"]);
}

#[tokio::test]
async fn the_trail_of_a_request_tells_how_it_ended() {
    for (mut request, kind) in [
        (post("seven"), None),
        (post("fail"), Some(ErrorKind::Unavailable)),
        (post("toolong"), Some(ErrorKind::BadAnswer)),
        (post("123456789"), Some(ErrorKind::TooLarge)),
    ] {
        let trail = Trail::lay(request.extensions_mut());
        answer(&Ids::default(), request).await;
        assert_eq!(trail.error().map(|error| error.kind()), kind);
        assert_eq!(trail.is_complete(), kind.is_none());
    }
}

#[tokio::test]
async fn errors_tell_the_id_of_their_request() {
    let ids = Ids::default();
    let delete = Request::delete("/").body(Full::default()).unwrap();
    let broken = Request::post("/").body(Full::from(&b"\xff"[..])).unwrap();
    for (mut request, subject) in [
        (post("fail"), "fail: the service failed"),
        (post("toolong"), "toolong: "),
        (post("123456789"), "nobody: the request body is over"),
        (broken, "nobody: not UTF-8"),
        (delete, "nobody: no deletes"),
    ] {
        let id = RequestId::new("r-1").unwrap();
        request.extensions_mut().insert(id);
        let (_, body) = answer(&ids, request).await;
        assert!(body.starts_with(subject), "{body}");
        assert!(body.ends_with(" (r-1)"), "{body}");
    }
}

#[tokio::test]
async fn events_that_say_errors_tell_the_id_of_their_request() {
    let (sender, body) = Channel::<Bytes, Error>::new(1);
    sender.abort(Error::new(ErrorKind::Unavailable, "gone"));
    let body = Arc::new(Mutex::new(Some(body)));
    let inner = tower::service_fn(move |_: Request<Peeked<Full<Bytes>>>| {
        let mut response = Response::new(body.lock().unwrap().take().unwrap());
        let yes = "1".parse().unwrap();
        response.headers_mut().insert("x-events", yes);
        async { Ok::<_, Infallible>(response) }
    });
    let mut request = post("id");
    let id = RequestId::new("r-1").unwrap();
    request.extensions_mut().insert(id);
    let service = ProtocolService::new(inner, Ids::default(), true);
    let Ok(response) = service.oneshot(request).await;
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "data: id: gone r-1\n\n");
}

#[tokio::test]
async fn rewrites_a_whole_answer_or_refuses_it() {
    let ids = Ids::default();
    assert_eq!(
        answer(&ids, post("rewrite")).await,
        (StatusCode::OK, "<rewrite>".to_owned())
    );
    assert_eq!(
        answer(&ids, post("toolong")).await.0,
        StatusCode::BAD_GATEWAY
    );
    assert_eq!(ids.ends(), ["rewrite complete", "toolong failed"]);
}

#[tokio::test]
async fn an_upload_that_breaks_is_answered() {
    let (sender, body) = Channel::<Bytes, Error>::new(1);
    sender.abort(Error::new(ErrorKind::Unavailable, "reset"));
    let inner =
        tower::service_fn(|_| async { Ok::<_, Infallible>(Response::new(Full::from("x"))) });
    let service = ProtocolService::new(inner, Ids::default(), true);
    let Ok(response) = service
        .oneshot(Request::post("/").body(body).unwrap())
        .await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

/// Fault E01 (part): a service that is never ready, or fails in `poll_ready`: waited for, or answered.
#[tokio::test]
async fn is_ready_at_once_and_waits_for_the_inner_service_after_the_peek() {
    let (mock, mut handle) =
        tower_test::mock::pair::<Request<Peeked<Channel<Bytes>>>, Response<Full<Bytes>>>();
    handle.allow(0);
    let ids = Ids::default();
    let mut service = spawn(ProtocolService::new(mock, ids.clone(), true));
    assert_ready_ok!(service.enter(|cx, mut service| {
        Service::<Request<Channel<Bytes>>>::poll_ready(&mut *service, cx)
    }));

    let (mut sender, body) = Channel::<Bytes>::new(1);
    let mut call = spawn(service.call(Request::post("/").body(body).unwrap()));
    assert_pending!(call.poll());
    handle.allow(1);
    assert!(
        !call.is_woken(),
        "no permit is asked for while the client uploads"
    );
    sender.send_data(Bytes::from_static(b"id")).await.unwrap();
    drop(sender);
    assert!(call.is_woken());
    assert_pending!(call.poll());
    let (request, respond) = handle.next_request().await.unwrap();
    assert_eq!(request.extensions().get(), Some(&Call("id".to_owned())));
    respond.send_response(Response::new(Full::from("x")));
    assert!(call.is_woken());
    drop(assert_ready!(call.poll()).unwrap());
    assert_eq!(ids.ends(), ["id dropped"]);
}

/// Fault E02 (part): a future or a body that is dropped: ends once.
#[tokio::test]
async fn a_dropped_call_ends_once() {
    let (mock, mut handle) =
        tower_test::mock::pair::<Request<Peeked<Full<Bytes>>>, Response<Full<Bytes>>>();
    let ids = Ids::default();
    let mut service = ProtocolService::new(mock, ids.clone(), true);
    handle.allow(1);
    let mut call = spawn(service.call(post("one")));
    assert_pending!(call.poll());
    drop(call);
    handle.allow(0);
    let mut waiting = spawn(service.call(post("two")));
    assert_pending!(waiting.poll());
    drop(waiting);
    assert_eq!(ids.ends(), ["one dropped", "two dropped"]);
}

#[tokio::test]
async fn a_layer_that_is_off_passes_everything() {
    let service = ProtocolService::new(tower::service_fn(see), Ids::default(), false);
    let Ok(response) = service.oneshot(post("a body that is over the limit")).await;
    assert_eq!(response.status(), StatusCode::OK);
}

/// Fault E03 (part): limits and timeouts inside: answered in the protocol's form.
#[tokio::test]
async fn errors_of_limits_inside_are_answered() {
    use std::time::Duration;
    async fn never(_: Request<Peeked<Full<Bytes>>>) -> Result<Response<Full<Bytes>>, BoxError> {
        std::future::pending().await
    }
    tokio::time::pause();
    let inner = ServiceBuilder::new()
        .layer(tower::timeout::TimeoutLayer::new(Duration::from_secs(1)))
        .service_fn(never);
    let service = ProtocolService::new(inner, Ids::default(), true);
    let Ok(response) = service.oneshot(post("id")).await;
    assert_eq!(response.status(), StatusCode::GATEWAY_TIMEOUT);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "id: the service did not answer in time");
}

#[test]
fn auto_traits() {
    fn service<T: Clone + Send + Sync>(_: &T) {}
    fn send<T: Send>(_: &T) {}
    async fn inner(_: Request<Peeked<Full<Bytes>>>) -> Result<Response<crate::Body>, BoxError> {
        Err("never called".into())
    }
    let mut stack = ProtocolService::new(
        ProtocolService::new(
            tower::service_fn(|_: Request<Peeked<Peeked<Full<Bytes>>>>| async {
                Err::<Response<crate::Body>, BoxError>("never called".into())
            }),
            Ids::default(),
            true,
        ),
        Ids::default(),
        true,
    );
    service(&stack);
    send(&stack.call(post("x")));
    let mut one = ProtocolService::new(tower::service_fn(inner), Ids::default(), true);
    send(&one.call(post("x")));
}
