//! Against a real `redis-server`; where there is none, each says that it was skipped.

mod away;
mod keeping;
mod ledger;
#[cfg(feature = "limit")]
mod policies;
mod rates;
mod server;
#[cfg(feature = "tls")]
mod tls;

use std::time::Duration;

use tokio::time::{sleep, timeout};

use self::server::Server;
use super::Redis;
use crate::store::Later;

const SOON: Duration = Duration::from_secs(10);
const DEADLINE: Duration = Duration::from_millis(400);

/// One more gateway before this server, which is asked from now on.
async fn gateway(server: &Server) -> Redis {
    let redis = away(server);
    tokio::spawn(redis.maintain());
    timeout(SOON, redis.present()).await.unwrap();
    redis
}

/// One that nobody connects.
fn away(server: &Server) -> Redis {
    let builder = Redis::builder(&server.url()).unwrap();
    builder.prefix("test").deadline(DEADLINE).build()
}

/// What is not known at once.
fn soon<T>(later: Later<T>) -> super::super::Soon<T> {
    match later {
        Later::Soon(word) => word,
        Later::Now(_) => panic!("Redis is asked"),
    }
}

/// What is known at once.
fn now<T>(later: Later<T>) -> T {
    match later {
        Later::Now(word) => word,
        Later::Soon(_) => panic!("nobody is asked"),
    }
}

/// Waits until a fact holds.
async fn until(mut holds: impl FnMut() -> bool) {
    let seen = async {
        while !holds() {
            sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(SOON, seen).await.unwrap();
}
