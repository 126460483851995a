//! What layers tell each other through a request's extensions, and an answer's.
//!
//! The typed calls (`McpCall`, `A2aCall`, `LlmCall`) are written by their protocol layers; the facts
//! here belong to no protocol.

mod arrived;
mod attempt;
mod call_view;
mod client_addr;
mod client_certificate;
mod credential;
mod cutoff;
mod deadline;
mod meter;
mod mount_path;
mod named_host;
mod on_loopback;
mod peer_addr;
mod principal;
mod request_id;
mod route_name;
mod server_name;
mod trail;
mod written;

pub(crate) use self::cutoff::Awaited;
pub use self::{
    arrived::Arrived,
    attempt::Attempt,
    call_view::{CallFacts, CallView, Fact},
    client_addr::ClientAddr,
    client_certificate::ClientCertificate,
    credential::Credential,
    cutoff::Cutoff,
    deadline::Deadline,
    meter::{Meter, MeterClaim, MeterTap, Used},
    mount_path::MountPath,
    named_host::NamedHost,
    on_loopback::OnLoopback,
    peer_addr::PeerAddr,
    principal::{AuthMethod, Principal},
    request_id::RequestId,
    route_name::RouteName,
    server_name::ServerName,
    trail::Trail,
    written::Written,
};
