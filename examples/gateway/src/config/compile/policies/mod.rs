//! AgentgatewayPolicies: what they ask for, what they are attached to, and which of several wins.

mod access;
mod answers;
mod backend;
mod buffer;
mod callers;
mod cases;
mod connections;
mod exchange;
mod ext_auth;
mod facts;
mod frontend;
mod guards;
mod keys;
mod layer;
mod limits;
mod mcp_callers;
mod one;
pub(super) mod retry;
mod service;
mod spending;
mod table;
mod transform;

pub(super) use self::{
    backend::backend_policies,
    exchange::exchange,
    facts::{Ancestry, facts},
    guards::Closed,
    keys::value,
    layer::{Frontend, Layer, Traffic},
    service::from_url,
    table::Policies,
};
