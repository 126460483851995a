use clap::{Parser, Subcommand};

use super::{Check, Completions, Explain, Init, Probe, Render, Run, Schema, Status, Wait};

/// What exit statuses mean.
const EXIT: &str = "\
Exit status:
  0  all is well
  1  faults were found, or what was asked about does not hold
  2  the command could not be carried out: wrong arguments, an address that cannot be had
  3  nobody answered, or not in time";

/// A gateway for agents: A2A, MCP and LLM.
#[derive(Debug, Parser)]
#[command(
    name = "agentgateway",
    version,
    about,
    after_help = EXIT,
    args_conflicts_with_subcommands = true
)]
#[non_exhaustive]
pub struct Cli {
    /// What to do; `run` when nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options of `run`.
    #[command(flatten)]
    pub run: Run,
}

/// What to do.
#[derive(Debug, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Serve the listeners (this is the default)
    Run(Run),
    /// Say all that is wrong with a directory of manifests
    Check(Check),
    /// Print manifests as a cluster would see them, or what a cluster runs them with
    Render(Render),
    /// Show how all objects are, of a gateway that runs or of a directory
    Status(Status),
    /// Wait until a condition of an object is true
    Wait(Wait),
    /// Say why something is as it is
    #[command(subcommand)]
    Explain(Explain),
    /// Try something that the gateway depends on
    #[command(subcommand)]
    Probe(Probe),
    /// Print the JSON Schema of all that a directory may contain
    Schema(Schema),
    /// Write a small configuration with three listeners to begin with
    Init(Init),
    /// Print the script that completes commands in a shell
    Completions(Completions),
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_the_default() {
        let cli = Cli::parse_from(["agentgateway", "--a2a-port", "1"]);
        assert!(cli.command.is_none());
        assert_eq!(cli.run.a2a_port, 1);
        assert!(Cli::try_parse_from(["agentgateway", "--config", "x", "--a2a-port", "1"]).is_err());
    }

    #[test]
    fn manifests_listen_on_all_addresses() {
        let Some(Command::Run(run)) =
            Cli::parse_from(["agentgateway", "run", "--config", "x"]).command
        else {
            panic!("run")
        };
        assert!(run.bind().is_unspecified());
        assert_eq!(run.usual_drain_delay(), Duration::from_secs(5));
    }
    #[test]
    fn what_is_rendered_is_served_with_the_same_words() {
        let given = |more: &[&str]| {
            let arguments = [&["agentgateway", "--config", "x"], more].concat();
            Cli::parse_from(arguments).run.given
        };
        let more = [
            "--controller",
            "a.example/b",
            "--ignore-policy-grants",
            "--resolve",
            "a/b:1=localhost:2",
        ];
        let flags = ["--lax", "--kustomization", "k"];
        assert_eq!(given(&[&more[..], &flags].concat()).arguments(), more);
        assert!(given(&[]).arguments().is_empty());
    }
}
