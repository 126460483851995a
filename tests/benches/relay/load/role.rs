use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::{cpu, first, held};
use crate::{awake::awake, llm::Form, work::Work};

/// Measures once, and says one line.
///
/// `<work> <port> <pid of the target> <milliseconds> <streams to hold>` →
/// `MEASURED <value> <exchanges>`: µs per request or event, µs to the first byte, or KiB per stream;
/// and how many exchanges there were in all.
pub(crate) fn run(args: &[&str]) -> Result<()> {
    let [work, port, pid, millis, streams] = args else {
        bail!("a case, a port, a process, a time and a number of streams");
    };
    let work = Work::named(work).context("a case")?;
    let (port, pid, streams) = (port.parse()?, pid.parse()?, streams.parse()?);
    let long = Duration::from_millis(millis.parse()?);
    let (value, exchanges) = block_on(async {
        match work.form() {
            Form::First => first::measure(work, port, long).await,
            Form::Held => held::measure(work, port, pid, streams, long).await,
            _ => cpu::measure(work, port, pid, long).await,
        }
    })?;
    println!("MEASURED {value} {exchanges}");
    Ok(())
}

/// Sends a number of requests and measures nothing.
///
/// `<work> <port> <exchanges>` → `SENT <exchanges>`.
pub(crate) fn send(args: &[&str]) -> Result<()> {
    let [work, port, exchanges] = args else {
        bail!("a case, a port and a number");
    };
    let work = Work::named(work).context("a case")?;
    let sent = block_on(cpu::send(work, port.parse()?, exchanges.parse()?))?;
    println!("SENT {sent}");
    Ok(())
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        tokio::spawn(awake());
        work.await
    })
}
