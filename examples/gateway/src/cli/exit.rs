use std::process::ExitCode;

/// How a command ended, as its exit status tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the four statuses that are documented"
)]
pub enum Exit {
    /// 0: all is well.
    Fine,
    /// 1: faults were found, or what was asked about does not hold.
    Faults,
    /// 2: the command could not be carried out: wrong arguments, a file that cannot be read, an
    /// address that cannot be had.
    Unable,
    /// 3: nobody answered, or not in time.
    Unreached,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Faults => 1,
            Self::Unable => 2,
            Self::Unreached => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
