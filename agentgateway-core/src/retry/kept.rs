use std::time::Duration;

use http::{Request, Response, request};
use tokio::time::Instant;

use super::{
    Budget, Judge, Repeat, Skip, Verdict,
    layer::{More, Settings},
};
use crate::{
    balance::Tried,
    context::{Attempt, Deadline},
    error::{Error, retry_after},
    upstream::Idempotent,
};

/// What is kept of a request as long as another attempt may be needed.
pub(super) struct Kept<B> {
    head: request::Parts,
    body: Result<B, Skip>,
    tried: Tried,
    is_safe: bool,
    attempts: u32,
}

/// What becomes of an attempt.
pub(super) enum Next<A> {
    /// It is the answer.
    Answer(A),
    /// Another, from this moment on.
    Again(Instant),
}

/// What is known of an attempt that failed.
struct Failed {
    verdict: Verdict,
    /// How long the service wants to be left alone.
    told: Option<Duration>,
    unprocessed: bool,
}

impl<B: Repeat> Kept<B> {
    /// What is kept of a request, if it may have more than one attempt. Its body stays with the first.
    pub(super) fn of<J: Judge>(
        head: &mut request::Parts,
        body: &B,
        settings: &Settings<J>,
    ) -> Option<Self> {
        let Settings { judge, more } = settings;
        if more.retries == 0 || !judge.applies(head) {
            return None;
        }
        let tried = head.extensions.get_or_insert_default::<Tried>().clone();
        let is_safe = judge.is_safe(head);
        if is_safe {
            // A connection that had only grown old is replaced without an attempt of its own.
            head.extensions.insert(Idempotent::new());
        }
        Some(Self {
            head: head.clone(),
            body: body.repeat(more.body_bytes).map_err(Skip::from),
            tried,
            is_safe,
            attempts: 1,
        })
    }

    /// The next attempt. None where there is no body for it, which [`decide`](Self::decide) rules out.
    pub(super) fn next(&mut self, more: &More) -> Option<Request<B>> {
        let body = self.body.as_ref().ok()?.repeat(more.body_bytes).ok()?;
        self.attempts = self.attempts.saturating_add(1);
        (more.on_retry)(self.attempts);
        let mut head = self.head.clone();
        attempt(&mut head, self.attempts, more);
        Some(Request::from_parts(head, body))
    }

    /// Whether this is the answer.
    pub(super) fn decide<J: Judge, RB>(
        &self,
        result: Result<Response<RB>, Error>,
        settings: &Settings<J>,
    ) -> Next<Result<Response<RB>, Error>> {
        let (failed, result) = self.judged(result, settings);
        if failed.verdict == Verdict::Keep {
            return Next::Answer(result);
        }
        match self.allowed(&failed, &settings.more) {
            Ok(due) => {
                let wait = due.saturating_duration_since(Instant::now());
                tracing::debug!(attempt = self.attempts, ?wait, "the request is sent again");
                Next::Again(due)
            }
            Err(why) => {
                let why_not = why.as_str();
                tracing::debug!(
                    attempt = self.attempts,
                    why_not,
                    "the request is not sent again"
                );
                (settings.more.on_skip)(why);
                Next::Answer(result)
            }
        }
    }

    fn judged<J: Judge, RB>(
        &self,
        result: Result<Response<RB>, Error>,
        settings: &Settings<J>,
    ) -> (Failed, Result<Response<RB>, Error>) {
        match result {
            Ok(response) => {
                let (mut head, body) = response.into_parts();
                let failed = Failed {
                    verdict: settings.judge.answer(&self.head, &head),
                    told: retry_after(&head.headers, (settings.more.clock)()),
                    unprocessed: false,
                };
                if self.attempts > 1 {
                    head.extensions.insert(Attempt::new(self.attempts));
                }
                (failed, Ok(Response::from_parts(head, body)))
            }
            Err(error) => {
                let failed = Failed {
                    verdict: settings.judge.error(&self.head, &error),
                    told: error.retry_after(),
                    unprocessed: error.is_unprocessed(),
                };
                (failed, Err(error))
            }
        }
    }

    /// When the next attempt begins, or why there is none. The budget comes last: what is not sent again
    /// takes nothing of it.
    fn allowed(&self, failed: &Failed, more: &More) -> Result<Instant, Skip> {
        if self.attempts > more.retries {
            return Err(Skip::Attempts);
        }
        if !self.is_safe && !failed.unprocessed {
            return Err(Skip::NotSafe);
        }
        self.body.as_ref().map_err(|why| *why)?;
        let (least, mut chance) = self.wait(failed, more)?;
        let due = Instant::now().checked_add(least);
        let due = due.ok_or(Skip::RetryAfter)?;
        if let Some(deadline) = self.head.extensions.get::<Deadline>() {
            let left = deadline.moment().saturating_duration_since(due);
            if left.is_zero() {
                return Err(Skip::Deadline);
            }
            // Where time is short there is less of chance, so that some is left for the attempt.
            chance = chance.min(left / 2);
        }
        let due = due.checked_add(chance).ok_or(Skip::RetryAfter)?;
        let is_left = more.budget.as_ref().is_none_or(Budget::withdraw);
        is_left.then_some(due).ok_or(Skip::Budget)
    }

    /// How long is waited at least, and by chance. One endpoint's wish to be left alone says nothing of
    /// another.
    fn wait(&self, failed: &Failed, more: &More) -> Result<(Duration, Duration), Skip> {
        let (least, chance) = more.backoff.wait(self.attempts, (more.random)());
        if failed.verdict == Verdict::WhenTold && failed.told.is_none() {
            return Err(Skip::RetryAfter);
        }
        match failed.told {
            Some(told) if self.tried.left() == 0 => {
                let borne = told <= more.longest_wait;
                borne
                    .then(|| (told.saturating_add(least), chance))
                    .ok_or(Skip::RetryAfter)
            }
            _ => Ok((least, chance)),
        }
    }
}

/// Writes what inner layers are to know of an attempt.
pub(super) fn attempt(head: &mut request::Parts, number: u32, more: &More) {
    head.extensions.insert(Attempt::new(number));
    if let Some(limit) = more.attempt_limit.and_then(Deadline::after) {
        limit.insert(&mut head.extensions);
    }
}

/// Until when an attempt that begins now may take.
pub(super) fn until(end: Option<Instant>, more: &More) -> Option<Instant> {
    let limit = more.attempt_limit;
    let own = limit.and_then(|limit| Instant::now().checked_add(limit));
    [own, end].into_iter().flatten().min()
}
