//! What a relay costs, against a bare proxy measured in the same run.
//!
//! `cargo bench -p agentgateway-tests --bench relay` prints a Markdown table; with `-- --quick`, and
//! in `cargo test`, each case runs for a moment only, so that the program cannot rot unseen.
//!
//! Four kinds of processes, all of them this program: the one that was started asks the others and
//! prints; `mock` answers as a service would; `target` relays; `load` sends requests and reads how
//! much CPU the target used meanwhile. Where there are two cores and `taskset`, the target has one
//! for itself. Nothing is gated on a figure: an answer that is not whole is the only failure.
#![expect(clippy::print_stdout, reason = "the numbers are the result")]

mod load;
mod mock;
mod plan;
mod process;
mod table;
mod target;
mod work;

use std::{env, io, process::exit, thread};

use anyhow::{Context, Result, bail};

/// The first argument of a child.
const ROLE: &str = "--role";

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        [ROLE, role, rest @ ..] => {
            end_with_stdin();
            match *role {
                "mock" => mock::run(),
                "target" => target::run(rest),
                "load" => load::run(rest),
                other => bail!("there is no role {other}"),
            }
        }
        rest => {
            let quick = rest.contains(&"--quick") || !rest.contains(&"--bench");
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .context("a runtime")?;
            let report = runtime.block_on(plan::run(quick))?;
            print!("{report}");
            Ok(())
        }
    }
}

/// The parent holds the other end: a child ends when it does, however that ends.
fn end_with_stdin() {
    thread::spawn(|| {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        exit(0);
    });
}
