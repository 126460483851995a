use std::{fmt, sync::Arc, time::Duration};

use agentgateway_core::{json, seal::Sealer};
use bytes::Bytes;

use super::{
    counts::FederationCounts,
    hub::{Hub, Shared},
    index::Index,
    names::Naming,
    target::FederationTarget,
};
use crate::policy::Allows;
use crate::upstream::McpServer;

const DEFAULT_DEADLINE: Duration = Duration::from_secs(10);
const DEFAULT_ANSWER_BYTES: usize = 16 * 1024 * 1024;
const DEFAULT_STATE_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// When the target's name stands before the names of its tools, prompts, resources.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PrefixMode {
    /// Where there is more than one target.
    #[default]
    Conditional,
    /// Always.
    Always,
    /// Never. A name that two targets have is refused, and left out of lists.
    Never,
}

/// What is done when some of the targets fail where all of them are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailMode {
    /// The request fails.
    #[default]
    Closed,
    /// The others answer, and the answer's `_meta` names those that are out. It fails when all are out.
    Open,
}

/// What is done with a name over 64 characters, the target's included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LongNames {
    /// Its end becomes a digest of the whole, always the same one.
    #[default]
    Shorten,
    /// It is left out of lists, and reported there.
    Omit,
}

/// Many servers as one; see the [module](super).
pub struct Federation {
    targets: Vec<FederationTarget>,
    prefix: PrefixMode,
    long_names: LongNames,
    fail: FailMode,
    deadline: Duration,
    sealer: Sealer,
    scope: String,
    state_lifetime: Duration,
    max_answer_bytes: usize,
    filter: Option<Arc<dyn Allows>>,
    server_info: Option<Bytes>,
    counts: FederationCounts,
}

impl Federation {
    /// Without any target yet.
    ///
    /// `sealer` seals cursors and states that clients carry: replicas that share its key continue one
    /// another's lists and calls.
    #[must_use]
    pub fn new(sealer: Sealer) -> Self {
        Self {
            targets: Vec::new(),
            prefix: PrefixMode::default(),
            long_names: LongNames::default(),
            fail: FailMode::default(),
            deadline: DEFAULT_DEADLINE,
            sealer,
            scope: String::new(),
            state_lifetime: DEFAULT_STATE_LIFETIME,
            max_answer_bytes: DEFAULT_ANSWER_BYTES,
            filter: None,
            server_info: None,
            counts: FederationCounts::default(),
        }
    }

    /// Which federation this is, of several that share a key: cursors and states of another one are refused (-32602).
    /// Default: none, so that the names of its targets alone tell it from others. Replicas say the same.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// Adds a target. Lists keep the order of these calls. It takes the place of one of the same name.
    #[must_use]
    pub fn target(mut self, target: FederationTarget) -> Self {
        let same = |other: &&mut FederationTarget| other.name == target.name;
        match self.targets.iter_mut().find(same) {
            Some(other) => *other = target,
            None => self.targets.push(target),
        }
        self
    }

    /// When names are prefixed. Default: [`PrefixMode::Conditional`].
    #[must_use]
    pub const fn prefix_mode(mut self, mode: PrefixMode) -> Self {
        self.prefix = mode;
        self
    }

    /// What becomes of long names. Default: [`LongNames::Shorten`].
    #[must_use]
    pub const fn long_names(mut self, long: LongNames) -> Self {
        self.long_names = long;
        self
    }

    /// What is done when some targets fail. Default: [`FailMode::Closed`].
    #[must_use]
    pub const fn fail_mode(mut self, mode: FailMode) -> Self {
        self.fail = mode;
        self
    }

    /// How long a target has for its answer where all of them are asked. Default: 10 seconds.
    ///
    /// A later one counts as failed. A call of one target has no deadline here.
    #[must_use]
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// For how long a cursor, or the state of a call that waits for input, is good. Default: 1 hour.
    ///
    /// What is older is refused as if it was not ours (-32602).
    #[must_use]
    pub const fn state_lifetime(mut self, lifetime: Duration) -> Self {
        self.state_lifetime = lifetime;
        self
    }

    /// The largest answer, and the largest event of a stream, in bytes. Default: 16 MiB.
    ///
    /// A target with a larger one has failed (a `BadAnswer`).
    #[must_use]
    pub const fn max_answer_bytes(mut self, bytes: usize) -> Self {
        self.max_answer_bytes = bytes;
        self
    }

    /// Decides who may see and use what. Default: all may.
    ///
    /// With a filter no answer of ours may be shared between callers (`cacheScope` is `private`).
    #[must_use]
    pub fn filter(mut self, filter: impl Allows) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    /// How it calls itself. Default: `agentgateway`, with the version of this crate; and a federation of one
    /// target has that one's name.
    #[must_use]
    pub fn server_info(mut self, name: &str, version: &str) -> Self {
        self.server_info = Some(server_info(name, version));
        self
    }

    /// What it has dropped.
    #[must_use]
    pub fn counts(&self) -> FederationCounts {
        self.counts.clone()
    }

    /// The one server that they are.
    #[must_use]
    pub fn into_server(self) -> McpServer {
        let many = self.targets.len() > 1;
        let naming = Naming {
            prefixed: match self.prefix {
                PrefixMode::Conditional => many,
                PrefixMode::Always => true,
                PrefixMode::Never => false,
            },
            many,
            long: self.long_names,
        };
        let own = || server_info("agentgateway", env!("CARGO_PKG_VERSION"));
        let hub = Hub {
            index: Index::new(self.targets.len()),
            scope: scope(&self.scope, &self.targets),
            targets: self.targets,
            naming,
            fail: self.fail,
            deadline: self.deadline,
            sealer: self.sealer,
            state_lifetime: self.state_lifetime,
            max_answer_bytes: self.max_answer_bytes,
            filter: self.filter,
            own_name: self.server_info.clone(),
            server_info: self.server_info.unwrap_or_else(own),
            counts: self.counts,
        };
        McpServer::of(Shared(Arc::new(hub)))
    }
}

impl fmt::Debug for Federation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Federation")
            .field("targets", &self.targets)
            .field("prefix", &self.prefix)
            .field("fail", &self.fail)
            .finish_non_exhaustive()
    }
}

/// The scope, and the targets in their order: a text that no other federation has, as no name of a target holds a line
/// end or a colon.
fn scope(own: &str, targets: &[FederationTarget]) -> String {
    let names: Vec<_> = targets.iter().map(|target| &*target.name).collect();
    format!("{}:{own}:{}", own.len(), names.join(":"))
}

fn server_info(name: &str, version: &str) -> Bytes {
    let (name, version) = (json::quote(name), json::quote(version));
    format!(r#"{{"name":{name},"version":{version}}}"#).into()
}
