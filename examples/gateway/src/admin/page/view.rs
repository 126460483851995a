use std::fmt::{self, Write};

use bytes::Bytes;

use super::{facts, traffic, tree};
use crate::{
    admin::Served,
    observe::Request,
    overview::{Health, Item, Overview},
};

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

/// What the page shows of the configuration, as HTML. Clones share it.
#[derive(Clone, Debug)]
pub struct Objects {
    html: Bytes,
    health: Health,
}

impl Objects {
    /// What is running, on disk and pending; the objects, where there is a configuration; and the
    /// listeners that are bound.
    #[must_use]
    pub fn new(configuration: &Facts, overview: Option<&Overview>, served: &[Served]) -> Self {
        let mut html = String::new();
        // Writing to a string cannot fail.
        let _ = sections(&mut html, configuration, overview, served);
        let facts = configuration.iter().map(|(_, _, health)| *health);
        let items = overview.into_iter().flat_map(|overview| &overview.items);
        Self {
            html: html.into(),
            health: facts
                .chain(items.map(Item::worst))
                .max()
                .unwrap_or_default(),
        }
    }

    /// The page in pieces: with where spans go, and the last requests, the newest first.
    #[must_use]
    pub fn page(&self, tracing: &[Tracing], requests: &[Request]) -> [Bytes; 3] {
        let spans = tracing.iter().map(|tracing| tracing.health).max();
        let overall = self.health.max(spans.unwrap_or_default());
        let (mut head, mut rest) = (String::new(), String::new());
        // Writing to a string cannot fail.
        let _ = beginning(&mut head, overall);
        let _ = end(&mut rest, tracing, requests);
        [head.into(), self.html.clone(), rest.into()]
    }
}

fn beginning(out: &mut String, overall: Health) -> fmt::Result {
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
    )
}

fn sections(
    out: &mut String,
    configuration: &Facts,
    overview: Option<&Overview>,
    served: &[Served],
) -> fmt::Result {
    facts::section(out, "Configuration", configuration)?;
    if let Some(overview) = overview {
        tree::section(out, overview)?;
    }
    traffic::listeners(out, served)
}

fn end(out: &mut String, tracing: &[Tracing], requests: &[Request]) -> fmt::Result {
    facts::tracing(out, tracing)?;
    traffic::requests(out, requests)?;
    out.push_str("</main>\n</body>\n</html>\n");
    Ok(())
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
