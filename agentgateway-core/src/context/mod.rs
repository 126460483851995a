//! What layers tell each other through a request's extensions.
//!
//! The typed calls (`McpCall`, `A2aCall`, `LlmCall`) are written by their protocol layers; the facts
//! here belong to no protocol.

mod client_addr;
mod mount_path;
mod route_name;
mod server_name;

pub use self::{
    client_addr::ClientAddr, mount_path::MountPath, route_name::RouteName, server_name::ServerName,
};
