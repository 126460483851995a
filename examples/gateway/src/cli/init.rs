use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;

use super::{Exit, output};

/// What is written, by name. Ports and addresses are those of the tutorial.
const FILES: [(&str, &str); 4] = [
    ("gateway.yaml", include_str!("init/gateway.yaml")),
    ("a2a.yaml", include_str!("init/a2a.yaml")),
    ("mcp.yaml", include_str!("init/mcp.yaml")),
    ("llm.yaml", include_str!("init/llm.yaml")),
];

/// The options of `init`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Init {
    /// The directory; it is made where it is missing
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
}

impl Init {
    /// Writes a small configuration with three listeners; never over a file that is there.
    ///
    /// # Errors
    /// A file is there already, or cannot be written; then those written before it are taken away.
    pub fn run(&self) -> anyhow::Result<Exit> {
        let directory = self.directory.display();
        fs::create_dir_all(&self.directory)
            .with_context(|| format!("{directory} cannot be made"))?;
        let mut written: Vec<PathBuf> = Vec::new();
        for (name, text) in FILES {
            let path = self.directory.join(name);
            if let Err(error) = write_new(&path, text) {
                for path in &written {
                    let _ = fs::remove_file(path);
                }
                let shown = path.display();
                return Err(match error.kind() {
                    std::io::ErrorKind::AlreadyExists => {
                        anyhow::anyhow!("{shown} is there already, and nothing was written")
                    }
                    _ => anyhow::Error::new(error).context(format!("{shown} cannot be written")),
                });
            }
            written.push(path);
        }
        let mut said = String::new();
        for path in &written {
            said.push_str(&format!("wrote {}\n", path.display()));
        }
        said.push_str(&format!(
            "\nNext:\n  agentgateway check {directory}\n  agentgateway run --config {directory}\n"
        ));
        output::write(&said)?;
        Ok(Exit::Fine)
    }
}

fn write_new(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())
}
