use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, Request, Response, StatusCode, Uri,
    header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL},
};
use http_body::Body as HttpBody;
use tower_service::Service;

use super::{super::KeySet, KeysFailure, discovery::Place};
use crate::{
    body::{Body, Gather},
    error::{BoxError, Error},
    media,
};

/// Between these lies how long keys are used, whatever the server says.
const FRESH: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(60 * 60));

/// A client, with its type erased.
pub(super) trait Fetch: Send + Sync {
    fn fetch(&self, request: Request<Body>) -> Fetching;
}

type Fetching = Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>;

pub(super) struct Over<S>(pub(super) S);

impl<S, B> Fetch for Over<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    fn fetch(&self, request: Request<Body>) -> Fetching {
        let mut service = self.0.clone();
        Box::pin(async move {
            let answered = async {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            };
            let response = answered.await;
            match response {
                Ok(response) => Ok(response.map(Body::new)),
                Err(error) => Err(Error::from_boxed(error.into())),
            }
        })
    }
}

/// Keys, and how long the server lets them be used.
#[derive(Clone, Debug)]
pub(super) struct Fetched {
    pub(super) keys: Arc<KeySet>,
    pub(super) fresh_for: Option<Duration>,
}

/// Fetches the keys from where they are.
pub(super) async fn keys(
    place: &Place,
    client: &dyn Fetch,
    max_bytes: usize,
) -> Result<Fetched, KeysFailure> {
    let url = place.locate(client, max_bytes).await?;
    let (headers, text) = document(&url, client, max_bytes).await?;
    Ok(Fetched {
        keys: Arc::new(KeySet::published(&text)?),
        fresh_for: fresh_for(&headers),
    })
}

/// Fetches JSON: no redirect, no content coding, no more bytes than that.
pub(super) async fn document(
    url: &Uri,
    client: &dyn Fetch,
    max_bytes: usize,
) -> Result<(HeaderMap, Bytes), KeysFailure> {
    let request = Request::get(url)
        .header(ACCEPT, "application/jwk-set+json, application/json")
        .header(ACCEPT_ENCODING, "identity")
        .body(Body::empty())
        .map_err(|_| KeysFailure::Malformed)?;
    let response = client.fetch(request).await.map_err(unreachable)?;
    let (head, body) = response.into_parts();
    if head.status != StatusCode::OK {
        return Err(KeysFailure::Status(head.status.as_u16()));
    }
    if !media::is_json(&head.headers) || media::is_coded(&head.headers) {
        return Err(KeysFailure::NotJson);
    }
    let text = whole(body, max_bytes).await?;
    Ok((head.headers, text))
}

async fn whole(body: Body, max_bytes: usize) -> Result<Bytes, KeysFailure> {
    let mut body = pin!(body);
    let mut gathered = Gather::default();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let Ok(data) = frame.map_err(unreachable)?.into_data() else {
            continue;
        };
        if gathered.len() + data.len() > max_bytes {
            return Err(KeysFailure::TooLarge(max_bytes));
        }
        gathered.push(data, 0);
    }
    Ok(gathered.take())
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn unreachable(error: Error) -> KeysFailure {
    let words = error.detail().unwrap_or(error.message());
    KeysFailure::Unreachable(words.into())
}

/// What `Cache-Control` says (RFC 9111, 5.2.2), within bounds; `None` where it says nothing.
pub(super) fn fresh_for(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim);
    let mut found = None;
    for directive in directives {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache") {
            return Some(FRESH.0);
        }
        if name.eq_ignore_ascii_case("max-age") {
            let seconds = value.trim_matches('"').parse::<u64>();
            found = found.or(seconds.ok().map(Duration::from_secs));
        }
    }
    found.map(|age| age.clamp(FRESH.0, FRESH.1))
}
