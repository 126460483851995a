/// What marks an id that was made here.
const MARK: &str = "_agw_";

/// Makes the ids of items for which the provider told none.
#[derive(Clone, Debug)]
pub(super) struct Ids {
    seed: String,
    next: u32,
}

// === impl Ids ===

impl Ids {
    pub(super) fn new(seed: &str) -> Self {
        // The client sends ids back: only what every provider takes in an id.
        let mut seed = seed.to_owned();
        seed.retain(|letter| letter.is_ascii_alphanumeric());
        seed.truncate(48);
        Self { seed, next: 0 }
    }

    /// An id of this kind, such as `msg`.
    pub(super) fn make(&mut self, kind: &str) -> String {
        let mut number = itoa::Buffer::new();
        let id = [kind, MARK, &self.seed, "_", number.format(self.next)].concat();
        self.next = self.next.saturating_add(1);
        id
    }
}

/// The id, unless it was made here.
pub(super) fn told(id: &str) -> Option<&str> {
    (!id.is_empty() && !id.contains(MARK)).then_some(id)
}

/// The kind of the item of a call.
pub(super) const fn of_call(is_custom: bool) -> &'static str {
    if is_custom { "ctc" } else { "fc" }
}

/// The kind of a reasoning item whose text the provider withholds.
pub(super) const REDACTED: &str = "rs_redacted";

/// Whether the id was made for a reasoning item whose text the provider withholds.
pub(super) fn is_redacted(id: &str) -> bool {
    id.strip_prefix(REDACTED)
        .is_some_and(|rest| rest.starts_with(MARK))
}
