use std::{fmt, sync::Arc};

use agentgateway_core::Error;
use http::Extensions;

use super::{builder::SseBuilder, drive::Stream};
use crate::upstream::{
    McpEndpoint, McpServer,
    pipe::{Connect, Driving, Outbox, Pipe, PipeCounts, Pool},
};

/// A server of the transport of 2024-11-05. See the [module](super).
///
/// A clone costs a reference count, and is another handle to the same streams.
#[derive(Clone)]
pub struct SseServer {
    pool: Arc<Pool>,
}

impl SseServer {
    /// Begins with the URL of its stream.
    #[must_use]
    pub fn builder(endpoint: McpEndpoint) -> SseBuilder {
        SseBuilder::new(endpoint)
    }

    pub(super) fn new(builder: SseBuilder, client: McpServer) -> Self {
        let limits = builder.limits.clone();
        Self {
            pool: Arc::new(Pool::new(limits, Open { builder, client })),
        }
    }

    /// The server, as bridges and federation take it; one handle more.
    ///
    /// It is to be used within a tokio runtime.
    #[must_use]
    pub fn server(&self) -> McpServer {
        McpServer::of(self.pool.clone())
    }

    /// What has happened so far.
    #[must_use]
    pub fn counts(&self) -> PipeCounts {
        self.pool.counts()
    }

    /// Closes all streams, each once its requests are answered, and waits until they are. A later
    /// `initialize` opens one again.
    ///
    /// # Cancel safety
    /// Dropping the future leaves them closing.
    pub async fn end(&self) {
        self.pool.end().await;
    }
}

impl fmt::Debug for SseServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseServer")
            .field("pool", &self.pool)
            .finish()
    }
}

/// Opens streams.
struct Open {
    builder: SseBuilder,
    client: McpServer,
}

impl Connect for Open {
    fn connect(
        &self,
        extensions: &Extensions,
        pipe: &Arc<Pipe>,
        outbox: Outbox,
    ) -> Result<Driving, Error> {
        let builder = &self.builder;
        let stream = Stream {
            client: self.client.clone(),
            url: builder.endpoint.to_uri()?,
            headers: builder.headers.clone(),
            extensions: extensions.clone(),
            max_event_bytes: builder.limits.pipe.max_message_bytes,
            open_timeout: builder.open_timeout,
            post_timeout: builder.post_timeout,
        };
        let pipe = pipe.clone();
        Ok(Box::pin(async move { stream.drive(&pipe, outbox).await }))
    }
}
