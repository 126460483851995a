use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use agentgateway_core::BoxError;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body::Body as HttpBody;
use http_body_util::channel::Channel;
use tower::Service;

use super::{CALL, EVENT, SEEN, is_error, seen};
use crate::support::read;

/// Answers with the request's own body, and says what it found in the extensions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Echo;

impl<B> Service<Request<B>> for Echo {
    type Response = Response<B>;
    type Error = BoxError;
    type Future = Ready<Result<Response<B>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(echo(request))
    }
}

pub(super) fn echo<B>(request: Request<B>) -> Result<Response<B>, BoxError> {
    if request.headers().contains_key("x-fail") {
        return Err("words that no client may see".into());
    }
    let found = seen(request.extensions()).unwrap_or("nothing").to_owned();
    let mut response = Response::new(request.into_body());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, "application/json".parse()?);
    headers.insert("x-seen", found.parse()?);
    Ok(response)
}

/// The echo of a call that passed the layer: typed, and not one byte changed.
pub(super) async fn assert_echo<B>(response: Response<B>)
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (head, body) = read(response).await;
    assert_eq!(head.status, StatusCode::OK);
    assert_eq!(head.headers["x-seen"], SEEN);
    assert_eq!(body, CALL);
}

/// An error in the protocol's form, with nothing of the service's own words.
pub(super) async fn assert_error<B>(response: Response<B>, status: StatusCode)
where
    B: HttpBody<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (head, body) = read(response).await;
    assert_eq!(head.status, status, "{body}");
    assert_eq!(head.headers[CONTENT_TYPE], "application/json");
    assert!(is_error(&body), "{body}");
    assert!(!body.contains("no client may see"), "{body}");
}

/// Answers [`EVENT`], and then breaks off with an error.
pub(super) async fn breaks<B>(
    _: Request<B>,
) -> Result<Response<Channel<Bytes, BoxError>>, Infallible> {
    breaks_as("text/event-stream").await
}

/// The same, in no event stream.
pub(super) async fn breaks_as(
    media: &'static str,
) -> Result<Response<Channel<Bytes, BoxError>>, Infallible> {
    let (mut sender, body) = Channel::new(1);
    tokio::spawn(async move {
        sender
            .send_data(Bytes::from_static(EVENT.as_bytes()))
            .await
            .unwrap();
        sender.abort("words that no client may see".into());
    });
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, media.parse().unwrap());
    Ok(response)
}
