use clap::Args;

use super::{Exit, output};
use crate::config::schema::json_schema;

/// The options of `schema`: none.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Schema {}

impl Schema {
    /// Prints the JSON Schema of all that a directory may contain.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub fn run(&self) -> anyhow::Result<Exit> {
        output::json(&json_schema())?;
        Ok(Exit::Fine)
    }
}
