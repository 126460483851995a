use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use tokio::{
    process::Child,
    signal::unix::{SignalKind, signal},
    time::sleep,
};

/// How often a process is looked at where the system tells of no ends.
const LOOK: Duration = Duration::from_millis(100);

/// The group of a process that was started as the leader of one, until it has been waited for.
///
/// As long as nobody has waited for the leader, its number is its own, so that no other group can be meant.
/// Dropped before that, the group is killed.
#[derive(Debug)]
pub(super) struct Group(Option<Pid>);

impl Group {
    pub(super) fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|pid| i32::try_from(pid).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    pub(super) fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Kills whoever is left, before the leader is waited for.
    pub(super) fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.0 = None;
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.0 {
            // It fails where none is left.
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Waits until the leader has ended, without waiting for it in the sense of the system.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub(super) async fn leader_ended(&self) {
        let mut ends = signal(SignalKind::child()).ok();
        while !self.has_ended() {
            match &mut ends {
                Some(ends) => {
                    ends.recv().await;
                }
                None => sleep(LOOK).await,
            }
        }
    }

    fn has_ended(&self) -> bool {
        let Some(pid) = self.0 else {
            return true;
        };
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        !matches!(waitid(WaitId::Pid(pid), look), Ok(None))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
    }
}
