//! From [`Facts`](super::compile::Facts) and bound sockets to the `status` of each object.
//!
//! [`status`] is pure: the same facts, sockets and last status give the same status, and a second
//! run changes nothing. A condition's `lastTransitionTime` changes when its status does.

mod bound;
mod condition;
mod entry;
mod gateway;
mod objects;
mod set;
#[cfg(test)]
mod tests;
mod timestamp;

pub use self::{
    bound::Bound,
    condition::Condition,
    entry::status,
    objects::{
        AncestorStatus, BackendStatus, ClassStatus, GatewayStatus, ListenerStatus, ObjectStatus,
        ParentStatus, PolicyStatus, RouteStatus, StatusAddress, SupportedFeature,
    },
    set::StatusSet,
    timestamp::Timestamp,
};
