use std::{path::Path, process::Stdio, time::Duration};

use tokio::{process::Command, time::timeout};

/// A client takes 20 s for a check at most; this bounds all of its checks.
const LIMIT: Duration = Duration::from_secs(180);

/// Runs a script of `tests/clients` and fails with all that it said unless each check passed.
pub async fn run_client(program: impl AsRef<Path>, script: &str, arguments: &[&str]) {
    let run = Command::new(program.as_ref())
        .arg(crate::here().join("clients").join(script))
        .args(arguments)
        .current_dir(crate::here())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(LIMIT, run)
        .await
        .expect("the client ends in time")
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let checks = said
        .lines()
        .filter(|line| line.contains("\"ok\": true"))
        .count()
        + said
            .lines()
            .filter(|line| line.contains("\"ok\":true"))
            .count();
    assert!(
        output.status.success() && checks > 0,
        "{script} {arguments:?} failed:\n{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    println!("{script}: {checks} checks passed");
}
