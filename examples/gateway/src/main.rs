//! The `agentgateway` command.

use std::{path::Path, process::ExitCode};

use agentgateway::{
    assemble::{self, Parts, Plan, Ports},
    banner,
    cli::{Cli, Command, Run},
    config::{self, Directory},
    gateway::{Gateway, Settings},
    observe::Observer,
    telemetry::Tracing,
};
use anyhow::{Context, anyhow};
use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        Some(Command::Check { config }) => check(&config),
        Some(Command::Run(run)) => serve(&run).await,
        None => serve(&cli.run).await,
        Some(_) => Err(anyhow!("this command is not known")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("agentgateway: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn load(directory: &Path) -> anyhow::Result<config::Snapshot> {
    config::load(&Directory::new(directory)).map_err(|report| {
        anyhow!(
            "the configuration in {} is refused\n{report}",
            directory.display()
        )
    })
}

fn check(directory: &Path) -> anyhow::Result<()> {
    let snapshot = load(directory)?;
    let routes: usize = snapshot
        .listeners
        .iter()
        .map(|listener| listener.routes.len())
        .sum();
    eprintln!(
        "ok: {} listeners, {routes} routes",
        snapshot.listeners.len()
    );
    Ok(())
}

async fn serve(run: &Run) -> anyhow::Result<()> {
    let tracing = Tracing::install()?;
    let observer = Observer::new(tracing.stats());
    let plan = plan(run, &Parts::new(observer.clone()))?;
    let mut settings = Settings::new(run.bind(), run.admin);
    settings.tracing = tracing.clone();
    settings.drain_delay = run.drain_delay();
    settings.drain_deadline = std::time::Duration::from_secs(run.drain_deadline);
    let gateway = Gateway::bind(plan, settings, observer).await?;
    // Who reads the banner may send a signal at once.
    let (mut interrupt, mut terminate) = (
        signal(SignalKind::interrupt())?,
        signal(SignalKind::terminate())?,
    );
    eprint!(
        "{}",
        banner::banner(
            &gateway,
            run.config.as_deref(),
            tracing.endpoint().as_deref()
        )
    );

    let drain = gateway.drain();
    let mut running = std::pin::pin!(gateway.run());
    let mut signals = 0;
    let cut = loop {
        tokio::select! {
            cut = &mut running => break cut,
            _ = interrupt.recv() => signals += 1,
            _ = terminate.recv() => signals += 1,
        }
        if signals == 1 {
            eprintln!("agentgateway: draining; a second signal ends it at once");
            drain.begin();
        } else {
            drain.abort();
        }
    };
    if cut > 0 {
        eprintln!("agentgateway: {cut} connections were cut");
    }
    tracing.shutdown().await;
    Ok(())
}

fn plan(run: &Run, parts: &Parts) -> anyhow::Result<Plan> {
    let plan = match &run.config {
        Some(directory) => assemble::snapshot(&load(directory)?, parts)
            .with_context(|| format!("the configuration in {}", directory.display()))?,
        None => assemble::demo(&Ports::new(run.a2a_port, run.mcp_port, run.llm_port), parts),
    };
    plan.only(&run.listeners)
        .map_err(|message| anyhow!(message))
}
