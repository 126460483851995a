use std::{sync::Arc, time::Duration};

use redis::cmd;

use super::{link::Redis, owed::millis};
use crate::store::{Later, StoreError, TaskIndex};

/// The room of the keys.
const ROOM: &str = "task";

impl TaskIndex for Redis {
    fn put(&self, task: &str, home: &str, lifetime: Duration) -> Later<Result<(), StoreError>> {
        let mut command = cmd("SET");
        command.arg(self.0.key(ROOM, task)).arg(home);
        command.arg("PX").arg(millis(lifetime));
        self.run(command, |done| done)
    }

    fn home(&self, task: &str) -> Later<Result<Option<Arc<str>>, StoreError>> {
        let mut command = cmd("GET");
        command.arg(self.0.key(ROOM, task));
        self.run(command, |home: Option<String>| home.map(Arc::from))
    }

    fn remove(&self, task: &str) -> Later<Result<(), StoreError>> {
        let mut command = cmd("DEL");
        command.arg(self.0.key(ROOM, task));
        self.run(command, |done| done)
    }
}
