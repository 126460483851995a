use std::{error::Error as StdError, fmt};

/// Why bytes are no frame. Nothing behind them can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// The lengths are not what their sum says.
    PreludeSum,
    /// The frame is not what its sum says.
    Sum,
    /// The lengths do not fit into each other.
    Length,
    /// The frame, or its headers, are over the limit.
    TooLarge,
    /// A header breaks off, or has an unknown type or a text that is no UTF-8.
    Header,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PreludeSum => "the checksum of a frame's lengths is wrong",
            Self::Sum => "the checksum of a frame is wrong",
            Self::Length => "the lengths of a frame do not fit into each other",
            Self::TooLarge => "a frame is over the limit of 16 MiB, or its headers of 128 KiB",
            Self::Header => "a header of a frame cannot be read",
        })
    }
}

impl StdError for FrameError {}
