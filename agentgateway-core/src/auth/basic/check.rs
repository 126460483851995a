use std::sync::Arc;

use futures_util::future::FutureExt;
use tokio::sync::{Semaphore, oneshot};

use super::{
    method::{Spawn, Terms},
    table::{Check, Checking, Table},
};
use crate::auth::digest::Digest;

/// A name and a password, as they came.
pub(super) struct Pair {
    pub(super) user: Box<str>,
    pub(super) password: Vec<u8>,
}

/// Checks a password on the executor, when a place is free.
///
/// The place is held as long as the work takes, also when nobody waits for its end.
pub(super) fn begin(
    table: Arc<Table>,
    places: Arc<Semaphore>,
    spawn: Spawn,
    terms: Terms,
    (digest, decoy): (Digest, u64),
    pair: Pair,
) -> Check {
    let checking = async move {
        let place = places.acquire_owned().await.ok()?;
        let (word, waits) = oneshot::channel();
        let users = Arc::clone(&table);
        spawn(Box::new(move || {
            let Pair { user, password } = pair;
            let right = users.users.is_right(&user, &password, decoy);
            drop(place);
            // Who has left does not hear it.
            let _ = word.send(right);
        }));
        let right = waits.await.ok();
        table.checked(digest, right, &terms);
        right
    };
    (Box::pin(checking) as Checking).shared()
}
