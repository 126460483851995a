//! The command line.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};

/// A gateway for agents: A2A, MCP and LLM.
#[derive(Debug, Parser)]
#[command(
    name = "agentgateway",
    version,
    about,
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
    /// Read a configuration and say what is wrong with it
    Check {
        /// A directory of Gateway API manifests
        #[arg(long, value_name = "DIR")]
        config: PathBuf,
    },
}

/// The options of `run`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Run {
    /// A directory of Gateway API manifests. Without it an agent, a server and a model are served
    /// from within the process
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1, and 0.0.0.0 with --config]
    #[arg(long, value_name = "IP")]
    pub bind: Option<IpAddr>,
    /// The port of the A2A listener, without --config
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 8080,
        conflicts_with = "config"
    )]
    pub a2a_port: u16,
    /// The port of the MCP listener, without --config
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 9090,
        conflicts_with = "config"
    )]
    pub mcp_port: u16,
    /// The port of the LLM listener, without --config
    #[arg(
        long,
        value_name = "PORT",
        default_value_t = 9080,
        conflicts_with = "config"
    )]
    pub llm_port: u16,
    /// Serve only the listeners of these names
    #[arg(long = "listener", value_name = "NAME")]
    pub listeners: Vec<String>,
    /// The address of liveness, readiness, metrics and the status page
    #[arg(long, value_name = "ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 15000)))]
    pub admin: SocketAddr,
    /// How long to serve on, unready, after the first signal, so that balancers notice
    /// [default: what the configuration says, else 0, and 5 with --config]
    #[arg(long, value_name = "SECONDS")]
    pub drain_delay: Option<u64>,
    /// How long answers under way may take after that [default: what the configuration says, else 300]
    #[arg(long, value_name = "SECONDS")]
    pub drain_deadline: Option<u64>,
}

impl Run {
    /// The address to listen on.
    #[must_use]
    pub fn bind(&self) -> IpAddr {
        let usual = if self.config.is_some() {
            Ipv4Addr::UNSPECIFIED
        } else {
            Ipv4Addr::LOCALHOST
        };
        self.bind.unwrap_or(IpAddr::V4(usual))
    }

    /// How long to serve on after the first signal, when nothing says so.
    #[must_use]
    pub fn usual_drain_delay(&self) -> Duration {
        Duration::from_secs(if self.config.is_some() { 5 } else { 0 })
    }
}

#[cfg(test)]
mod tests {
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
}
