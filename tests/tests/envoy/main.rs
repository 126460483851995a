//! Policies that ask services by Envoy's protocols, before services that speak them by the messages
//! which Envoy's own definitions generate: a number of a field that is wrong fails here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot set its scene fails where it stands"
)]

mod authz;
mod events;
mod failures;
mod http;
mod manifests;
mod ratelimit;
mod scene;
