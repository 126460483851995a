use std::fmt;

use agentgateway_core::store::redis::Redis;
use anyhow::Context;

/// Where a Redis is. It may hold a password: neither errors nor [`Debug`](fmt::Debug) repeat it.
#[derive(Clone)]
pub struct RedisUrl(String);

impl RedisUrl {
    /// Nothing is said: a variable that is empty is as one that is not set.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One that is away until it is driven.
    pub(super) fn redis(&self) -> anyhow::Result<Redis> {
        let builder = Redis::builder(&self.0);
        let builder = builder.context("--redis-url or AGENTGATEWAY_REDIS_URL is wrong")?;
        Ok(builder.build())
    }
}

/// Any text is taken: what the parser of arguments refuses it repeats.
impl From<String> for RedisUrl {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedisUrl(…)")
    }
}
