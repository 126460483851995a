use std::time::Duration;

use agentgateway_core::{Body, media};
use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde_json::Value;

use super::TokenFailure;

/// How long a token is kept at most, whatever the server says.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// A token that was issued.
pub(super) struct Granted {
    /// The value of `authorization`.
    pub(super) value: HeaderValue,
    pub(super) good_for: Duration,
}

/// Of RFC 6749, 5.1 and 5.2 what is read. A member that is there twice makes it unreadable.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    expires_in: Option<Value>,
    error: Option<String>,
}

/// Reads a token; `unsaid` is how long one is good for of which the server does not say it.
pub(super) async fn read(
    response: Response<Body>,
    (max_bytes, unsaid): (usize, Duration),
) -> Result<Granted, TokenFailure> {
    let (head, body) = response.into_parts();
    let status = head.status;
    let is_json = media::is_json(&head.headers) && !media::is_coded(&head.headers);
    if !is_json {
        return Err(if status == StatusCode::OK {
            TokenFailure::NoToken
        } else {
            TokenFailure::Status(status.as_u16())
        });
    }
    let text = whole(body, max_bytes).await?;
    // Its own words of what is wrong could hold the token.
    let answer = serde_json::from_slice::<Answer>(&text).map_err(|_| TokenFailure::NoToken);
    if status == StatusCode::OK {
        return granted(answer?, unsaid).ok_or(TokenFailure::NoToken);
    }
    let error = answer.ok().and_then(|answer| answer.error);
    Err(TokenFailure::answered(status.as_u16(), error.as_deref()))
}

async fn whole(body: Body, max_bytes: usize) -> Result<Bytes, TokenFailure> {
    match Limited::new(body, max_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(TokenFailure::TooLarge(max_bytes)),
        Err(error) => {
            let error = agentgateway_core::Error::from_boxed(error);
            Err(TokenFailure::unreachable(&error))
        }
    }
}

fn granted(answer: Answer, unsaid: Duration) -> Option<Granted> {
    let kind = answer.token_type?;
    let token = answer.access_token.filter(|token| is_token(token))?;
    if !kind.eq_ignore_ascii_case("Bearer") {
        return None;
    }
    let mut value = HeaderValue::try_from(format!("Bearer {token}")).ok()?;
    value.set_sensitive(true);
    let good_for = answer.expires_in.as_ref().and_then(seconds);
    Some(Granted {
        value,
        good_for: good_for.unwrap_or(unsaid).min(LONGEST),
    })
}

/// RFC 6750, 2.1 allows less; what a header holds without a space is enough.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A number of seconds; some products write it as a text.
fn seconds(said: &Value) -> Option<Duration> {
    let number = match said {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.and_then(|number| Duration::try_from_secs_f64(number).ok())
}
