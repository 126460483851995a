//! Connections that are kept alive, and endpoints that get no requests for a while.

use std::time::Duration;

use crate::expression::Expression;

/// How TCP asks a silent peer whether it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Keepalive {
    /// After this silence.
    pub idle: Duration,
    /// Then as often.
    pub interval: Duration,
    /// So many times.
    pub probes: u32,
}

/// Which endpoints of a backend are unhealthy, and what becomes of them.
#[derive(Clone, Debug, Default, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Health {
    /// Which answers are signs of it. Default: those of status 500 and above.
    pub unhealthy: Option<Expression>,
    /// When an endpoint gets no requests for a while. Default: never; it gets fewer.
    pub eviction: Option<Eviction>,
}

/// When an endpoint gets no requests for a while. Where neither count nor threshold is given, one bad answer
/// is enough; where both are, whichever comes first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct Eviction {
    /// For how long at first; each time that follows lasts so much longer.
    pub duration: Duration,
    /// After so many bad answers in a row.
    pub consecutive_failures: Option<u32>,
    /// Below this health, in percent.
    pub threshold: Option<u32>,
    /// Its health when it comes back, in percent. Default: that with which it went.
    pub restored: Option<u32>,
}
