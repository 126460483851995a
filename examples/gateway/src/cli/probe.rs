use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use http::Uri;

use super::{Exit, Format, output};
use crate::telemetry::{OtlpProtocol, probe};

/// What to try.
#[derive(Clone, Debug, Subcommand)]
#[non_exhaustive]
pub enum Probe {
    /// Call a collector of traces as the gateway would, step by step, without a span
    Otlp(ProbeOtlp),
}

/// The options of `probe otlp`.
#[derive(Clone, Debug, Args)]
#[non_exhaustive]
pub struct ProbeOtlp {
    /// Where it is: scheme, host and port, as in `http://collector.observability:4317`
    pub url: String,
    /// How it is spoken to
    #[arg(long, value_enum, default_value_t)]
    pub protocol: Protocol,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t)]
    pub output: Format,
}

/// How a collector is spoken to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
#[expect(clippy::exhaustive_enums, reason = "the two transports of OTLP")]
pub enum Protocol {
    /// gRPC, usually on 4317.
    #[default]
    Grpc,
    /// Protobuf in HTTP, usually on 4318.
    Http,
}

impl ProbeOtlp {
    fn must_be_url(&self) -> anyhow::Result<()> {
        let url: Uri = self.url.parse().context("the URL is none")?;
        let scheme = url.scheme_str().unwrap_or_default();
        if !matches!(scheme, "http" | "https") || url.host().is_none_or(str::is_empty) {
            anyhow::bail!("expected a URL as in http://collector.observability:4317");
        }
        Ok(())
    }
}

impl Probe {
    /// Tries it.
    ///
    /// # Errors
    /// Standard output takes no more.
    pub async fn run(&self) -> anyhow::Result<Exit> {
        let Self::Otlp(asked) = self;
        asked.must_be_url()?;
        let protocol = match asked.protocol {
            Protocol::Grpc => OtlpProtocol::Grpc,
            Protocol::Http => OtlpProtocol::http(),
        };
        let report = probe(&asked.url, &protocol).await;
        output::print(&report, asked.output)?;
        Ok(if report.ok {
            Exit::Fine
        } else {
            Exit::Unreached
        })
    }
}
