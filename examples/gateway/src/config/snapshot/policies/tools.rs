use std::{fmt, time::Duration};

/// What calls of some tools may take. In the name `*` stands for any run of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "the fields of the resource")]
pub struct ToolLimit {
    /// The tools, as clients name them.
    pub tool: String,
    /// How many calls may begin in a minute.
    pub per_minute: Option<u32>,
    /// How many calls may be under way at once.
    pub at_once: Option<usize>,
    /// How long a call may take.
    pub timeout: Option<Duration>,
    /// How large an answer may be.
    pub max_result_bytes: Option<usize>,
}

impl fmt::Display for ToolLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [
            self.per_minute
                .map(|calls| format!("{calls} calls a minute")),
            self.at_once.map(|calls| format!("{calls} calls at once")),
            self.timeout.map(|time| format!("{time:?} for a call")),
            self.max_result_bytes
                .map(|bytes| format!("{bytes} bytes of an answer")),
        ];
        let all: Vec<_> = all.into_iter().flatten().collect();
        write!(f, "the tool {} has at most {}", self.tool, all.join(", "))
    }
}
