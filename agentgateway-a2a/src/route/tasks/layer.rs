use std::{sync::Arc, time::Duration};

use agentgateway_core::{Body, BoxError, Peeked, store::TaskIndex};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body as HttpBody;
use tower_layer::Layer;
use tower_service::Service;

use super::{TaskAffinity, homes::Homes};
use crate::upstream::A2aAgent;

/// The longest event of a stream that may be taken up again, in bytes.
const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;

/// Keeps the calls about a task with the replica that knows it.
///
/// See the [module](super) for what it does. Clones, and the services that they make, share the homes that
/// are kept in this process.
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is mounted"]
pub struct TaskAffinityLayer {
    pub(super) homes: Arc<Homes>,
    pub(super) probes: usize,
    pub(super) resume: Resume,
}

/// When a stream is taken up again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resume {
    pub(super) attempts: u32,
    pub(super) wait: Duration,
    pub(super) max_event_bytes: usize,
}

impl TaskAffinityLayer {
    /// For the agent of this name: homes of one name are one room. With room for 65,536 tasks and
    /// conversations in this process.
    pub fn new(agent: &str) -> Self {
        Self {
            homes: Arc::new(Homes::new(agent)),
            probes: 0,
            resume: Resume {
                attempts: 0,
                wait: Duration::from_millis(200),
                max_event_bytes: MAX_EVENT_BYTES,
            },
        }
    }

    /// The same for the agent of another name. What is kept in this process is shared.
    pub fn agent(mut self, name: &str) -> Self {
        self.homes = Arc::new(self.homes.of(name));
        self
    }

    /// Keeps the homes in this index too, for other gateways. Default: in this process alone.
    pub fn shared(mut self, index: Arc<dyn TaskIndex>) -> Self {
        self.homes = Arc::new(self.homes.shared(index));
        self
    }

    /// How long the home of a task is kept since a call changed it; and how long behind its terminal state.
    /// Default: 24 hours, and one hour.
    pub fn lifetimes(mut self, going: Duration, ended: Duration) -> Self {
        self.homes = Arc::new(self.homes.living(going, ended));
        self
    }

    /// To how many more replicas a read goes, one after the other, while each says that it knows no such
    /// task. Default: 0.
    ///
    /// Only what reads a task and whose home is not known: `GetTask`, `SubscribeToTask`, and reads of push
    /// configurations. It ends with the first replica that was asked before.
    pub const fn probe(mut self, replicas: usize) -> Self {
        self.probes = replicas;
        self
    }

    /// How often in a row a stream that broke off is taken up again. Default: 0, never.
    ///
    /// The first time after 200 ms, then after twice as long each time, 10 s at most. An event of the
    /// stream that was taken up begins the count anew.
    pub const fn resume(mut self, attempts: u32) -> Self {
        self.resume.attempts = attempts;
        self
    }

    /// How long it is to the first attempt to take up a stream. Default: 200 ms.
    pub const fn resume_after(mut self, wait: Duration) -> Self {
        self.resume.wait = wait;
        self
    }
}

impl<S, B> Layer<S> for TaskAffinityLayer
where
    S: Service<Request<Peeked<Body>>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Service = TaskAffinity;

    fn layer(&self, inner: S) -> TaskAffinity {
        TaskAffinity::new(A2aAgent::new(inner), self.clone())
    }
}
