//! What a relay costs, against a bare proxy measured in the same run.
//!
//! `cargo bench -p agentgateway-tests --bench relay` prints Markdown; `tests/bench` runs it with all
//! that belongs to it. With `-- --quick`, and in `cargo test`, each case runs for a moment only, so
//! that the program cannot rot unseen.
//!
//! The processes are all this program, but for nginx: the one that was started asks the others and
//! prints; `mock` answers as a service would; `target` relays; `load` sends requests and reads how
//! much CPU the target used meanwhile; `collector` takes spans. Where there are two cores and
//! `taskset`, the target has one for itself. An answer that is not whole fails the run, and so does a
//! span that is missing; a full run whose bare proxy costs too much beside nginx is void, and fails.
#![expect(clippy::print_stdout, reason = "the numbers are the result")]

mod aims;
mod awake;
mod bench;
mod collector;
mod cores;
mod llm;
mod load;
mod mock;
mod payload;
mod plan;
mod process;
mod profile;
mod report;
mod server;
mod spans;
mod table;
mod target;
mod usage;
mod work;

use std::{
    env, io,
    process::{ExitCode, exit},
    thread,
};

use anyhow::{Result, bail};
use mimalloc::MiMalloc;

use crate::plan::Plan;

/// That of the gateway's program, for all that is measured.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// The first argument of a child.
const ROLE: &str = "--role";
/// The argument of a mock that never sleeps.
const AWAKE: &str = "awake";
/// The first argument of a run under a profiler.
const PROFILE: &str = "--profile";

fn main() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [ROLE, role, rest @ ..] => {
            act(role, rest)?;
            Ok(ExitCode::SUCCESS)
        }
        [PROFILE, rest @ .., "--bench"] | [PROFILE, rest @ ..] => {
            block_on(profile::run(rest))?;
            Ok(ExitCode::SUCCESS)
        }
        rest => {
            let plan = Plan::asked(rest)?;
            let report = block_on(bench::run(&plan))?;
            plan.publish(&report)?;
            Ok(if report.is_void() {
                ExitCode::FAILURE
            } else {
                ExitCode::SUCCESS
            })
        }
    }
}

/// A child's part.
fn act(role: &str, args: &[&str]) -> Result<()> {
    // These two read their input themselves.
    match role {
        "collector" => return collector::run(),
        "nginx" => return target::nginx::run(args),
        _ => end_with_stdin(),
    }
    match role {
        "mock" => mock::run(args == [AWAKE]),
        "target" => target::run(args),
        "load" => load::run(args),
        "send" => load::send(args),
        other => bail!("there is no role {other}"),
    }
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}

/// The parent holds the other end: a child ends when it does, however that ends.
fn end_with_stdin() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        exit(0);
    });
}
