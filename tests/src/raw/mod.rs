//! Both ends of a connection byte by byte, for what no HTTP library sends.
//!
//! Everything that waits does so for thirty seconds at most, and fails the test then.

mod client;
mod connection;
mod message;
mod upstream;

pub use self::{
    client::{RawAnswer, RawClient},
    connection::RawConnection,
    message::RawRequest,
    upstream::RawUpstream,
};

use std::time::Duration;

use tokio::time::timeout;

/// How long anything may take.
const LIMIT: Duration = Duration::from_secs(30);

/// What comes in time; `what` is said when it does not.
async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> T {
    match timeout(LIMIT, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what} took longer than {LIMIT:?}"),
    }
}

/// Waits until it is so.
pub async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    in_time(what, waiting).await;
}
