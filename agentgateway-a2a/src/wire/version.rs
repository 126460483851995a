/// The protocol version that a call is written in.
///
/// Versions 0.2.x have the names of 0.3 and are taken for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum A2aVersion {
    /// 0.3, and 0.2.x before it.
    V0_3,
    /// 1.0.
    V1_0,
    /// A version that is not known here. Such calls pass; the agent judges them.
    Unknown,
}

impl A2aVersion {
    /// Reads the value of `A2A-Version`: `Major.Minor`, where empty means 0.3.
    ///
    /// A patch number is ignored.
    ///
    /// # Source
    /// A2A v1.0, section 3.6 (versioning).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut numbers = text.trim().split('.');
        match (numbers.next(), numbers.next()) {
            (Some(""), None) | (Some("0"), Some("2" | "3")) => Self::V0_3,
            (Some("1"), None | Some("0")) => Self::V1_0,
            _ => Self::Unknown,
        }
    }

    /// `0.3`, `1.0` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V0_3 => "0.3",
            Self::V1_0 => "1.0",
            Self::Unknown => "unknown",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_major_and_minor() {
        for (text, expected) in [
            ("", A2aVersion::V0_3),
            (" ", A2aVersion::V0_3),
            ("0.3", A2aVersion::V0_3),
            ("0.3.0", A2aVersion::V0_3),
            ("0.2.6", A2aVersion::V0_3),
            ("1.0", A2aVersion::V1_0),
            ("1.0.1", A2aVersion::V1_0),
            ("1", A2aVersion::V1_0),
            ("1.1", A2aVersion::Unknown),
            ("99", A2aVersion::Unknown),
            ("one", A2aVersion::Unknown),
        ] {
            assert_eq!(A2aVersion::parse(text), expected, "{text:?}");
        }
    }
}
