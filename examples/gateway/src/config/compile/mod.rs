//! From the store of objects to a [`Snapshot`](super::snapshot::Snapshot) of what is served, and
//! to [`Facts`] about each object.
//!
//! # Behaviour
//! It is pure and total: no store makes it fail, and the order in which objects were read has no
//! effect. What is wrong with a well-formed object becomes a fact about it:
//!
//! | what | what is served | condition |
//! |---|---|---|
//! | a backendRef leads nowhere, or is not granted | 500 for its share | `ResolvedRefs` of the route |
//! | a Service has EndpointSlices and no ready endpoint | 503 for its share | none |
//! | a filter or a value is not served | 500 for its rule | `PartiallyInvalid`, or `Accepted` when it is so with every rule |
//! | a match is no expression | nothing: its rule is left out | the same |
//! | listeners of one Gateway are in conflict | none of them | `Conflicted` |
//! | Gateways ask for one port of one address | that of the older, by time of creation, then by name | `Accepted`, `PortUnavailable`, of the younger's listener |
//! | an authority for clients' certificates cannot be read | its listeners, by the others alone; without another, none of them | `ResolvedRefs` and `Accepted` of the listeners |
//! | a Gateway's class, or a route's Gateway, is not there | nothing of it | none: [`Facts::strays`] |
//! | parameters cannot be used, an address is of an unknown type | nothing of the Gateway | `Accepted` of the Gateway |
//! | parameters of a class are not there, or cannot be used | no Gateway of the class | `Accepted` of the class and its Gateways |
//! | what `rawConfig` of parameters asks for a backend cannot be done | 500 for its share | a diagnosis of the parameters; `Accepted` of the Gateway says it too where no listener is needed to know it |
//! | a policy's tracing is not granted or cannot be read | traffic, without traces | `Accepted`, `Attached` and `ResolvedRefs` of the policy |
//!
//! Of an HTTPRoute and a GRPCRoute with hostnames in common on one listener the older is accepted; one that is
//! refused for another reason is in nobody's way.
//!
//! # Hosts
//! A Service is where [`Options::resolve`] says, else at the endpoints of its EndpointSlices that are
//! ready (while none is, at those that end and still serve), else behind its name in DNS. A backend that names the host `name.namespace.svc.cluster.local` finds it in
//! the same way, and needs no grant to; any other host is looked up in DNS.
//!
//! # Policies
//! A field of a policy holds at the level of its target: Gateway, port, listener, route, rule, each
//! beating those before; at the side of the backend, all of these are beaten by policies of the
//! Service or AgentgatewayBackend, and those by the backend's own `policies`. What a rule says itself
//! beats policies. Of two policies that ask for one field of one target, the older wins.

mod ai;
mod attach;
mod attacher;
mod authorities;
mod backend_tls;
mod backends;
mod certificate;
mod confined;
mod context;
mod described;
mod duration;
mod endpoints;
mod entry;
mod facts;
mod fault;
mod filters;
mod gateways;
mod grants;
mod health;
mod hints;
mod listeners;
mod located;
mod lookup;
mod matches;
mod mcp;
mod options;
mod own;
mod parameters;
mod policies;
mod refs;
mod routes;
mod rules;
mod secrets;
mod served;
mod service;
mod settings;
mod strays;
mod taken;
#[cfg(test)]
pub(crate) mod tests;

pub use self::confined::Grant;
pub(crate) use self::{confined::revoked, duration::duration, fault::without_remedies};
use self::{context::Context, fault::Fault};
pub use self::{
    entry::{Compiled, compile},
    facts::{
        AncestorFacts, AncestorRef, BackendFacts, Claim, ClassFacts, Facts, GatewayFacts,
        ListenerFacts, ParentFacts, PolicyFacts, RouteFacts, State, StrayFacts,
    },
    fault::{Diagnosis, Severity, SourcePlace},
    grants::{NearMiss, RefExplanation, explain_ref},
    options::{CONTROLLER_NAME, Options, PolicyGrants},
};
