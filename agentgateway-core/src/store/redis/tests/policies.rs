use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer, ServiceExt, service_fn};

use super::{server::Server, *};
use crate::{
    body::End,
    context::{Meter, Used},
    error::{BoxError, Error, ErrorKind},
    limit::{Key, budget::Budget, rate::RateLimit},
    policy::{FailureMode, Policy, PolicyLayer, ResponseBody},
    store::{Allowance, Rate},
};

const HOUR: Duration = Duration::from_secs(3600);

/// A request through this policy, and what comes back.
async fn call(policy: impl Policy + Clone) -> Result<Response<ResponseBody<Full<Bytes>>>, Error> {
    let service = service_fn(|_: Request<()>| async {
        Ok::<_, BoxError>(Response::new(Full::from("hello")))
    });
    let service = PolicyLayer::new(policy).layer(service);
    service.oneshot(Request::new(())).await
}

/// Fault L29: a limit whose store goes away lets pass, or refuses with 503, at once, and limits again when the store is back.
#[tokio::test]
async fn a_limit_does_as_its_mode_says_until_the_store_is_back() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let redis = gateway(&server).await;
    let open = RateLimit::new("open", Key::everybody(), [Rate::per_hour(2)]);
    let open = open.store(Arc::new(redis.clone()));
    let closed = open.clone().failure_mode(FailureMode::Closed);
    for limited in [false, false, true] {
        assert_eq!(call(open.clone()).await.is_err(), limited);
    }
    server.stop();
    until(|| !redis.standing().is_present).await;
    for _ in 0..5 {
        assert!(call(open.clone()).await.is_ok());
        assert_eq!(
            call(closed.clone()).await.unwrap_err().kind(),
            ErrorKind::Overloaded
        );
    }
    server.restart();
    timeout(SOON, redis.present()).await.unwrap();
    for limited in [false, false, true] {
        assert_eq!(call(closed.clone()).await.is_err(), limited);
    }
    let refused = call(open).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::RateLimited);
}

#[tokio::test]
async fn what_was_used_while_the_ledger_was_away_is_counted_when_it_is_back() {
    let Some(mut server) = Server::stopped(&[]) else {
        return;
    };
    let redis = away(&server);
    tokio::spawn(redis.maintain());
    let budget = Budget::new("daily", Key::everybody(), Allowance::new(100, HOUR))
        .ledger(Arc::new(redis.clone()))
        .failure_mode(FailureMode::Open);
    let mut response = call(budget.clone()).await.unwrap();
    let claim = Meter::claim(response.extensions_mut()).unwrap();
    claim.settle(&Used::tokens(90, 30), End::Complete);
    server.restart();
    timeout(SOON, redis.settled()).await.unwrap();
    assert_eq!(
        server.ask::<u64>(&["HGET", "test:spent:{daily/}", "spent"]),
        120
    );
    assert_eq!(
        call(budget).await.unwrap_err().kind(),
        ErrorKind::RateLimited
    );
}
