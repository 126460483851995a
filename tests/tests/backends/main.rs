//! How the gateway speaks to backends, as manifests ask for it: real connections, and what is on them.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod authority;
mod health;
#[cfg(target_os = "linux")]
mod keepalive;
mod tls;
