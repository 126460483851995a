use std::sync::{Arc, Mutex};

use agentgateway_core::{Body, Error, ErrorKind, Peeked};
use bytes::Bytes;
use futures_util::stream::unfold;
use http::{Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt as _, StreamBody};
use tokio::sync::mpsc;

use super::SseServer;
use crate::{upstream::McpServer, wire::headers};

/// A server whose stream the test writes, and whose POSTs it reads.
struct Peer {
    server: SseServer,
    streams: mpsc::UnboundedReceiver<mpsc::UnboundedSender<Bytes>>,
    posts: mpsc::UnboundedReceiver<(String, String)>,
    /// The status of what is POSTed.
    status: Arc<Mutex<StatusCode>>,
    headers: Arc<Mutex<Vec<http::HeaderMap>>>,
}

impl Peer {
    fn new() -> Self {
        let (open, streams) = mpsc::unbounded_channel();
        let (post, posts) = mpsc::unbounded_channel();
        let status = Arc::new(Mutex::new(StatusCode::ACCEPTED));
        let headers: Arc<Mutex<Vec<_>>> = Arc::default();
        let (says, sees) = (status.clone(), headers.clone());
        let client = tower::service_fn(move |request: Request<Peeked<Body>>| {
            let (open, post, status) = (open.clone(), post.clone(), *says.lock().unwrap());
            sees.lock().unwrap().push(request.headers().clone());
            async move {
                if request.method() == Method::GET {
                    assert_eq!(request.uri(), "http://mcp.example.org/sse");
                    return Ok::<_, Error>(stream(&open));
                }
                let url = request.uri().to_string();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let body = String::from_utf8(body.to_vec()).unwrap();
                post.send((url, body)).unwrap();
                let mut response = Response::new(Body::from(Bytes::from_static(b"Accepted")));
                *response.status_mut() = status;
                Ok(response)
            }
        });
        let server = SseServer::builder("http://mcp.example.org/sse".parse().unwrap())
            .header(header::AUTHORIZATION, "Bearer own".parse().unwrap())
            .build(client);
        Self {
            server,
            streams,
            posts,
            status,
            headers,
        }
    }

    fn send(
        &self,
        request: Request<Bytes>,
    ) -> tokio::task::JoinHandle<Result<Response<Body>, Error>> {
        tokio::spawn(self.server.server().send(request))
    }

    /// Begins a session, whose stream says this endpoint.
    async fn session(&mut self, endpoint: &str) -> (String, mpsc::UnboundedSender<Bytes>) {
        let sent = self.send(post(r#"{"jsonrpc":"2.0","id":"i","method":"initialize"}"#));
        let stream = self.streams.recv().await.unwrap();
        say(&stream, &format!("event: endpoint\ndata: {endpoint}\n\n"));
        self.posts.recv().await.unwrap();
        say(
            &stream,
            "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n",
        );
        let answer = sent.await.unwrap().unwrap();
        let id = answer.headers()[headers::SESSION_ID]
            .to_str()
            .unwrap()
            .to_owned();
        (id, stream)
    }
}

fn stream(open: &mpsc::UnboundedSender<mpsc::UnboundedSender<Bytes>>) -> Response<Body> {
    let (sender, events) = mpsc::unbounded_channel();
    open.send(sender).unwrap();
    let frames = unfold(
        events,
        |mut events: mpsc::UnboundedReceiver<Bytes>| async move {
            let event = events.recv().await?;
            Some((Ok::<_, Error>(Frame::data(event)), events))
        },
    );
    let mut response = Response::new(Body::new(StreamBody::new(Box::pin(frames))));
    let kind = "text/event-stream; charset=utf-8".parse().unwrap();
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn say(stream: &mpsc::UnboundedSender<Bytes>, text: &str) {
    stream
        .send(Bytes::copy_from_slice(text.as_bytes()))
        .unwrap();
}

fn post(body: &str) -> Request<Bytes> {
    let mut request = Request::post("/")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .unwrap();
    let client = "Bearer client".parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, client);
    request
}

fn within(session: &str, body: &str) -> Request<Bytes> {
    let mut request = post(body);
    request
        .headers_mut()
        .insert(headers::SESSION_ID, session.parse().unwrap());
    request
}

const LIST: &str = r#"{"jsonrpc":"2.0","id":"own","method":"tools/list"}"#;

#[tokio::test(start_paused = true)]
async fn messages_are_posted_where_the_stream_says_and_answered_on_it() {
    let mut peer = Peer::new();
    let (session, stream) = peer.session("/messages?s=1").await;
    let sent = peer.send(within(&session, LIST));
    let (url, body) = peer.posts.recv().await.unwrap();
    assert_eq!(url, "http://mcp.example.org/messages?s=1");
    assert_eq!(body, LIST.replace("\"own\"", "2"));
    say(
        &stream,
        ": ping\n\ndata: {\"jsonrpc\":\"2.0\",\"result\":{\"x\":1.0},\"id\":2}\n\n",
    );
    let answer = sent.await.unwrap().unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, r#"{"jsonrpc":"2.0","result":{"x":1.0},"id":"own"}"#);
    let seen = peer.headers.lock().unwrap();
    assert!(
        seen.iter()
            .all(|headers| headers[header::AUTHORIZATION] == "Bearer own")
    );
    assert!(
        seen.iter()
            .all(|headers| !headers.contains_key(headers::SESSION_ID))
    );
}

/// Fault M43: nothing is sent to an endpoint of another origin.
#[tokio::test(start_paused = true)]
async fn an_endpoint_of_another_origin_ends_the_stream() {
    let mut peer = Peer::new();
    let sent = peer.send(post(r#"{"jsonrpc":"2.0","id":"i","method":"initialize"}"#));
    let stream = peer.streams.recv().await.unwrap();
    say(
        &stream,
        "event: endpoint\ndata: http://evil.example/messages\n\n",
    );
    let error = sent.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(
        error.message(),
        "the server's endpoint is none of its own origin"
    );
    assert!(error.is_unprocessed());
    assert!(peer.posts.is_empty());
    stream.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_without_endpoint_is_not_waited_for_for_ever() {
    let mut peer = Peer::new();
    let sent = peer.send(post(r#"{"jsonrpc":"2.0","id":"i","method":"initialize"}"#));
    let stream = peer.streams.recv().await.unwrap();
    say(&stream, "data: {}\n\n");
    let error = sent.await.unwrap().unwrap_err();
    assert!(
        error.message().contains("in time") && error.is_unprocessed(),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_post_that_is_refused_fails_its_request_alone() {
    let mut peer = Peer::new();
    let (session, stream) = peer.session("/m").await;
    let running = peer.send(within(&session, LIST));
    peer.posts.recv().await.unwrap();
    *peer.status.lock().unwrap() = StatusCode::INTERNAL_SERVER_ERROR;
    let refused = peer.send(within(&session, LIST));
    let error = refused.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadAnswer);
    say(
        &stream,
        "data: {\"jsonrpc\":\"2.0\",\"result\":{},\"id\":2}\n\n",
    );
    running.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_ends_its_session() {
    let mut peer = Peer::new();
    let (session, stream) = peer.session("/m").await;
    let running = peer.send(within(&session, LIST));
    peer.posts.recv().await.unwrap();
    drop(stream);
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.message(), "the server's stream has ended");
    assert!(!error.is_unprocessed());
    let answer = peer.send(within(&session, LIST)).await.unwrap().unwrap();
    assert_eq!(answer.status(), 404);
    assert_eq!(peer.server.counts().failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_ended_closes_its_stream() {
    let mut peer = Peer::new();
    let (session, stream) = peer.session("/m").await;
    let mut delete = within(&session, "");
    *delete.method_mut() = Method::DELETE;
    assert_eq!(peer.send(delete).await.unwrap().unwrap().status(), 204);
    stream.closed().await;
    let (_session, stream) = peer.session("/m").await;
    peer.server.end().await;
    assert!(stream.is_closed());
    let (_session, stream) = peer.session("/m").await;
    drop(peer.server);
    stream.closed().await;
}

/// Nothing overtakes a notification that the server has not taken yet.
#[tokio::test(start_paused = true)]
async fn what_is_no_request_is_taken_before_the_next_message() {
    let (open, mut streams) = mpsc::unbounded_channel();
    let (post_to, mut posts) = mpsc::unbounded_channel();
    let client = tower::service_fn(move |request: Request<Peeked<Body>>| {
        let (open, post) = (open.clone(), post_to.clone());
        async move {
            if request.method() == Method::GET {
                return Ok::<_, Error>(stream(&open));
            }
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let (taken, when) = tokio::sync::oneshot::channel::<()>();
            post.send((String::from_utf8(body.to_vec()).unwrap(), taken))
                .unwrap();
            let _ = when.await;
            Ok(Response::new(Body::empty()))
        }
    });
    let old = SseServer::builder("http://a/sse".parse().unwrap()).build(client);
    let server: McpServer = old.server();
    let hello =
        tokio::spawn(server.send(post(r#"{"jsonrpc":"2.0","id":1,"method":"initialize"}"#)));
    let events = streams.recv().await.unwrap();
    say(&events, "event: endpoint\ndata: /m\n\n");
    // The answer may come before the POST is.
    let (_, _hello_taken) = posts.recv().await.unwrap();
    say(
        &events,
        "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n",
    );
    let answer = hello.await.unwrap().unwrap();
    let session = answer.headers()[headers::SESSION_ID].to_str().unwrap();
    let heard = within(
        session,
        r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
    );
    assert_eq!(server.send(heard).await.unwrap().status(), 202);
    let _one = tokio::spawn(server.send(within(session, LIST)));
    let _other = tokio::spawn(server.send(within(session, LIST)));
    let (body, taken) = posts.recv().await.unwrap();
    assert!(body.contains("notifications/initialized"));
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert!(posts.is_empty());
    taken.send(()).unwrap();
    let (_, _one_taken) = posts.recv().await.unwrap();
    let (_, _other_taken) = posts.recv().await.unwrap();
}
