use std::{
    ffi::OsString,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use agentgateway_core::{forwarded::Network, seal::Sealer, store::redis::Redis};
use clap::Args;

use super::{Given, RedisUrl, Served, seal};

/// The options of `run`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct Run {
    /// A directory of Gateway API manifests. Without it an agent, a server and a model are served
    /// from within the process
    #[arg(long, value_name = "DIR")]
    pub config: Option<PathBuf>,
    /// What is said beside the directory.
    #[command(flatten)]
    pub given: Given,
    /// Which Gateways are served.
    #[command(flatten)]
    pub served: Served,
    /// Believe X-Forwarded-For, -Proto and -Host of peers in this network; may be repeated.
    /// From others they are ignored and replaced
    #[arg(long, value_name = "CIDR")]
    pub trusted_proxies: Vec<Network>,
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
    /// The memory of which nine tenths may be used before requests are refused
    /// [default: that of the control group, else of the machine]
    #[arg(long, value_name = "MIB")]
    pub memory_limit: Option<u64>,
    /// How long to serve on, unready, after the first signal, so that balancers notice
    /// [default: `shutdown.min` of the configuration, else 0, and 5 with --config]
    #[arg(long, value_name = "SECONDS")]
    pub drain_delay: Option<u64>,
    /// How long answers under way may take after that
    /// [default: what `shutdown.max` of the configuration leaves of the whole, else 300]
    #[arg(long, value_name = "SECONDS")]
    pub drain_deadline: Option<u64>,
    /// Append logs and access logs to this file, as JSON, in place of standard error and standard output. Moved
    /// away or deleted, it is opened anew
    #[arg(long, value_name = "PATH", env = "AGENTGATEWAY_LOG_FILE")]
    pub log_file: Option<OsString>,
    /// Count local rate limits and budgets in this Redis, together with all gateways that share it:
    /// redis://user:password@host:port/database, of which the host is enough; rediss:// with TLS. While it is
    /// away limits of rates let pass, and budgets refuse if not told otherwise. Whoever lists processes sees arguments: a password belongs in the variable
    #[arg(
        long,
        value_name = "URL",
        env = "AGENTGATEWAY_REDIS_URL",
        hide_env_values = true
    )]
    pub redis_url: Option<RedisUrl>,
    /// Seal what clients of MCP carry (sessions, cursors, states) with the first key of this file, and open it
    /// with each of them: a line for each key, 32 bytes as base64. All gateways with the same file serve each
    /// other's clients; without it a key of this process is used
    #[arg(long, value_name = "PATH", env = "AGENTGATEWAY_SEAL_KEY_FILE")]
    pub seal_key_file: Option<OsString>,
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

    /// The file of the logs, where one is named: an empty variable is as one that is not set.
    #[must_use]
    pub fn log_file(&self) -> Option<&Path> {
        let named = self.log_file.as_deref().map(Path::new);
        named.filter(|path| !path.as_os_str().is_empty())
    }

    /// The Redis that counts, where one is named. It is away until it is driven.
    ///
    /// # Errors
    /// The URL names none. The error does not repeat it.
    pub fn redis(&self) -> anyhow::Result<Option<Redis>> {
        let named = self.redis_url.as_ref().filter(|url| !url.is_empty());
        named.map(RedisUrl::redis).transpose()
    }

    /// What seals, where a file of keys is named: an empty variable is as one that is not set.
    ///
    /// # Errors
    /// The file cannot be read, or holds no key.
    pub fn sealer(&self) -> anyhow::Result<Option<Sealer>> {
        let named = self.seal_key_file.as_deref().map(Path::new);
        let named = named.filter(|path| !path.as_os_str().is_empty());
        named.map(seal::sealer).transpose()
    }

    /// How long to serve on after the first signal, when nothing says so.
    #[must_use]
    pub fn usual_drain_delay(&self) -> Duration {
        Duration::from_secs(if self.config.is_some() { 5 } else { 0 })
    }
}
