use bytes::Bytes;

/// How far a client has read the lists of all targets.
///
/// It is sealed: one line tells the scope of the pages before, and one for each target that has more tells its
/// cursor, as it was written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    /// A page before was for this caller alone, so all are.
    pub(super) private: bool,
    pub(super) more: Vec<(String, Bytes)>,
}

const PRIVATE: &str = "private";
const PUBLIC: &str = "public";

impl Cursor {
    /// A cursor is a JSON string and a target's name has no space, so no line end and no space is within.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut text = Vec::from(if self.private { PRIVATE } else { PUBLIC });
        for (target, cursor) in &self.more {
            text.push(b'\n');
            text.extend_from_slice(target.as_bytes());
            text.push(b' ');
            text.extend_from_slice(cursor);
        }
        text
    }

    pub(super) fn decode(text: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(text).ok()?;
        let mut lines = text.split('\n');
        let private = match lines.next()? {
            PRIVATE => true,
            PUBLIC => false,
            _ => return None,
        };
        let more = lines.map(|line| {
            let (target, cursor) = line.split_once(' ')?;
            Some((target.to_owned(), Bytes::copy_from_slice(cursor.as_bytes())))
        });
        let more = more.collect::<Option<_>>()?;
        Some(Self { private, more })
    }
}

#[cfg(test)]
mod tests {
    use agentgateway_core::json;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            private: bool,
            more in prop::collection::vec(("[a-z0-9.-]{1,9}", any::<String>()), 0..5),
        ) {
            let more = more.into_iter().map(|(target, text)| (target, json::quote(&text).into()));
            let cursor = Cursor { private, more: more.collect() };
            prop_assert_eq!(Cursor::decode(cursor.encode()), Some(cursor));
        }
    }
}
