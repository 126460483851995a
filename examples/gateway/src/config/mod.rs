//! Configuration: from Gateway API manifests to what is served, and to what is said of it.
//!
//! The pipeline is `source → yaml → flux → object → compile → snapshot`, and beside it
//! `compile → status`. Only the source touches the outside; all that follows are pure functions, and
//! the same manifests in any order give the same snapshot.
//!
//! # Behaviour
//! Faults of form (no YAML, an unknown field, a wrong type, a rule of the CRDs broken, an object
//! given twice) refuse the configuration as a whole: each is a [`Problem`] with file, line and column,
//! and one run shows them all, with the faults of sense of what can be read. Faults of sense (a reference to nothing, a grant that is missing,
//! listeners in conflict) refuse nothing: they are conditions of the objects, and what depends on them
//! answers 500 or 503.
//!
//! # Example
//! ```
//! use agentgateway::config::{Directory, LoadOptions, load};
//!
//! # let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/manifests");
//! let loaded = load(&Directory::new(dir), &LoadOptions::default())?;
//! let gateway = &loaded.compiled.snapshot.gateways[0];
//! assert_eq!(gateway.listeners[0].rules[0].route.name, "a2a");
//! assert!(loaded.compiled.facts.diagnoses().is_empty());
//! # Ok::<(), agentgateway::config::Report>(())
//! ```

pub mod compile;
mod decoded;
pub mod deployment;
pub mod explain;
pub mod flux;
mod load;
pub mod object;
mod problem;
pub mod redact;
pub mod resource;
mod rules;
pub mod schema;
mod sense;
pub mod snapshot;
mod source;
pub mod status;
mod suggest;
pub mod yaml;

pub(crate) use decoded::Decoded;
pub use load::{LoadOptions, Loaded, load};
pub use problem::{Problem, Report};
pub(crate) use source::is_manifest;
pub use source::{Contents, Directory, File, Fingerprint, Role, Source};
pub(crate) use suggest::did_you_mean;
