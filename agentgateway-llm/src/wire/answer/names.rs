use crate::wire::scan::Name;

/// The names that are searched for in the events of streams.
///
/// The searchers are large, and making them is work: one of each serves all streams of a layer.
#[derive(Debug)]
pub(crate) struct Names {
    /// What a chunk of a chat must tell to be worth parsing.
    pub(super) of_chat: [Name; 3],
    /// The number of an event (Responses).
    pub(super) sequence: Name,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            of_chat: ["\"usage\"", "\"finish_reason\"", "\"error\""].map(Name::new),
            sequence: Name::new("\"sequence_number\""),
        }
    }
}
