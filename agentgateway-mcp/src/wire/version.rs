use std::{borrow::Cow, fmt};

/// A revision of MCP as a peer names it, such as `2025-11-25`.
///
/// One that is spoken here is kept and cloned without an allocation.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ProtocolVersion(Cow<'static, str>);

/// Which of the two protocols a revision is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the specification knows these two")]
pub enum Era {
    /// Up to 2025-11-25: a handshake, sessions, requests in both directions.
    Legacy,
    /// From 2026-07-28 on: each request stands alone.
    Modern,
}

/// The first revision of [`Era::Modern`].
const FIRST_MODERN: &str = "2026-07-28";

/// The longest name that is kept; the rest of a longer one is cut off.
const MAX_BYTES: usize = 32;

impl ProtocolVersion {
    /// The revisions that are spoken here, the newest first.
    pub const SPOKEN: [&'static str; 5] = [
        Self::LATEST,
        Self::LATEST_LEGACY,
        "2025-06-18",
        "2025-03-26",
        "2024-11-05",
    ];
    /// The newest revision.
    pub const LATEST: &'static str = "2026-07-28";
    /// The newest one of [`Era::Legacy`].
    pub const LATEST_LEGACY: &'static str = "2025-11-25";

    /// The revision of this name. A name that no revision could have (over 32 bytes) is cut.
    #[must_use]
    pub fn new(name: &str) -> Self {
        if let Some(known) = Self::SPOKEN.into_iter().find(|known| *known == name) {
            return Self(Cow::Borrowed(known));
        }
        let mut end = name.len().min(MAX_BYTES);
        while !name.is_char_boundary(end) {
            end -= 1;
        }
        Self(name.get(..end).unwrap_or_default().to_owned().into())
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which protocol it is. A name that is no date is taken for [`Era::Legacy`].
    #[must_use]
    pub fn era(&self) -> Era {
        if is_date(&self.0) && *self.0 >= *FIRST_MODERN {
            Era::Modern
        } else {
            Era::Legacy
        }
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProtocolVersion({:?})", self.0)
    }
}

fn is_date(name: &str) -> bool {
    name.len() == FIRST_MODERN.len()
        && name.bytes().zip(FIRST_MODERN.bytes()).all(|(byte, form)| {
            (form == b'-') == (byte == b'-') && byte.is_ascii_digit() == (form != b'-')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_from_the_first_modern_one_on_are_modern() {
        for (name, era) in [
            ("2024-11-05", Era::Legacy),
            ("2025-11-25", Era::Legacy),
            ("2026-07-27", Era::Legacy),
            ("2026-07-28", Era::Modern),
            ("2027-01-01", Era::Modern),
            ("9", Era::Legacy),
            ("draft", Era::Legacy),
            ("2026-07-28x", Era::Legacy),
            ("", Era::Legacy),
        ] {
            assert_eq!(ProtocolVersion::new(name).era(), era, "{name}");
        }
    }

    #[test]
    fn long_names_are_cut_between_characters() {
        let version = ProtocolVersion::new(&format!("{}ü", "x".repeat(31)));
        assert_eq!(version.as_str(), "x".repeat(31));
    }
}
