/// How a task stands.
///
/// # Source
/// A2A v1.0, `TaskState`; A2A v0.3, section 6.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskState {
    /// Taken up, not begun.
    Submitted,
    /// Being worked on.
    Working,
    /// Waits for more input: an interruption.
    InputRequired,
    /// Waits for a credential: an interruption.
    AuthRequired,
    /// Done.
    Completed,
    /// Canceled before it was done.
    Canceled,
    /// Failed.
    Failed,
    /// Not taken up.
    Rejected,
}

impl TaskState {
    /// Reads either spelling: `completed` (v0.3 over JSON-RPC) or `TASK_STATE_COMPLETED` (all else).
    ///
    /// `None` for `unknown`, `TASK_STATE_UNSPECIFIED` and what is not known here.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "submitted" | "TASK_STATE_SUBMITTED" => Self::Submitted,
            "working" | "TASK_STATE_WORKING" => Self::Working,
            "input-required" | "TASK_STATE_INPUT_REQUIRED" => Self::InputRequired,
            "auth-required" | "TASK_STATE_AUTH_REQUIRED" => Self::AuthRequired,
            "completed" | "TASK_STATE_COMPLETED" => Self::Completed,
            // v0.3 writes the long form with two l.
            "canceled" | "TASK_STATE_CANCELED" | "TASK_STATE_CANCELLED" => Self::Canceled,
            "failed" | "TASK_STATE_FAILED" => Self::Failed,
            "rejected" | "TASK_STATE_REJECTED" => Self::Rejected,
            _ => return None,
        })
    }

    /// The name of v1.0, such as `TASK_STATE_COMPLETED`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "TASK_STATE_SUBMITTED",
            Self::Working => "TASK_STATE_WORKING",
            Self::InputRequired => "TASK_STATE_INPUT_REQUIRED",
            Self::AuthRequired => "TASK_STATE_AUTH_REQUIRED",
            Self::Completed => "TASK_STATE_COMPLETED",
            Self::Canceled => "TASK_STATE_CANCELED",
            Self::Failed => "TASK_STATE_FAILED",
            Self::Rejected => "TASK_STATE_REJECTED",
        }
    }

    /// The task will not change any more: its stream ends here.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Canceled | Self::Failed | Self::Rejected
        )
    }

    /// The task waits for the client: its stream may end here.
    #[must_use]
    pub const fn is_interrupted(self) -> bool {
        matches!(self, Self::InputRequired | Self::AuthRequired)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fault A21 (part): methods and paths of both versions in any spelling; what is unknown passes to the agent.
    #[test]
    fn reads_both_spellings() {
        for (short, state) in [
            ("submitted", TaskState::Submitted),
            ("working", TaskState::Working),
            ("input-required", TaskState::InputRequired),
            ("auth-required", TaskState::AuthRequired),
            ("completed", TaskState::Completed),
            ("canceled", TaskState::Canceled),
            ("failed", TaskState::Failed),
            ("rejected", TaskState::Rejected),
        ] {
            assert_eq!(TaskState::parse(short), Some(state));
            assert_eq!(TaskState::parse(state.as_str()), Some(state));
            assert!(!(state.is_terminal() && state.is_interrupted()));
        }
        assert_eq!(
            TaskState::parse("TASK_STATE_CANCELLED"),
            Some(TaskState::Canceled)
        );
        assert_eq!(TaskState::parse("unknown"), None);
        assert_eq!(TaskState::parse("TASK_STATE_UNSPECIFIED"), None);
    }
}
