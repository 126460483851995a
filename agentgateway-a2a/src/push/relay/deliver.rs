use std::{
    hash::{BuildHasher, RandomState},
    time::{Duration, SystemTime},
};

use agentgateway_core::{Body, ErrorKind, error::retry_after};
use bytes::Bytes;
use http::{
    HeaderName, HeaderValue, Method, Request, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use tokio::time::{Instant, sleep, timeout};
use tower_service::Service;

use super::{builder::Shared, queue::Taken};

/// The header of the token, as the official SDKs spell it.
const TOKEN: HeaderName = HeaderName::from_static("x-a2a-notification-token");
/// As others do.
const TOKEN_BARE: HeaderName = HeaderName::from_static("a2a-notification-token");
/// The longest wait before an attempt.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How attempts are made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempts {
    pub(super) most: u32,
    pub(super) timeout: Duration,
    pub(super) first_wait: Duration,
    pub(super) give_up_after: Duration,
}

/// What came of one attempt.
enum Outcome {
    Sent,
    /// Another may help.
    Failed(String, Option<Duration>),
    /// None will.
    Refused(String),
}

/// Sends one notification, in as many attempts as it may have.
///
/// # Cancel safety
/// Dropped, the notification is lost, or the client has it.
pub(super) async fn deliver(shared: &Shared, taken: &Taken<'_>) {
    let notification = &taken.notification;
    let registration = &notification.registration;
    let host = &*notification.host;
    let body = {
        let agent = shared.agents.named(&registration.agent);
        let payload = &notification.payload;
        payload.bytes(agent.as_ref(), registration).await
    };
    let attempts = &shared.attempts;
    let deadline = notification.since.checked_add(attempts.give_up_after);
    for attempt in 1.. {
        let (words, after) = match once(shared, taken, body.clone()).await {
            Outcome::Sent => {
                taken.attempted(false);
                tracing::debug!(host, attempt, "a push notification was delivered");
                return;
            }
            Outcome::Refused(words) => {
                tracing::warn!(host, attempt, %words, "a push notification was given up");
                return;
            }
            Outcome::Failed(words, after) => (words, after),
        };
        taken.attempted(true);
        let wait = wait_before(attempts.first_wait, attempt).max(after.unwrap_or_default());
        let wait = wait.min(LONGEST_WAIT);
        let in_time = deadline.is_none_or(|deadline| Instant::now() + wait < deadline);
        if attempt >= attempts.most || !in_time {
            tracing::warn!(host, attempt, %words, "a push notification was given up");
            return;
        }
        tracing::debug!(host, attempt, %words, "a push notification is sent again");
        sleep(wait).await;
    }
}

async fn once(shared: &Shared, taken: &Taken<'_>, body: Bytes) -> Outcome {
    let url = &taken.notification.registration.url;
    // What was allowed when it was registered may not be any more.
    let uri = match shared.guard.check(url) {
        Ok(uri) => uri,
        Err(error) => return Outcome::Refused(error.message().to_owned()),
    };
    let mut client = shared.client.clone();
    let exchange = client.call(request(uri, taken, body));
    // The answer's body is dropped unread, and its connection with it.
    match timeout(shared.attempts.timeout, exchange).await {
        Err(_) => Outcome::Failed("there was no answer in time".to_owned(), None),
        Ok(Err(error)) if error.kind() == ErrorKind::Forbidden => {
            Outcome::Refused(error.message().to_owned())
        }
        Ok(Err(error)) => Outcome::Failed(error.message().to_owned(), None),
        Ok(Ok(answer)) => judged(answer.status(), || {
            retry_after(answer.headers(), SystemTime::now())
        }),
    }
}

fn judged(status: StatusCode, after: impl FnOnce() -> Option<Duration>) -> Outcome {
    let words = || format!("the receiver has answered with {}", status.as_u16());
    match status {
        status if status.is_success() => Outcome::Sent,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Outcome::Failed(words(), after())
        }
        status if status.is_server_error() => Outcome::Failed(words(), after()),
        // A redirect is not followed: it could lead anywhere, with the client's credentials.
        _ => Outcome::Refused(words()),
    }
}

fn request(uri: Uri, taken: &Taken<'_>, body: Bytes) -> Request<Body> {
    let notification = &taken.notification;
    let registration = &notification.registration;
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, notification.content_type.clone());
    let token = registration.token.as_deref();
    if let Some(Ok(mut token)) = token.map(HeaderValue::try_from) {
        token.set_sensitive(true);
        headers.insert(TOKEN, token.clone());
        headers.insert(TOKEN_BARE, token);
    }
    if let Some(value) = registration.authorization() {
        headers.insert(AUTHORIZATION, value);
    }
    request
}

/// Anything up to a bound that doubles, by chance: those that failed together do not come back together.
fn wait_before(first: Duration, attempt: u32) -> Duration {
    let factor = 1_u32
        .checked_shl(attempt.saturating_sub(1))
        .unwrap_or(u32::MAX);
    let bound = first.saturating_mul(factor).min(LONGEST_WAIT);
    // The keys of the standard library's hashers are random.
    let chance = RandomState::new().hash_one(attempt) >> 32;
    bound.mul_f64(chance as f64 / f64::from(u32::MAX))
}
