//! A server of keys that does as it is told.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, request};
use tokio::time::sleep;

use super::super::support::*;
use crate::{
    auth::{Authentication, jwt::*, tests::support},
    body::Body,
    error::{Error, ErrorKind},
};

pub(super) type Answer = Result<Response<Body>, Error>;

/// Answers as it was told last, and counts who asks.
#[derive(Clone)]
pub(super) struct Server(Arc<Inner>);

pub(super) struct Inner {
    answer: Mutex<Box<dyn Fn(&Request<Body>) -> Answer + Send>>,
    delay: Mutex<Duration>,
    asked: AtomicUsize,
    /// Fetches that were begun and neither answered nor given up.
    open: AtomicUsize,
}

impl Server {
    pub(super) fn new(answer: impl Fn(&Request<Body>) -> Answer + Send + 'static) -> Self {
        Self(Arc::new(Inner {
            answer: Mutex::new(Box::new(answer)),
            delay: Mutex::default(),
            asked: AtomicUsize::new(0),
            open: AtomicUsize::new(0),
        }))
    }

    pub(super) fn of(signers: &[&Signer]) -> Self {
        Self::new(keys(signers))
    }

    pub(super) fn says(&self, answer: impl Fn(&Request<Body>) -> Answer + Send + 'static) {
        *self.0.answer.lock().unwrap() = Box::new(answer);
    }

    pub(super) fn takes(&self, delay: Duration) {
        *self.0.delay.lock().unwrap() = delay;
    }

    pub(super) fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    pub(super) fn open(&self) -> usize {
        self.0.open.load(Ordering::SeqCst)
    }

    pub(super) fn keys(&self) -> RemoteKeys {
        let inner = Arc::clone(&self.0);
        let service = tower::service_fn(move |request: Request<Body>| {
            let inner = Arc::clone(&inner);
            async move {
                inner.asked.fetch_add(1, Ordering::SeqCst);
                inner.open.fetch_add(1, Ordering::SeqCst);
                let open = Open(Arc::clone(&inner));
                let delay = *inner.delay.lock().unwrap();
                sleep(delay).await;
                drop(open);
                let answer = inner.answer.lock().unwrap();
                answer(&request)
            }
        });
        RemoteKeys::new("https://id.example.org/keys?secret=hunter2", service).unwrap()
    }
}

struct Open(Arc<Inner>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}

pub(super) fn json(text: impl Into<Bytes>) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(Body::from(text.into()))
        .unwrap()
}

pub(super) fn keys(signers: &[&Signer]) -> impl Fn(&Request<Body>) -> Answer + Send + 'static {
    let text = jwks(signers.iter().copied());
    move |_| Ok(json(text.clone()))
}

pub(super) fn down(_: &Request<Body>) -> Answer {
    Err(Error::new(
        ErrorKind::Unavailable,
        "no connection to id.example.org",
    ))
}

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub(super) fn by(keys: &RemoteKeys) -> Authentication {
    policy(issuer(keys.clone()))
}

pub(super) async fn asked(policy: &Authentication, token: &str) -> Result<request::Parts, String> {
    let decided = support::decided(policy, support::bearer(token)).await;
    decided.map_err(|error| {
        let rule = support::rule(&error).rsplit(' ').next().unwrap();
        format!("{} {rule}", error.status().as_u16())
    })
}

pub(super) fn told<T>(result: Result<T, String>) -> String {
    result.map_or_else(|error| error, |_| "passes".to_owned())
}
