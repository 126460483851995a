//! The first reader of manifests, which stands until the new one serves.

mod compile;
mod decode;
mod load;
mod model;
mod snapshot;
mod store;

use super::{File, Problem, Report, Source, suggest};
pub use compile::compile;
pub use decode::{CONTROLLER_NAME, decode};
pub use load::load;
pub use model::Object;
pub use snapshot::{
    Backend, Format, HostPort, Hostname, Listener, PathMatch, Protocol, Provider, ProviderKind,
    Route, Secret, Snapshot,
};
pub use store::Store;
