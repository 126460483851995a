//! A server of keys on a real socket, asked by the client of this crate.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Channel;

use super::support::*;
use crate::{
    auth::{jwt::*, tests::support},
    body::Body,
    server::{Config, Drain, Listener, RequestBody, serve},
    upstream::Client,
};

/// What the server does next.
#[derive(Clone)]
enum Does {
    Says(&'static str, String),
    /// Ten megabytes of JSON that never ends.
    Floods,
    /// A head, and then nothing.
    Stalls,
    Redirects(String),
}

async fn serving(does: Arc<Mutex<Does>>) -> String {
    let listener = Listener::bind("127.0.0.1:0".parse().unwrap())
        .await
        .unwrap();
    let url = format!("http://{}/keys", listener.local_addr());
    let service = tower::service_fn(move |_: Request<RequestBody>| {
        let does = does.lock().unwrap().clone();
        async move { Ok::<_, Infallible>(answer(does)) }
    });
    tokio::spawn(serve(listener, service, Config::new(), Drain::new()));
    url
}

fn answer(does: Does) -> Response<Body> {
    let head = Response::builder();
    let answer = match does {
        Does::Says(kind, text) => head
            .header("content-type", kind)
            .body(Body::from(Bytes::from(text))),
        Does::Floods => {
            let (mut sender, body) = Channel::<Bytes, Infallible>::new(1);
            tokio::spawn(async move {
                for _ in 0..160 {
                    let piece = Bytes::from(vec![b' '; 64 * 1024]);
                    if sender.send_data(piece).await.is_err() {
                        break;
                    }
                }
            });
            head.header("content-type", "application/json")
                .body(Body::new(body))
        }
        Does::Stalls => {
            let (sender, body) = Channel::<Bytes, Infallible>::new(1);
            tokio::spawn(async move {
                let _sender = sender;
                std::future::pending::<()>().await;
            });
            head.header("content-type", "application/json")
                .body(Body::new(body))
        }
        Does::Redirects(to) => head.status(307).header("location", to).body(Body::empty()),
    };
    answer.unwrap()
}

/// Fault M33: HTML, ten megabytes, a stall, a redirect: what was good serves on.
#[tokio::test]
async fn a_server_that_misbehaves_changes_nothing() {
    let (old, new) = (Signer::new(1, Some("a")), Signer::new(2, Some("b")));
    let does = Arc::new(Mutex::new(Does::Says("application/json", jwks([&old]))));
    let url = serving(Arc::clone(&does)).await;
    let keys = RemoteKeys::new(&url, Client::new())
        .unwrap()
        .timeout(Duration::from_millis(500));
    let policy = policy(issuer(keys.clone()));
    let passes = async |signer: &Signer| {
        let head = support::bearer(&signer.token(&good()));
        support::decided(&policy, head).await.is_ok()
    };
    assert!(passes(&old).await);
    let evil = Does::Says("application/json", jwks([&new]));
    let other = serving(Arc::new(Mutex::new(evil))).await;
    let page = "<html>please log in</html>".to_owned();
    for (misdeed, failure) in [
        (Does::Says("text/html", page.clone()), KeysFailure::NotJson),
        (Does::Says("application/json", page), KeysFailure::Malformed),
        (Does::Floods, KeysFailure::TooLarge(256 * 1024)),
        (Does::Stalls, KeysFailure::TimedOut),
        (Does::Redirects(other), KeysFailure::Status(307)),
    ] {
        *does.lock().unwrap() = misdeed;
        assert_eq!(keys.refresh().await, Err(failure.clone()));
        assert_eq!(keys.standing().failure, Some(failure));
        assert!(passes(&old).await);
        assert!(!passes(&new).await);
    }
    *does.lock().unwrap() = Does::Says("application/json", jwks([&old, &new]));
    assert_eq!(keys.refresh().await, Ok(()));
    assert!(passes(&old).await && passes(&new).await);
}
