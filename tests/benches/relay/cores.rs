//! Which core a child runs on, and how many files it may open.

use std::{env, process::Stdio, thread};

use anyhow::{Context, Result};
use tokio::process::Command;

use crate::ROLE;

/// Opens as many files as the system allows: a held stream is up to two sockets.
const RAISE: &str = r#"ulimit -n "$(ulimit -H -n)" || true; exec "$@""#;

/// Which core a child runs on, where that can be chosen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cores {
    pinned: bool,
}

impl Cores {
    /// Two cores and `taskset`, or none.
    pub(crate) fn find() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let works = |core| {
            let mut command = std::process::Command::new("taskset");
            command.args(["-c", core, "true"]).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        Self {
            pinned: cores >= 2 && works("0") && works("1"),
        }
    }

    pub(crate) const fn are_pinned(self) -> bool {
        self.pinned
    }

    /// This program in another role, alone on the core that is measured. `before` is a program
    /// that runs it, with its arguments.
    pub(crate) fn measured(self, before: &[&str], role: &[&str]) -> Result<Command> {
        self.command("0", before, role)
    }

    /// This program in another role, on the core of all that is not measured.
    pub(crate) fn beside(self, role: &[&str]) -> Result<Command> {
        self.command("1", &[], role)
    }

    fn command(self, core: &str, before: &[&str], role: &[&str]) -> Result<Command> {
        let own = env::current_exe().context("the path of this program")?;
        let mut command = Command::new("sh");
        command.args(["-c", RAISE, "sh"]);
        if self.pinned {
            command.args(["taskset", "-c", core]);
        }
        command.args(before).arg(own).arg(ROLE).args(role);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("OTEL_") {
                command.env_remove(name);
            }
        }
        Ok(command)
    }
}
