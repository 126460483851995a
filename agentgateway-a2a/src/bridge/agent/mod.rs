//! An agent, whatever it speaks, for clients of every binding and version.
//!
//! # Behaviour
//! [`AnyAgent`] stands inside of [`A2aLayer`](crate::A2aLayer). Which interfaces the agent has is told
//! ([`AnyAgentBuilder::interfaces`]) or read in its card: in one that passes to a client, else in one that is
//! fetched when it is needed, and again when it is old. Until then calls that only read go to the agent as their
//! clients wrote them; where its answer says that the method, the path or the version is not known there, the
//! card is asked. Calls that do something ask it first, and are sent once; so do those of gRPC. Then, for
//! each call:
//!
//! 1. The agent has an interface of the client's binding and version: the call goes there, byte for byte.
//! 2. It has another: the call is translated, and its answer or its stream back again. The version counts
//!    before the binding, since bindings of one version lose nothing between them.
//! 3. Nothing is known of it, since its card cannot be read: the call goes to it as it is.
//!
//! A card's word is not enough to be called: an interface is used when its host is that of the agent's
//! endpoint, or is [allowed](AnyAgentBuilder::allow_host). An agent that calls itself by a name that every
//! machine has (`localhost`, `0.0.0.0`) means its endpoint's host. Where the endpoint is at a loopback address, other
//! ports are other programs, and are called when they are allowed; interfaces of gRPC have ports of their own.
//!
//! # The card
//! It is kept with its age ([`AnyAgent::card`]), and the last good one stays while it cannot be fetched again. A
//! GET of it is the agent's to answer, at the path that the operator has [named](AnyAgentBuilder::card_path) for it, if
//! any. Where the agent has none there (404, 405), the one that is found elsewhere is the answer: at the other
//! well-known path, or at the origin of an endpoint that has a path. Where the agent fails (5xx, or cannot be reached) the last good one is
//! the answer, with an `Age`; before one was read, an agent that cannot be reached is 503, with `Retry-After`. [`AnyAgent::run`] refreshes it in the background, where an application spawns it.
//!
//! # Reads
//! [`AsTenant`], of which the agent is told in the place of the client's word.
//!
//! # Errors
//! A version that neither is known here nor offered in the agent's card is `VERSION_NOT_SUPPORTED`. A call that is
//! translated, and does not activate an extension that the card requires, is `EXTENSION_SUPPORT_REQUIRED`; of one
//! that passes the agent is the judge. Otherwise those of the agent's service. A call that the agent's version has no method for is answered with
//! [`MethodNotAllowed`](agentgateway_core::ErrorKind::MethodNotAllowed).

mod any;
mod builder;
mod card;
mod doubt;
mod found;
mod hosts;
mod judge;
mod paths;
mod places;
mod tenant;
#[cfg(test)]
mod tests;

pub use self::{any::AnyAgent, builder::AnyAgentBuilder, card::KnownCard, tenant::AsTenant};
