use agentgateway_core::json::{self, Raw, Splice};
use bytes::Bytes;

/// The value at the end of these names of members; `None` where it is not there, or not sure to be it.
pub(super) fn at<'a>(text: &'a Bytes, path: &[&str]) -> Option<Raw<'a>> {
    let (first, rest) = path.split_first()?;
    let [found] = json::members(text, [*first]).ok()?;
    rest.iter().try_fold(found?, |object, key| {
        let [found] = json::members_of(object, [*key]).ok()?;
        found
    })
}

/// The same text with another value there.
pub(super) fn replaced(text: &Bytes, path: &[&str], with: Bytes) -> Option<Bytes> {
    let splice = Splice::new(text.clone()).replace_value(at(text, path)?, with);
    splice.finish().ok().map(json::Pieces::into_bytes)
}

/// The minted number that this value is.
pub(super) fn minted(raw: &[u8]) -> Option<u64> {
    std::str::from_utf8(raw).ok()?.parse().ok()
}
