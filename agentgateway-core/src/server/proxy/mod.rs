//! What a load balancer says of its client before anything else: the PROXY protocol.
//!
//! # Source
//! The PROXY protocol, versions 1 and 2, revision of 2020/03/05: sections 2.1 and 2.2.

mod header;
mod read;
mod rules;
#[cfg(test)]
mod tests;
mod tlv;

pub use self::rules::{ProxyProtocol, ProxyVersion};
pub(super) use self::{
    header::SIGNATURE,
    read::{Introduced, Refused, introduced},
};
