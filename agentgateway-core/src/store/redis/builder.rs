use std::time::Duration;

use super::{
    link::{Redis, Settings},
    url::{InvalidRedisUrl, Place},
};

/// Sets where a Redis is, and how long it is waited for.
#[derive(Debug)]
#[must_use = "a builder does nothing until it builds"]
pub struct RedisBuilder(Settings);

impl RedisBuilder {
    pub(super) fn new(url: &str) -> Result<Self, InvalidRedisUrl> {
        Ok(Self(Settings {
            place: Place::parse(url)?,
            prefix: "agentgateway".into(),
            deadline: Duration::from_millis(100),
            connect_deadline: Duration::from_secs(3),
            #[cfg(feature = "tls")]
            tls: None,
        }))
    }

    /// What all keys begin with. Default: `agentgateway`. Gateways with the same share their limits.
    pub fn prefix(mut self, prefix: impl Into<Box<str>>) -> Self {
        self.0.prefix = prefix.into();
        self
    }

    /// How long one operation may take. Default: 100 ms. At the limit it is
    /// [`StoreError::Late`](crate::store::StoreError::Late).
    ///
    /// Each request that asks Redis waits as long, while it is slow and not yet away.
    pub const fn deadline(mut self, limit: Duration) -> Self {
        self.0.deadline = limit;
        self
    }

    /// How long a connection may take, from the name to the first answer. Default: 3 s. At the limit
    /// it is tried again.
    pub const fn connect_deadline(mut self, limit: Duration) -> Self {
        self.0.connect_deadline = limit;
        self
    }

    /// How TLS is spoken to a `rediss://` URL. Default: Mozilla's roots, no certificate of one's own.
    #[cfg(feature = "tls")]
    #[cfg_attr(docsrs, doc(cfg(feature = "tls")))]
    pub fn tls(mut self, config: rustls::ClientConfig) -> Self {
        self.0.tls = Some(std::sync::Arc::new(config));
        self
    }

    /// A Redis that is away until [`maintain`](Redis::maintain) is driven.
    #[must_use]
    pub fn build(self) -> Redis {
        Redis::from_settings(self.0)
    }
}
