//! One case under valgrind: `--profile <target> <work> <requests> <folder>`.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use tokio::process::Command;

use crate::{
    AWAKE,
    cores::Cores,
    llm::Form,
    process::{Process, Server},
    spans,
    target::Target,
    work::Work,
};

/// Leaves `callgrind.out.1` in the folder: what the target did for so many requests once it was warm.
pub(crate) async fn run(args: &[&str]) -> Result<()> {
    let [target, work, requests, folder] = args else {
        bail!("a target, a case, a number of requests and a folder");
    };
    let target = Target::named(target).context("bare, layers, gateway, guarded or sampled")?;
    let work = Work::named(work).context("a case, such as json or llm-chat-to-messages-stream")?;
    ensure!(
        !matches!(target, Target::Direct | Target::Nginx) && work.form() != Form::Held,
        "a relay of our own, and a case that ends"
    );
    let cores = Cores::find();
    let mock = Server::start(cores.beside(&["mock", AWAKE])?).await?;
    let out = Path::new(folder).join("callgrind.out");
    let out = format!("--callgrind-out-file={}", out.display());
    let valgrind = ["valgrind", "--tool=callgrind", "-q", &out];
    let role = target.role(mock.port(0)?);
    let role: Vec<&str> = role.iter().map(String::as_str).collect();
    let mut command = cores.measured(&valgrind, &role)?;
    let _collector = match target {
        Target::Sampled => Some(spans::collector(cores, &mut command).await?),
        _ => None,
    };
    let server = Server::start(command).await?;
    let port = server.port(work.place())?.to_string();
    // Connections, pools and caches are there, and every path has been taken.
    send(cores, work, &port, "256").await?;
    control("--zero", server.pid).await?;
    send(cores, work, &port, requests).await?;
    control("--dump", server.pid).await?;
    server.process.end().await
}

async fn send(cores: Cores, work: Work, port: &str, requests: &str) -> Result<()> {
    let mut load = Process::start(cores.beside(&["send", work.name(), port, requests])?)?;
    load.said::<u64>("SENT").await?;
    load.end().await
}

async fn control(what: &str, pid: u32) -> Result<()> {
    let mut control = Command::new("callgrind_control");
    let said = control.args([what, &pid.to_string()]).output().await;
    let said = said.context("callgrind_control belongs to valgrind")?;
    ensure!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    Ok(())
}
