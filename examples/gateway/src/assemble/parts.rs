use agentgateway_core::upstream::{Client, Upstream};

use crate::observe::Observer;

/// What every stack is built with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Parts {
    /// The client of all upstreams; a request's scheme says whether TLS is spoken.
    pub client: Upstream,
    /// Is told of every exchange.
    pub observer: Observer,
}

impl Parts {
    /// The usual client: in clear text and by TLS. Within a runtime, its idle connections are
    /// looked after.
    #[must_use]
    pub fn new(observer: Observer) -> Self {
        let client = Client::builder().tls().build();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(client.maintain());
        }
        Self {
            client: Upstream::from(client),
            observer,
        }
    }
}
