//! Configuration: from Gateway API manifests to a [`Snapshot`] that the listeners are built from.
//!
//! The pipeline is `source → decode → store → compile`. Only the source touches the outside; all
//! that follows are pure functions, and the same manifests in any order give the same snapshot.
//!
//! # Behaviour
//! What is not known is refused, never passed over: a misspelled field is answered with the field
//! that was probably meant, and a field or kind that exists but is not served yet is named as such.
//! Every [`Problem`] is collected, so that one run shows them all, and a snapshot is handed out
//! only when there are none.
//!
//! # Supported
//! | kind | what is read |
//! |---|---|
//! | `GatewayClass` | `controllerName` [`CONTROLLER_NAME`] |
//! | `Gateway` | HTTP listeners on distinct ports, `hostname`, `allowedRoutes` from `Same` or `All` |
//! | `HTTPRoute` | `parentRefs`, `hostnames`, path matches `Exact` and `PathPrefix`, `URLRewrite` with `ReplacePrefixMatch`, one `backendRef` |
//! | `AgentgatewayBackend` | `static`, `a2a`, `mcp` with one static target, `ai` with one provider |
//! | `Service` | `ports` with `appProtocol` |
//! | `Secret` | the key of a provider |
//! | `Namespace` | accepted |
//!
//! # Example
//! ```
//! use agentgateway::config::{Directory, load};
//!
//! # let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");
//! let snapshot = load(&Directory::new(dir))?;
//! let route = snapshot.route(8080, "localhost", "/echo/.well-known/agent-card.json");
//! assert_eq!(route.map(|route| route.name.as_str()), Some("default/a2a"));
//! # Ok::<(), agentgateway::config::Report>(())
//! ```

pub mod compile;
pub mod deployment;
pub mod explain;
pub mod flux;
pub mod object;
mod old;
mod problem;
pub mod resource;
mod rules;
pub mod schema;
pub mod snapshot;
mod source;
pub mod status;
mod suggest;
pub mod yaml;

pub use old::{
    Backend, CONTROLLER_NAME, Format, HostPort, Hostname, Listener, Object, PathMatch, Protocol,
    Provider, ProviderKind, Route, Secret, Snapshot, Store, compile, decode, load,
};
pub use problem::{Problem, Report};
pub use source::{Directory, File, Fingerprint, Role, Source};
