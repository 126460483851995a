//! The life of the configuration: changes are seen, validated whole, and swapped in.
//!
//! # Behaviour
//! A [`Reloader`] follows a source through the trait [`Load`]. A change that the system tells of is
//! read when it has been quiet for 200 ms, or after two seconds of unrest, and no file is being
//! written; what a look every 30 seconds or at SIGHUP finds beyond that, when it is found twice. It is
//! read and validated away from the threads that serve, and applied by
//! [`Sockets`](crate::gateway::Sockets), all of it or nothing. What cannot be served is told once,
//! and leaves what runs as it is, but for grants that it takes away: these are revoked.
//!
//! [`Standing`] keeps three facts apart: what runs, what the source holds, and what is to come (a
//! candidate under validation, fields that wait for a restart). `/status`, `/config`, the metrics
//! and the page show these.

mod account;
mod candidate;
mod described;
mod facts;
mod load;
mod looking;
pub(crate) mod manifests;
mod reloader;
mod standing;
mod time;
mod view;
mod watch;

pub(crate) use self::time::rfc3339;
pub use self::{
    account::Account,
    candidate::{Candidate, Confined, Digest, StatusOf},
    load::{Load, Read, Refused},
    manifests::{Manifests, telemetry},
    reloader::{Ask, BeginError, Reloader},
    standing::Standing,
    view::{BoundListener, OnDisk, Pending, Running, View},
    watch::Watch,
};
