//! What the page shows of the configuration and of tracing.

use super::page::{Facts, Tracing};
use crate::{
    overview::Health,
    reload::View,
    telemetry::{ExporterReport, TracingReport},
};

/// How many faults, fields or listeners the page names.
const MAX_TOLD: usize = 50;

/// What runs, what is on disk, and what is to come, as three facts.
pub(super) fn configuration(view: &View) -> Facts {
    let running = &view.running;
    if running.generation == 0 {
        let none = "none: the services in the process are served".to_owned();
        return vec![("Running".to_owned(), none, Health::Fine)];
    }
    let mut facts = vec![(
        "Running".to_owned(),
        format!("generation {} since {}", running.generation, running.since),
        Health::Fine,
    )];
    let disk = &view.on_disk;
    facts.push(if disk.applied {
        ("On disk".to_owned(), "what runs".to_owned(), Health::Fine)
    } else {
        let why = first(&disk.problems).join("\n");
        let refused = format!(
            "refused since {}; what ran before runs on\n{why}",
            disk.seen
        );
        ("On disk".to_owned(), refused, Health::Failing)
    });
    if !running.revoked.is_empty() {
        let grants = format!(
            "not on disk any more, and without effect: {}",
            first(&running.revoked).join(", ")
        );
        facts.push(("Revoked".to_owned(), grants, Health::Waiting));
    }
    let pending = &view.pending;
    let (mut waiting, mut health) = (Vec::new(), Health::Fine);
    if pending.validating {
        waiting.push("a change is being validated".to_owned());
    }
    if !pending.restart.is_empty() {
        waiting.push(format!(
            "wait for a restart: {}",
            first(&pending.restart).join(", ")
        ));
        health = Health::Waiting;
    }
    if waiting.is_empty() {
        waiting.push("nothing".to_owned());
    }
    facts.push(("Pending".to_owned(), waiting.join("; "), health));
    let unprogrammed = running.unprogrammed.iter().take(MAX_TOLD);
    for (listener, why) in unprogrammed {
        facts.push((format!("Listener {listener}"), why.clone(), Health::Failing));
    }
    facts
}

/// The first of many, and how many there are beyond.
fn first(all: &[String]) -> Vec<String> {
    let mut told: Vec<String> = all.iter().take(MAX_TOLD).cloned().collect();
    if let Some(more @ 1..) = all.len().checked_sub(MAX_TOLD) {
        told.push(format!("and {more} more; /status has all"));
    }
    told
}

/// Where spans go.
pub(super) fn tracing(reports: &[TracingReport]) -> Vec<Tracing> {
    reports.iter().map(one).collect()
}

fn one(report: &TracingReport) -> Tracing {
    let mut facts: Facts = Vec::new();
    let mut fact = |name: &str, value: String, health| facts.push((name.to_owned(), value, health));
    let of_state = match report.state {
        "denied" => Health::Failing,
        _ => Health::Fine,
    };
    fact(
        "State",
        format!("{}: {}", report.state, report.reason),
        of_state,
    );
    if let Some(sampler) = &report.sampler {
        let told = |text: &str, origin: &str| format!("{text} ({origin})");
        let (random, client) = (&sampler.random, &sampler.client);
        fact(
            "New traces",
            told(&random.text, &random.origin),
            Health::Fine,
        );
        fact(
            "Clients\u{2019} traces",
            told(&client.text, &client.origin),
            Health::Fine,
        );
    }
    let mut health = of_state;
    if let Some(exporter) = &report.exporter {
        health = health.max(of_exporter(exporter));
        fact(
            "Exporter",
            format!(
                "{} by {} ({})",
                exporter.endpoint, exporter.protocol, exporter.origin
            ),
            Health::Fine,
        );
        let dropped = exporter.dropped_queue_full + exporter.dropped_failed;
        fact(
            "Spans",
            format!(
                "sent {}, dropped {dropped}, waiting {} of {}",
                exporter.sent, exporter.waiting, exporter.queue
            ),
            Health::Fine,
        );
        if let Some(error) = &exporter.last_error {
            let said = format!(
                "{error} ({} failed in a row)",
                exporter.consecutive_failures
            );
            fact("Last error", said, of_exporter(exporter));
        }
    }
    for warning in &report.warnings {
        fact("Warning", warning.clone(), Health::Waiting);
    }
    Tracing::new(report.subject(), health, facts)
}

fn of_exporter(exporter: &ExporterReport) -> Health {
    if exporter.consecutive_failures > 0 {
        Health::Failing
    } else {
        Health::Fine
    }
}
