//! The `agentgateway` command.

use std::{fmt::Display, path::Path, process::ExitCode, sync::Arc, time::Duration};

use agentgateway::{
    assemble::{self, Parts, Ports},
    banner,
    cli::{Cli, Command, Exit, Run, complain, remark, words},
    gateway::{Gateway, Inherited, Settings},
    observe::Observer,
    reload::{BeginError, Manifests, Reloader, Watch},
    telemetry::Tracing,
};
use agentgateway_core::{limit::heap::Heap, server::Drain, store::redis::Redis};
use anyhow::{Context, anyhow, bail};
use clap::{Parser, error::ErrorKind};
use mimalloc::MiMalloc;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    time::timeout,
};

/// A request takes some 40 small pieces of memory and gives them back: what they cost is seen.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How long Redis is waited for: at the start until it is there, at the end until it knows all.
const REDIS_PATIENCE: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = Cli::try_parse().unwrap_or_else(|error| misunderstood(&error));
    let command = cli.command.unwrap_or(Command::Run(cli.run));
    match begin(command) {
        Ok(exit) => exit.into(),
        Err(error) => {
            complain(format_args!("{error:#}"));
            Exit::Unable.into()
        }
    }
}

fn begin(command: Command) -> anyhow::Result<Exit> {
    // As long as there is no other thread.
    let inherited = match &command {
        Command::Run(_) => Inherited::of_process().context("no socket can be taken over")?,
        _ => Inherited::default(),
    };
    within(carry_out(command, inherited))
}

/// Ends the process with what the parser says, and what was probably meant.
fn misunderstood(error: &clap::Error) -> ! {
    let unknown = [ErrorKind::UnknownArgument, ErrorKind::InvalidSubcommand];
    let mut given = std::env::args().skip(1);
    let directory = given.find(|given| Path::new(given).is_dir());
    if let Some(directory) = directory.filter(|_| unknown.contains(&error.kind())) {
        let _ = error.print();
        remark(format_args!(
            "\n  tip: a directory of manifests is named by `--config {directory}`"
        ));
        std::process::exit(Exit::Unable.code().into());
    }
    error.exit()
}

/// A validation that is under way at the end is not waited for.
fn within<T>(carrying_out: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = Runtime::new()?;
    let result = runtime.block_on(carrying_out);
    runtime.shutdown_background();
    result
}

async fn carry_out(command: Command, inherited: Inherited) -> anyhow::Result<Exit> {
    match command {
        Command::Run(run) => run_to_the_end(&run, inherited).await,
        Command::Check(check) => check.run(),
        Command::Render(render) => render.run(),
        Command::Status(status) => status.run().await,
        Command::Wait(wait) => wait.run().await,
        Command::Explain(explain) => explain.run().await,
        Command::Probe(probe) => probe.run().await,
        Command::Schema(schema) => schema.run(),
        Command::Init(init) => init.run(),
        Command::Completions(completions) => completions.run(),
        _ => Err(anyhow!("this command is not known")),
    }
}

async fn run_to_the_end(run: &Run, inherited: Inherited) -> anyhow::Result<Exit> {
    // From the first moment on: who starts the process may end it at once.
    let signals = Signals::new()?;
    let tracing = match run.log_file() {
        Some(path) => Tracing::install_into(path).context("--log-file or AGENTGATEWAY_LOG_FILE")?,
        None => Tracing::install()?,
    };
    let redis = run.redis()?;
    if let Some(redis) = &redis {
        tokio::spawn(redis.maintain());
        // Without it requests pass: late is no reason not to serve.
        let _ = timeout(REDIS_PATIENCE, redis.present()).await;
    }
    let served = serve(run, signals, &tracing, redis.as_ref(), inherited).await;
    if let Some(redis) = &redis {
        let _ = timeout(REDIS_PATIENCE, redis.settled()).await;
    }
    tracing.flush().await;
    served
}

async fn serve(
    run: &Run,
    mut signals: Signals,
    tracing: &Tracing,
    redis: Option<&Redis>,
    inherited: Inherited,
) -> anyhow::Result<Exit> {
    let observer = Observer::new(tracing.stats());
    let heap = match run.memory_limit {
        Some(mebibytes) => Heap::new().limit_bytes(mebibytes.saturating_mul(1024 * 1024)),
        None => Heap::new(),
    };
    let mut parts = Parts::new(observer.clone()).shedding_by(heap.clone());
    if let Some(redis) = redis {
        let redis = Arc::new(redis.clone());
        parts = parts
            .counting_in(Arc::clone(&redis))
            .keeping_sessions_in(Arc::clone(&redis) as _)
            .keeping_tasks_in(redis);
    }
    if let Some(sealer) = run.sealer()? {
        parts = parts.sealing_with(sealer);
    }
    let settings = settings(run, tracing, heap, inherited);
    let cut = match &run.config {
        Some(directory) => {
            run.given.must_exist(directory)?;
            let mut options = run.given.serving(&run.served).load_options();
            options.compile.listen = vec![run.bind()];
            let source = run.given.directory(directory);
            let load = Manifests::new(source, parts)
                .only(&run.listeners)
                .options(options);
            let mut reloader = Reloader::new(load, Watch::new(), observer);
            let gateway = tokio::select! {
                begun = reloader.begin(settings) => match begun {
                    Ok(gateway) => gateway,
                    Err(error) => {
                        // What was logged stands before what came of it.
                        tracing.flush().await;
                        return refused(directory, error);
                    }
                },
                () = signals.end() => return Ok(Exit::Fine),
            };
            announce(run, &gateway, tracing);
            let (drain, ask) = (gateway.drain(), reloader.ask());
            let serving = gateway.run_reloading(reloader);
            let steered = signals.steer(serving, &drain, tracing, || ask.reload());
            steered.await
        }
        None => {
            if let Some(option) = run.given.first() {
                bail!("{option} is for manifests: --config says where they are");
            }
            let ports = Ports::new(run.a2a_port, run.mcp_port, run.llm_port);
            let plan = assemble::demo(&ports, &parts).only(&run.listeners);
            let plan = plan.map_err(|message| anyhow!(message))?;
            let gateway = Gateway::bind(plan, settings, observer).await?;
            announce(run, &gateway, tracing);
            let drain = gateway.drain();
            signals.steer(gateway.run(), &drain, tracing, || {}).await
        }
    };
    if cut > 0 {
        tell(tracing, format_args!("{cut} connections were cut"));
    }
    tracing.clone().shutdown().await;
    Ok(Exit::Fine)
}

fn settings(run: &Run, tracing: &Tracing, heap: Heap, inherited: Inherited) -> Settings {
    let mut settings = Settings::new(run.bind(), run.admin);
    settings.tracing = tracing.clone();
    settings.heap = Some(heap);
    settings.inherited = inherited;
    settings.drain_delay = run.usual_drain_delay();
    settings.trusted = run.trusted_proxies.iter().copied().collect();
    settings.commanded.delay = run.drain_delay.map(Duration::from_secs);
    settings.commanded.deadline = run.drain_deadline.map(Duration::from_secs);
    settings
}

fn refused(directory: &Path, error: BeginError) -> anyhow::Result<Exit> {
    let BeginError::Refused(refused) = error else {
        return Err(error.into());
    };
    if refused.argument {
        bail!("{refused}");
    }
    complain(format_args!(
        "the configuration in {} is refused\n{refused}",
        directory.display()
    ));
    Ok(Exit::Faults)
}

fn announce(run: &Run, gateway: &Gateway, tracing: &Tracing) {
    let config = run.config.as_deref();
    tracing.tell(words(banner::banner(gateway, config, tracing)));
}

/// Says something while requests are served: whoever reads it may be slow.
fn tell(tracing: &Tracing, text: impl Display) {
    tracing.tell(words(format_args!("agentgateway: {text}")));
}

/// The signals that a supervisor sends.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
    /// Not to die of: they mean nothing here.
    _ignored: [Signal; 2],
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
            _ignored: [
                signal(SignalKind::user_defined1())?,
                signal(SignalKind::user_defined2())?,
            ],
        })
    }

    /// The first that ends the process.
    async fn end(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Drains at the first that ends the process, aborts at the second; SIGHUP reloads.
    async fn steer(
        mut self,
        serving: impl Future<Output = usize>,
        drain: &Drain,
        tracing: &Tracing,
        reload: impl Fn(),
    ) -> usize {
        let mut serving = std::pin::pin!(serving);
        loop {
            tokio::select! {
                cut = &mut serving => return cut,
                _ = self.hangup.recv() => {
                    reload();
                    continue;
                }
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
            if drain.has_begun() {
                drain.abort();
            } else {
                tell(tracing, "draining; a second signal ends it at once");
                drain.begin();
            }
        }
    }
}
