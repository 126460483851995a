use anyhow::{Context, Result, bail};

use super::{Target, bare, gateway, layers};

/// Relays to the mock of this port until the process ends, with one worker.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let [target, upstream] = args else {
        bail!("a target, and the port of the mock");
    };
    let target = Target::named(target).context("a target")?;
    let upstream: u16 = upstream.parse()?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        match target {
            Target::Bare => on_worker(bare::serve(upstream)).await,
            Target::Layers => on_worker(layers::serve(upstream)).await,
            Target::Gateway | Target::Sampled => gateway::serve(upstream, "").await,
            Target::Guarded => gateway::serve(upstream, gateway::GUARDS).await,
            Target::Direct | Target::Nginx => bail!("{} has a role of its own", target.name()),
        }
    })
}

/// On the worker, where a listener's task usually is.
async fn on_worker(work: impl Future<Output = Result<()>> + Send + 'static) -> Result<()> {
    tokio::spawn(work).await?
}
