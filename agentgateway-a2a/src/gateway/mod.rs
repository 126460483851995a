//! The whole assembled: many agents behind one listener, each for clients of every binding and version.
//!
//! # Behaviour
//! [`A2aGateway`] is the outermost service: each agent stands in a stack of its own, [`A2aLayer`](crate::A2aLayer),
//! what is put [`within`](A2aGatewayBuilder::within), and [`AnyAgent`](crate::bridge::AnyAgent). Of several agents,
//! the one that a request is for is named by
//!
//! | | by | for |
//! |---|---|---|
//! | 1 | the path: `/agents/{name}/...`; the agent's paths are behind it | every binding and version; gRPC clients mostly cannot |
//! | 2 | the [host](A2aGatewayBuilder::host) | every binding and version |
//! | 3 | the tenant of the call, at the root: the agent's name, or the name, a slash and the agent's own tenant, of which alone the agent is told | v1.0; over HTTP+JSON the path before the route: `/planner/message:send` |
//! | 4 | the header `x-a2a-skill`, at the root: a skill's id, or `name/skill` | every binding and version |
//! | 5 | [`Wanted`](crate::route::Wanted) in the request's extensions: the first agent whose card meets it | what the application knows |
//! | 6 | the [default agent](A2aGatewayBuilder::default_agent), at the root | every binding and version |
//!
//! A single agent has the root too, with all below it. Of several, the root has
//!
//! * `/.well-known/agent-card.json`: a directory card with the skills of all agents as `name/skill`, and an interface
//!   for each agent and binding, with the agent's name as its tenant. Those of v0.3, which has no tenant, are in it
//!   where there is a default agent. It is made of the cards that are known, or can be read within 3 seconds; those
//!   that the layer's check refuses are left out. It is signed where the layer signs.
//! * `/.well-known/api-catalog`: links to the agents' cards (RFC 9727).
//! * calls, which are read once, at the root, and go on to what stands within the agent's stack.
//!
//! # Disagreement
//! Where two of the words name different agents (the host and the path, the tenant and the skill), or the path, the
//! query and the body different tenants, the call is refused. A skill that two agents have is refused with both
//! names. A tenant that names no agent is refused, with a default agent too. Paths with `.` or `..` as a segment, in
//! any spelling, are refused.
//!
//! # The cards
//! Each agent's card is fetched with the first call that needs it, and again when it is old.
//! [`A2aGateway::run`] does so in the background, where the application spawns it. The last good card is kept.
//!
//! # Errors
//! Every error is an answer in the call's own binding and version.
//!
//! # Source
//! A2A v1.0, sections 4.4 (agent card), 8.2 (well-known address), and `tenant` of its requests; RFC 9727; RFC 9264.
//!
//! # Example
//! ```
//! # use agentgateway_core::{Body, Error, Peeked};
//! # use http::{Request, Response};
//! use agentgateway_a2a::{A2aGateway, A2aLayer, bridge::AnyAgent, upstream::A2aAgent};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let planner = tower::service_fn(|_: Request<Peeked<Body>>| async { Ok::<_, Error>(Response::new(Body::empty())) });
//! # let booker = planner;
//! let planner = AnyAgent::builder(A2aAgent::new(planner), "http://10.0.0.5:9999".parse()?).build();
//! let booker = AnyAgent::builder(A2aAgent::new(booker), "http://10.0.0.6:9999".parse()?).build();
//! let gateway = A2aGateway::builder()
//!     .public_url("https://agents.example.org".parse()?)
//!     .layer(A2aLayer::new().max_body_bytes(1024 * 1024))
//!     .agent("planner", planner)
//!     .agent("booker", booker)
//!     .host("booker.example.org", "booker")
//!     .build()?;
//! # let _ = gateway.run();
//! # Ok(())
//! # }
//! ```

mod builder;
mod cards;
mod catalog;
mod directory;
mod expose;
mod head;
mod root;
mod service;
#[cfg(test)]
mod tests;

pub use self::{
    builder::{A2aGatewayBuilder, InvalidGateway},
    expose::expose,
    service::A2aGateway,
};
