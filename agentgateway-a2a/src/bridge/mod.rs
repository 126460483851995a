//! Between the bindings and versions of A2A: any client, any agent.
//!
//! The form in the middle is the JSON of v1.0: an operation and its parameters, a result or an error, an
//! event. [`shape`] turns JSON of one version into JSON of another, call by call and event by event,
//! without any input or output of its own; [`agent`] does it around an agent. What the other side has no
//! place for is told in a [`LossReport`].

pub mod agent;
mod answers;
mod events;
mod fault;
pub(crate) mod gather;
mod interface;
mod loss;
#[cfg(feature = "grpc")]
mod message;
mod requests;
pub mod shape;
mod speech;
mod translate;

pub(crate) use self::loss::StreamLosses;
#[cfg(feature = "grpc")]
pub(crate) use self::message::only_message;
#[cfg(feature = "tasks")]
pub(crate) use self::requests::{Asked, write as write_request};
use self::shape::{
    EventsFromV1, EventsToV1, Shape, ShapeError, code_for_v0_3, params_from_v1, params_to_v1,
    result_from_v1, result_to_v1,
};
pub use self::{
    agent::{AnyAgent, AsTenant, KnownCard},
    interface::Interface,
    loss::{Loss, LossReport},
    speech::Speech,
};
#[cfg(all(feature = "grpc", feature = "relay"))]
pub(crate) use self::{answers::read as read_answer, requests::read as read_request};
pub(crate) use self::{answers::write as write_answer, fault::Fault};
