use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use redis::{Cmd, FromRedisValue, cmd};

use super::{link::Redis, owed::millis};
use crate::store::{Later, MAX_SESSION_BYTES, SessionStore, StoreError};

/// The room of the keys.
const ROOM: &str = "session";

impl SessionStore for Redis {
    fn put(
        &self,
        session: &str,
        sealed: Bytes,
        lifetime: Duration,
    ) -> Later<Result<(), StoreError>> {
        if sealed.len() > MAX_SESSION_BYTES {
            return Later::Now(Err(StoreError::TooLarge));
        }
        let mut command = cmd("SET");
        command.arg(self.0.key(ROOM, session)).arg(&*sealed);
        command.arg("PX").arg(millis(lifetime));
        self.run(command, |done| done)
    }

    fn get(&self, session: &str) -> Later<Result<Option<Bytes>, StoreError>> {
        let mut command = cmd("GET");
        command.arg(self.0.key(ROOM, session));
        self.run(command, |done| done)
    }

    fn remove(&self, session: &str) -> Later<Result<(), StoreError>> {
        let mut command = cmd("DEL");
        command.arg(self.0.key(ROOM, session));
        self.run(command, |done| done)
    }
}

impl Redis {
    /// Runs one command, where there is a connection.
    pub(super) fn run<T, U>(&self, command: Cmd, read: fn(T) -> U) -> Later<Result<U, StoreError>>
    where
        T: FromRedisValue + Send + 'static,
        U: Send + 'static,
    {
        if self.0.is_away() {
            return Later::Now(Err(StoreError::Away));
        }
        let link = Arc::clone(&self.0);
        Later::soon(async move { Ok(read(link.command(&command).await?)) })
    }
}
