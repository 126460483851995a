use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

/// Something that a version has no place for, and that a conversion therefore leaves out or says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// `tenant`: v0.3 has none.
    Tenant,
    /// `metadata` of a request that has no such member in the other version.
    RequestMetadata,
    /// `pageSize`, `pageToken` or `nextPageToken` of push configurations: v0.3 over JSON-RPC has none.
    Paging,
    /// `taskId` of a push configuration inside a message's configuration: v0.3 has none.
    PushTaskId,
    /// All authentication schemes of a push configuration but the first: v1.0 has one.
    PushSchemes,
    /// `mediaType` or `filename` of a part that is no file: v0.3 has none.
    PartDetails,
    /// `referenceTaskIds` of a message: the v0.3 protobuf has none.
    ReferenceTaskIds,
    /// A state that the other version does not know; it is said to be unknown.
    State,
    /// A role that is neither user nor agent; v0.3 over JSON-RPC knows no third.
    Role,
    /// A time of a status that is no timestamp in the form that v1.0 asks for.
    Timestamp,
    /// A member that its version does not know, under a name that means something in the other one.
    Clash,
    /// `data_part_compat` in the metadata of a data part: the bridge marks parts with it.
    DataPartCompat,
    /// An event of a kind that is not known.
    UnknownEvent,
    /// Members beside the payload of an answer or an event: v0.3 over JSON-RPC has only the payload.
    BesidePayload,
    /// Further events behind a stream's message: v1.0 allows one message and nothing else. They pass.
    EventOrder,
    /// A member that the protobuf does not have: gRPC cannot carry it.
    UnknownMember,
    /// Digits of a number that no double holds: gRPC cannot carry them.
    Precision,
    /// The name of an enumeration's value that the protobuf does not have.
    EnumName,
    /// The rest of a task of which only a change was pushed: v0.3 pushes whole tasks.
    PushedTask,
}

impl Loss {
    /// Each of them, in the order of the documentation.
    pub const ALL: [Self; 19] = [
        Self::Tenant,
        Self::RequestMetadata,
        Self::Paging,
        Self::PushTaskId,
        Self::PushSchemes,
        Self::PartDetails,
        Self::ReferenceTaskIds,
        Self::State,
        Self::Role,
        Self::Timestamp,
        Self::Clash,
        Self::DataPartCompat,
        Self::UnknownEvent,
        Self::BesidePayload,
        Self::EventOrder,
        Self::UnknownMember,
        Self::Precision,
        Self::EnumName,
        Self::PushedTask,
    ];

    /// A short stable name, for logs, spans and metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::RequestMetadata => "request_metadata",
            Self::Paging => "paging",
            Self::PushTaskId => "push_task_id",
            Self::PushSchemes => "push_schemes",
            Self::PartDetails => "part_details",
            Self::ReferenceTaskIds => "reference_task_ids",
            Self::State => "state",
            Self::Role => "role",
            Self::Timestamp => "timestamp",
            Self::Clash => "clash",
            Self::DataPartCompat => "data_part_compat",
            Self::UnknownEvent => "unknown_event",
            Self::BesidePayload => "beside_payload",
            Self::EventOrder => "event_order",
            Self::UnknownMember => "unknown_member",
            Self::Precision => "precision",
            Self::EnumName => "enum_name",
            Self::PushedTask => "pushed_task",
        }
    }

    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What conversions could not carry: each [`Loss`] once, however often it happened.
///
/// It holds no word of the messages, so it may be logged.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct LossReport(u32);

// === impl LossReport ===

impl LossReport {
    /// A report of nothing lost.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// Whether nothing was lost.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// Whether this was lost.
    #[must_use]
    pub const fn has(&self, loss: Loss) -> bool {
        self.0 & loss.bit() != 0
    }

    /// What was lost, in the order of [`Loss::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = Loss> + use<> {
        let report = *self;
        Loss::ALL.into_iter().filter(move |loss| report.has(*loss))
    }

    /// Notes a loss.
    pub const fn add(&mut self, loss: Loss) {
        self.0 |= loss.bit();
    }

    /// Notes what a message of protobuf could not carry.
    #[cfg(feature = "grpc")]
    pub(crate) fn add_grpc(&mut self, carried: &crate::wire::grpc::Carried) {
        for lost in &carried.lost {
            self.add(match *lost {
                "unknown member" => Loss::UnknownMember,
                "precision of a number" => Loss::Precision,
                _ => Loss::EnumName,
            });
        }
    }

    /// Takes up what another report holds.
    pub const fn merge(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// What is lost in a stream while it passes, in its answer's extensions: its head is gone before. Clones tell
/// the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamLosses(Arc<AtomicU32>);

// === impl StreamLosses ===

impl StreamLosses {
    pub(crate) fn merge(&self, report: LossReport) {
        if !report.is_empty() {
            self.0.fetch_or(report.0, Relaxed);
        }
    }

    /// What was lost so far.
    pub(crate) fn report(&self) -> LossReport {
        LossReport(self.0.load(Relaxed))
    }
}

impl fmt::Debug for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The names of what was lost, with commas between them; `nothing` for none.
impl fmt::Display for LossReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (at, loss) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{loss}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn tells_each_loss_once_and_in_order() {
        let mut report = LossReport::new();
        assert!(report.is_empty());
        assert_eq!(report.to_string(), "nothing");
        report.add(Loss::PushedTask);
        report.add(Loss::Tenant);
        report.add(Loss::Tenant);
        let mut other = LossReport::new();
        other.add(Loss::State);
        report.merge(other);
        assert_eq!(report.to_string(), "tenant, state, pushed_task");
        assert!(report.has(Loss::State) && !report.has(Loss::Role));
        assert_eq!(format!("{report:?}"), "{Tenant, State, PushedTask}");
    }

    #[test]
    fn every_loss_has_a_bit_of_its_own() {
        let mut all = LossReport::new();
        for loss in Loss::ALL {
            assert!(!all.has(loss), "{loss}");
            all.add(loss);
        }
        assert_eq!(all.iter().count(), Loss::ALL.len());
    }

    #[test]
    fn the_documentation_lists_every_loss() {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/a2a-losses.md");
        let Ok(page) = fs::read_to_string(&page) else {
            println!("skipped: {} is not there", page.display());
            return;
        };
        for loss in Loss::ALL {
            assert!(page.contains(&format!("| `{loss}` |")), "{loss}");
        }
    }
}
