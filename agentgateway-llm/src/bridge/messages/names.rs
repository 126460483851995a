//! Names of tools and ids of calls as the dialect takes them.

use std::{borrow::Cow, fmt::Write as _};

use super::super::names::{NameRule, is_plain, is_plain_name, plain};

/// # Source
/// Anthropic API, Define tools: names match `^[a-zA-Z0-9_-]{1,128}$`.
pub(super) const NAMES: NameRule = NameRule {
    max_bytes: 128,
    fits: |name| is_plain_name(name, 128),
    mend: |name| plain(name, 128),
};

/// The id of a call as the dialect takes it. Two ids stay two.
pub(super) fn call_id(id: &str) -> Cow<'_, str> {
    if !id.is_empty() && id.bytes().all(is_plain) {
        return Cow::Borrowed(id);
    }
    let mut plain = String::from("_");
    for byte in id.bytes() {
        if is_plain(byte) && byte != b'_' {
            plain.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(plain, "_{byte:02x}");
        }
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_that_are_not_taken_are_spelled_otherwise_and_stay_apart() {
        assert_eq!(call_id("toolu_1"), "toolu_1");
        let odd = ["f:0", "f.0", "f_0:", "", "é"];
        let written: BTreeSet<_> = odd.iter().map(|id| call_id(id)).collect();
        assert_eq!(written.len(), odd.len());
        assert!(written.iter().all(|id| id.bytes().all(is_plain)));
        assert_eq!(call_id("functions.f:0"), "_functions_2ef_3a0");
    }
}
