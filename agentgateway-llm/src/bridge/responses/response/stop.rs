use super::super::super::{Loss, LossReport, form::StopReason};

/// Why the model stopped, by the answer's status and what it holds. `None`: the answer is not complete, or failed.
pub(in super::super) fn stop_of(
    status: Option<&str>,
    reason: Option<&str>,
    called: bool,
) -> Option<StopReason> {
    match status {
        // Some who speak the dialect leave it out.
        Some("completed") | None => Some(if called {
            StopReason::ToolUse
        } else {
            StopReason::EndTurn
        }),
        Some("incomplete") => Some(match reason {
            Some("max_output_tokens") => StopReason::MaxTokens,
            Some("content_filter") => StopReason::Filtered(reason.map(str::to_owned)),
            Some(word) => StopReason::Other(word.to_owned()),
            None => StopReason::Other("incomplete".to_owned()),
        }),
        Some(_) => None,
    }
}

/// How an answer of this dialect ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Ending {
    Completed,
    /// With this reason.
    Incomplete(&'static str),
    /// What the model wrote cannot be used.
    Failed,
}

// === impl Ending ===

impl Ending {
    /// The ending that says why the model stopped. `refused`: the answer has the refusal in words.
    pub(in super::super) fn of(
        reason: &StopReason,
        refused: bool,
        losses: &mut LossReport,
    ) -> Self {
        let (ending, is_less) = match reason {
            StopReason::EndTurn | StopReason::ToolUse | StopReason::StopSequence(None) => {
                (Self::Completed, false)
            }
            StopReason::MaxTokens => (Self::Incomplete("max_output_tokens"), false),
            StopReason::ContextFull => (Self::Incomplete("max_output_tokens"), true),
            StopReason::Filtered(_) if refused => (Self::Completed, false),
            StopReason::Filtered(word) => {
                let is_less = word.as_deref().is_some_and(|word| word != "content_filter");
                (Self::Incomplete("content_filter"), is_less)
            }
            StopReason::Malformed(_) => (Self::Failed, false),
            StopReason::StopSequence(Some(_)) | StopReason::Pause | StopReason::Other(_) => {
                (Self::Completed, true)
            }
        };
        if is_less {
            losses.add(Loss::StopReason);
        }
        ending
    }

    pub(in super::super) const fn status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) => "incomplete",
            Self::Failed => "failed",
        }
    }

    /// The word for reports; `None` where an error is told in its place.
    pub(super) const fn finish_reason(self) -> Option<&'static str> {
        match self {
            Self::Completed => Some(self.status()),
            Self::Incomplete(reason) => Some(reason),
            Self::Failed => None,
        }
    }

    /// The status of the item that the answer ends in.
    pub(in super::super) const fn item_status(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Incomplete(_) | Self::Failed => "incomplete",
        }
    }
}
