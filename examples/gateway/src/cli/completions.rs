use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Exit, output};

/// The options of `completions`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Completions {
    /// The shell to complete in
    pub shell: Shell,
}

impl Completions {
    /// Prints the script that the shell reads.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "agentgateway", &mut script);
        output::write(&String::from_utf8(script)?)?;
        Ok(Exit::Fine)
    }
}
