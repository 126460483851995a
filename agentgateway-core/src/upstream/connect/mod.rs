//! New connections: name, TCP and TLS, without a deadline of their own.
//!
//! A [`Connector`] opens a [`Socket`] that can be asked whether it is quiet while hyper owns the
//! stream above it. The caller puts one deadline around all that a connection needs before its first
//! request.

mod connector;
mod dial;
mod io;
#[cfg(feature = "legacy")]
mod reference;
mod settings;
mod socket;
#[cfg(test)]
mod tests;
#[cfg(feature = "tls")]
mod tls;

pub(super) use self::{
    connector::{Connected, Connector},
    io::Io,
    settings::{Keepalive, Settings},
    socket::{Socket, Unread},
};
