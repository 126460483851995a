//! One attempt at a call: a target, its answer, and what came of it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use agentgateway_core::{
    Body, Error, ErrorKind, Peeked,
    balance::{ByStatus, Classify, Lease, Outcome},
    error::retry_after,
};
use http::{HeaderValue, Request, Response, header, response};

use super::{
    ModelTarget,
    hold::{Begun, hold},
    judge,
    routes::{Picked, Routes},
};
use crate::{
    LlmCall,
    bridge::{self, Fault},
    settle::{Ended, Over, Settle},
};

/// How many attempts a request has had, in the request's extensions.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Arc<AtomicU32>);

impl Attempts {
    fn count(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn several(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 1
    }
}

/// Asks one target.
pub(super) async fn attempt(
    routes: Arc<Routes>,
    request: Request<Peeked<Body>>,
) -> Result<Response<Body>, Error> {
    let (mut head, body) = request.into_parts();
    let Some(call) = head.extensions.get::<LlmCall>().cloned() else {
        return Err(Error::new(ErrorKind::NotFound, "no such path"));
    };
    if let Some(attempts) = head.extensions.get::<Attempts>() {
        attempts.count();
    }
    let picked = routes.pick(&call, &mut head, &body)?;
    let server = picked.lease.value().server.clone();
    let mut held = Leased(picked);
    let response = match server.ask(Request::from_parts(head, body)).await {
        Ok(response) => response,
        Err(error) => return Err(held.failed(error)),
    };
    let codec = bridge::codec_of(call.dialect());
    match hold(codec.as_deref(), response, routes.clocks).await {
        Ok(Begun::Answer(response)) => Ok(held.answers(response)),
        Ok(Begun::Fault(response, fault)) => Ok(held.refused(response, &fault)),
        Err(error) => Err(held.failed(error)),
    }
}

/// What an attempt holds until it is known what came of it.
struct Leased(Picked);

impl Leased {
    fn settle(&mut self, outcome: Outcome) {
        let Picked { lease, tried } = &mut self.0;
        lease.settle(outcome);
        if let Some(tried) = tried {
            lease.note_left(tried);
        }
    }

    fn failed(&mut self, error: Error) -> Error {
        self.settle(ByStatus::new().error(&error));
        error
    }

    /// The provider said no.
    fn refused(&mut self, response: Response<Body>, fault: &Fault) -> Response<Body> {
        let (mut head, body) = response.into_parts();
        let wait = fault.retry_after.or_else(|| wait(&head));
        if let Some(wait) = wait {
            // For whoever waits, here or at the client: some providers tell it in the body alone.
            let seconds = wait.as_secs_f64().ceil();
            let value = HeaderValue::try_from(format!("{seconds}"));
            if let (Ok(value), false) = (value, head.headers.contains_key(header::RETRY_AFTER)) {
                head.headers.insert(header::RETRY_AFTER, value);
            }
        }
        let outcome = match ByStatus::new().head(&head) {
            Some(Outcome::Overloaded { retry_after }) => Outcome::Overloaded {
                retry_after: wait.or(retry_after),
            },
            Some(outcome) => outcome,
            None if judge::fails(&head) => Outcome::Failure,
            None => Outcome::Canceled,
        };
        self.settle(outcome);
        Response::from_parts(head, body)
    }

    /// The answer is this target's. How it ends is told by whoever reads it.
    fn answers(self, mut response: Response<Body>) -> Response<Body> {
        let Picked { mut lease, .. } = self.0;
        lease.answered();
        response
            .extensions_mut()
            .insert(Settle::new(Settled(lease)));
        response
    }
}

struct Settled(Lease<ModelTarget>);

impl Over for Settled {
    fn over(mut self: Box<Self>, ended: Ended) {
        self.0.settle(match ended {
            Ended::Well => Outcome::Success,
            Ended::Badly => Outcome::Failure,
            Ended::Left => Outcome::Canceled,
        });
    }
}

/// How long a provider wants to be left alone, by its headers. That a limit is used up tells nothing of an error that
/// is about something else.
///
/// # Source
/// RFC 9110, section 10.2.3; `retry-after-ms` and `x-ratelimit-reset-*` of the OpenAI API;
/// `anthropic-ratelimit-*` tells moments, which `retry-after` stands beside.
fn wait(head: &response::Parts) -> Option<Duration> {
    let text = |name: &str| head.headers.get(name)?.to_str().ok();
    let is_limited = matches!(head.status.as_u16(), 429 | 503 | 529);
    let millis = || {
        // A number with a fraction, as the SDKs read it.
        let millis: f64 = text("retry-after-ms")?.trim().parse().ok()?;
        Duration::try_from_secs_f64(millis / 1000.0).ok()
    };
    let used_up = |of: &str| {
        let left = text(&format!("x-ratelimit-remaining-{of}"))?;
        let reset = text(&format!("x-ratelimit-reset-{of}"))?;
        (left.trim() == "0").then(|| go_duration(reset))?
    };
    millis()
        .or_else(|| retry_after(&head.headers, None))
        .or_else(|| {
            used_up("requests")
                .max(used_up("tokens"))
                .filter(|_| is_limited)
        })
}

/// A duration as Go writes it: `6m0s`, `1.5s`, `120ms`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, behind) = rest.split_at_checked(digits)?;
        let number: f64 = number.parse().ok()?;
        let unit = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(unit)?;
        seconds += number
            * match unit {
                "h" => 3600.0,
                "m" => 60.0,
                "s" | "" => 1.0,
                "ms" => 0.001,
                "us" | "µs" => 0.000_001,
                _ => return None,
            };
        rest = behind;
    }
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations_as_go_writes_them() {
        let read = |text| go_duration(text).map(|found| found.as_millis());
        assert_eq!(read("6m0s"), Some(360_000));
        assert_eq!(read("120ms"), Some(120));
        assert_eq!(read("1.5s"), Some(1500));
        assert_eq!(read("1h2m3s"), Some(3_723_000));
        assert_eq!(read("7"), Some(7000));
        for odd in ["", "s", "soon", "1x", "-1s", "1e400s"] {
            assert_eq!(read(odd), None, "{odd}");
        }
    }

    #[test]
    fn reads_when_to_come_again() {
        let answer = |status: u16, headers: &[(&str, &str)]| {
            let mut builder = Response::builder().status(status);
            for (name, value) in headers {
                builder = builder.header(*name, *value);
            }
            builder.body(()).unwrap().into_parts().0
        };
        let head = |headers: &[(&str, &str)]| answer(429, headers);
        let told = head(&[("retry-after-ms", "1500"), ("retry-after", "9")]);
        assert_eq!(wait(&told), Some(Duration::from_millis(1500)));
        let fraction = head(&[("retry-after-ms", "1500.5"), ("retry-after", "9")]);
        assert_eq!(wait(&fraction), Some(Duration::from_micros(1_500_500)));
        for odd in ["-1", "soon", "NaN", "inf", "1e300"] {
            let odd = head(&[("retry-after-ms", odd), ("retry-after", "9")]);
            assert_eq!(wait(&odd), Some(Duration::from_secs(9)));
        }
        assert_eq!(
            wait(&head(&[("retry-after", "9")])),
            Some(Duration::from_secs(9))
        );
        let used = [
            ("x-ratelimit-remaining-requests", "12"),
            ("x-ratelimit-reset-requests", "1s"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-tokens", "6m0s"),
        ];
        assert_eq!(wait(&head(&used)), Some(Duration::from_secs(360)));
        for of_something_else in [400, 404, 500] {
            assert_eq!(wait(&answer(of_something_else, &used)), None);
        }
        assert_eq!(wait(&head(&[])), None);
    }
}
