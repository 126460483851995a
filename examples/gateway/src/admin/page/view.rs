use std::fmt::{self, Write};

use super::{facts, traffic, tree};
use crate::{
    admin::Served,
    observe::Request,
    overview::{Health, Overview},
};

/// All that the status page shows.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct View {
    /// The listeners that are bound.
    pub served: Vec<Served>,
    /// The objects of the configuration; none without one.
    pub overview: Option<Overview>,
    /// What is running, on disk and pending.
    pub configuration: Facts,
    /// Where spans go.
    pub tracing: Vec<Tracing>,
    /// The last requests, the newest first.
    pub requests: Vec<Request>,
}

/// Facts with their names, in order, each with how good it is.
pub type Facts = Vec<(String, String, Health)>;

/// Where spans of a Gateway, or of the process, go.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tracing {
    /// Whose spans.
    pub title: String,
    /// Whether spans are sent as they should be.
    pub health: Health,
    /// Sampler, exporter, counts, last error.
    pub facts: Facts,
}

impl Tracing {
    /// The spans of this, with these facts.
    #[must_use]
    pub fn new(title: impl Into<String>, health: Health, facts: Facts) -> Self {
        Self {
            title: title.into(),
            health,
            facts,
        }
    }
}

impl View {
    /// The page.
    #[must_use]
    pub fn html(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        let overall = self.health();
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <title>{} agentgateway</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n\
             <header><h1>agentgateway <small>{}</small></h1>{}\n\
             <nav aria-label=\"Machine-readable\"><a href=\"/metrics\">metrics</a> \
             <a href=\"/readyz\">readiness</a></nav></header>\n<main>\n",
            symbol(overall),
            env!("CARGO_PKG_VERSION"),
            badge(overall)
        )?;
        facts::section(out, "Configuration", &self.configuration)?;
        if let Some(overview) = &self.overview {
            tree::section(out, overview)?;
        }
        traffic::listeners(out, &self.served)?;
        facts::tracing(out, &self.tracing)?;
        traffic::requests(out, &self.requests)?;
        out.push_str("</main>\n</body>\n</html>\n");
        Ok(())
    }

    fn health(&self) -> Health {
        let facts = self.configuration.iter().map(|(_, _, health)| *health);
        let tracing = self.tracing.iter().map(|tracing| tracing.health);
        let overview = self.overview.iter().map(Overview::health);
        facts
            .chain(tracing)
            .chain(overview)
            .max()
            .unwrap_or_default()
    }
}

/// Health in a word, never by colour alone.
pub(super) fn badge(health: Health) -> &'static str {
    match health {
        Health::Fine => "<span class=\"badge fine\">ok</span>",
        Health::Waiting => "<span class=\"badge waiting\">waiting</span>",
        Health::Failing => "<span class=\"badge failing\">failing</span>",
    }
}

fn symbol(health: Health) -> &'static str {
    match health {
        Health::Fine => "\u{2713}",
        Health::Waiting => "\u{2026}",
        Health::Failing => "\u{2717}",
    }
}
