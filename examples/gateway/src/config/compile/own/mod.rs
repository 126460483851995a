//! What `rawConfig` of a Gateway's parameters asks for, in what is served through the Gateway.
//!
//! Backends are compiled once, whoever refers to them; what one Gateway asks for is put into them when its
//! listeners are put together. What cannot be done closes the backend that it is for: it answers 500.

mod agents;
mod attach;
mod cards;
mod catalogues;
mod llm;
mod mcp;
mod named;
mod push;
mod received;
mod times;
mod tokens;
mod tools;

pub(super) use self::{attach::Own, received::received};
