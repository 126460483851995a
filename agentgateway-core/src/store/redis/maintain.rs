use std::{future::Future, io, sync::Arc, time::Duration};

use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use tokio::time::{Instant, sleep, timeout};

use super::{
    connect::{Driver, open},
    link::{Connected, Failed, Link, Redis},
};
use crate::error::BoxError;

/// The pause before another connection is tried. It doubles while that fails.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long a connection must have lasted for the pause to begin anew.
const STEADY: Duration = Duration::from_secs(5);
/// How many debts are written at once.
const BATCH: usize = 64;

impl Redis {
    /// Connects and stays connected, and writes what is owed. To be driven once, for as long as Redis
    /// is used; it never ends.
    ///
    /// # Cancel safety
    /// It may be dropped at any time and called again; in between Redis is away. What is being
    /// written at that moment may be lost.
    pub fn maintain(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let link = Arc::clone(&self.0);
        async move {
            tokio::join!(stay_connected(&link), pay(&link));
        }
    }
}

async fn stay_connected(link: &Link) {
    let mut pause = FIRST_PAUSE;
    let mut is_told = false;
    loop {
        match connect(link).await {
            Ok((connection, driver)) => {
                let begun = Instant::now();
                tracing::info!(place = ?link.settings.place, "redis is present");
                let presence = Presence {
                    link,
                    connected: link.connected(connection),
                };
                tokio::select! {
                    () = driver => {}
                    () = link.given_up(&presence.connected) => {}
                }
                drop(presence);
                tracing::warn!(place = ?link.settings.place, "redis is away");
                is_told = true;
                if begun.elapsed() >= STEADY {
                    pause = FIRST_PAUSE;
                }
            }
            Err(error) if !is_told => {
                let error = &*error as &dyn std::error::Error;
                tracing::warn!(place = ?link.settings.place, error, "redis cannot be reached");
                is_told = true;
            }
            Err(_) => {}
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

async fn connect(link: &Link) -> Result<(MultiplexedConnection, Driver), BoxError> {
    let limit = link.settings.connect_deadline;
    match timeout(limit, open(&link.settings)).await {
        Ok(opened) => opened,
        Err(_) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// A connection that is asked, until this is dropped.
struct Presence<'a> {
    link: &'a Link,
    connected: Arc<Connected>,
}

impl Drop for Presence<'_> {
    fn drop(&mut self) {
        self.link.give_up(&self.connected);
    }
}

/// Writes what is owed, while there is a connection.
async fn pay(link: &Link) {
    loop {
        link.owed.some().await;
        link.present().await;
        let writing = link.owed.take(BATCH).into_iter().map(|debt| async move {
            let written = debt.write(link).await;
            (debt, written)
        });
        for (debt, written) in join_all(writing).await {
            match written {
                Ok(()) => link.owed.paid(),
                Err(Failed::Unsent) => link.owed.again(debt),
                Err(Failed::Unsure(_)) if debt.counts_once() => link.owed.again(debt),
                Err(Failed::Unsure(_) | Failed::Refused) => link.owed.lose(),
            }
        }
    }
}
