//! Push notifications by way of the gateway.
//!
//! # Behaviour
//! Without a relay the agent calls whatever its client has named, with the credentials that the client has
//! given for it. With a [`PushRelay`] it calls the gateway:
//!
//! ```text
//! client ── SendMessage, url + token + credentials ──▶ layer ── url of the relay ──▶ agent
//!    ▲                                                                               │
//!    └── POST, in the client's version ── run ◀── queue ◀── receiver ◀── POST ───────┘
//! ```
//!
//! * [`PushRelay::layer`] gives the agent `{public}/push/{sealed}` in the place of the client's URL, and
//!   leaves token and authentication out. The sealed text holds all that the client has registered, so any
//!   replica with the same key receives for it, and nothing is stored. Clients that read a configuration
//!   see their own URL, and of the rest the schemes of authentication: secrets can be written only.
//! * [`PushRelay::receiver`] takes what agents push. Who knows a sealed URL may push by it; there is no
//!   other proof. It answers as soon as a notification is in the queue (202), since agents push while they
//!   handle a task and wait for the answer, with a timeout that is shorter than retries are.
//! * [`PushRelay::run`] sends what is in the queue: in the version that the client has registered in, to the
//!   client's URL alone, with its token (`X-A2A-Notification-Token` and `A2A-Notification-Token`) and its
//!   `Authorization`. The address is judged when it is dialled, a redirect is not followed, and the answer's
//!   body is not read. Notifications of one registration keep their order.
//! * An attempt that fails (no connection, no answer in time, 408, 429, 5xx) is made again, behind a wait that
//!   doubles, by chance, or that `Retry-After` asks for. A host at which five fail in a row is left
//!   alone for 30 s.
//! * A client of v0.3 takes tasks: where the agent has pushed a change, it is asked for the whole task
//!   ([`PushRelayBuilder::agent`], [`PushRelayLayer::agent`]).
//!
//! The queue is this process's: what it holds is lost with it. Counts are of this process, too.
//!
//! # Reads / Writes
//! Reads [`A2aCall`](crate::A2aCall), and [`Principal`](agentgateway_core::context::Principal) or
//! [`ClientAddr`](agentgateway_core::context::ClientAddr) to count by.
//!
//! # Errors
//! The layer refuses as [`PushGuard`](super::PushGuard) does. Where too much is registered, it answers 429.
//! [`PushReceiver`] tells its own.
//!
//! # Example
//! ```
//! use agentgateway_a2a::{A2aLayer, push::relay::PushRelay};
//! use agentgateway_core::seal::Sealer;
//! use tower::ServiceBuilder;
//! # use agentgateway_core::{Body, Peeked};
//! # use http::{Request, Response};
//! # use tower::{service_fn, ServiceExt};
//! # async fn agent(_: Request<Peeked<Body>>) -> Result<Response<Body>, std::convert::Infallible> {
//! #     Ok(Response::new(Body::empty()))
//! # }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let key = [7; 32];
//! let public = "https://agents.example.org".parse()?;
//! let relay = PushRelay::builder(public, Sealer::new(&key)).build();
//! let calls = ServiceBuilder::new()
//!     .layer(A2aLayer::new())
//!     .layer(relay.layer())
//!     .service(service_fn(agent));
//! // To be served at https://agents.example.org/push/
//! let pushes = relay.receiver();
//! tokio::spawn(relay.run());
//! # let request = Request::post("/push/forged").body(Body::empty())?;
//! # assert_eq!(pushes.oneshot(request).await?.status(), 404);
//! # let request = Request::get("/.well-known/agent-card.json").body(Body::empty())?;
//! # calls.oneshot(request).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Source
//! A2A v1.0, section 4.3 (push notifications) and 13.2 (security of push notifications); A2A v0.3, section 9.5.

mod agents;
mod answer;
mod builder;
mod deliver;
mod edit;
mod layer;
mod payload;
mod queue;
mod receiver;
mod registered;
mod registration;
#[expect(
    clippy::module_inception,
    reason = "the handle has the name of its room"
)]
mod relay;
#[cfg(test)]
mod tests;

pub use self::{
    builder::PushRelayBuilder,
    layer::{PushRelayLayer, PushRelayed},
    receiver::PushReceiver,
    relay::PushRelay,
};
