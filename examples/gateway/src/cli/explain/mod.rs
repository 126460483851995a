//! `explain`: why something is as it is.

mod reference;
mod request;
mod tracing;

use clap::Subcommand;

use super::Exit;

pub use self::{
    reference::{ExplainRef, ObjectPath},
    request::ExplainRequest,
    tracing::ExplainTracing,
};

/// What to explain.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Explain {
    /// Which rule takes a request, and why no other one does
    Request(ExplainRequest),
    /// Whether one object may refer to another one, and which grant would let it
    Ref(ExplainRef),
    /// Which requests are traced, by whose word, and how the export goes
    Tracing(ExplainTracing),
}

impl Explain {
    /// Explains it.
    ///
    /// # Errors
    /// The answer cannot be read, or standard output takes no more.
    pub async fn run(&self) -> anyhow::Result<Exit> {
        match self {
            Self::Request(request) => request.run().await,
            Self::Ref(reference) => reference.run(),
            Self::Tracing(tracing) => tracing.run().await,
        }
    }
}
