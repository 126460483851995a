//! What the system says of processes, of itself, and of its limits.

use std::{fs, time::Duration};

use anyhow::{Context, Result};

/// Clock ticks of `/proc` in a second: a constant of the system's interface.
const TICKS_PER_SECOND: u64 = 100;

/// The CPU that a process and all below it have used, user and system, all of their threads.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    let ticks: u64 = tree(pid)?.iter().map(|process| process.ticks).sum();
    Ok(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
}

/// The memory of a process and all below it that is in RAM, in KiB.
///
/// # Source
/// proc_pid_status(5), `VmRSS`.
pub(crate) fn resident_kib(pid: u32) -> Result<u64> {
    let mut sum = 0;
    for process in tree(pid)? {
        let status = fs::read_to_string(format!("/proc/{}/status", process.pid))
            .context("the target is gone")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        sum += kib.context("VmRSS")?.parse::<u64>()?;
    }
    Ok(sum)
}

/// How many processes wanted to run in the last minute, on average.
///
/// # Source
/// proc_loadavg(5).
pub(crate) fn busy() -> Option<f64> {
    let said = fs::read_to_string("/proc/loadavg").ok()?;
    said.split_whitespace().next()?.parse().ok()
}

/// How many files a process may open at most, its sockets among them.
///
/// # Source
/// proc_pid_limits(5).
pub(crate) fn open_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[derive(Debug)]
struct Process {
    pid: u32,
    parent: u32,
    ticks: u64,
}

impl Process {
    /// # Source
    /// proc_pid_stat(5), fields 4 (ppid), 14 (utime) and 15 (stime).
    fn read(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // The name stands in brackets, and may hold anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        let field = |number: usize| fields.get(number - 3).copied();
        let ticks = |number| field(number)?.parse::<u64>().ok();
        Some(Self {
            pid,
            parent: field(4)?.parse().ok()?,
            ticks: ticks(14)? + ticks(15)?,
        })
    }
}

/// The process itself, and all that it and its children have started.
fn tree(root: u32) -> Result<Vec<Process>> {
    let entries = fs::read_dir("/proc")?.flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut others: Vec<Process> = pids.filter_map(Process::read).collect();
    let mut found: Vec<Process> = others
        .extract_if(.., |process| process.pid == root)
        .collect();
    let mut next = 0;
    while let Some(pid) = found.get(next).map(|process| process.pid) {
        found.extend(others.extract_if(.., |process| process.parent == pid));
        next += 1;
    }
    anyhow::ensure!(!found.is_empty(), "the target is gone");
    Ok(found)
}
