//! What a relay is allowed to cost. The table stands in docs/performance.md.

use crate::{
    llm::Form,
    table::{Row, Table},
    target::Target,
    work::Work,
};

/// nginx is the measure of the bare proxy: one that costs more than this many times as much for
/// JSON is no bare proxy, and nothing can be read beside it.
pub(crate) const VOID: f64 = 1.4;

/// The most that is allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Aim {
    /// Times the bare proxy.
    Ratio(f64),
    /// µs over the bare proxy.
    Added(f64),
    /// By itself, in the row's unit.
    Own(f64),
}

impl Aim {
    pub(crate) fn of(row: Row, target: Target) -> Option<Self> {
        let unary = match target {
            Target::Layers => 1.25,
            Target::Gateway => 1.6,
            Target::Guarded | Target::Sampled => 2.0,
            Target::Direct | Target::Bare | Target::Nginx => return None,
        };
        Some(match row {
            Row::Work(Work::A2a) if target == Target::Gateway => Self::Ratio(1.5),
            Row::Work(Work::Routed) if target == Target::Layers => Self::Ratio(1.3),
            Row::Work(Work::Json | Work::Mcp | Work::Routed | Work::A2a) => Self::Ratio(unary),
            Row::Work(Work::Burst) => Self::Ratio(0.25),
            Row::Work(Work::A2aStream) if target == Target::Gateway => Self::Ratio(0.3),
            Row::Work(Work::A2aBridged) if target == Target::Gateway => Self::Ratio(2.0),
            Row::Work(Work::A2aBridgedStream) if target == Target::Gateway => Self::Ratio(0.6),
            Row::Work(Work::A2aBridged | Work::A2aStream | Work::A2aBridgedStream) => return None,
            Row::Work(Work::Llm(_, Form::Whole)) if target == Target::Layers => Self::Ratio(1.5),
            // What the whole gateway may cost is named for calls that pass.
            Row::Work(Work::Llm(_, Form::Whole)) => return None,
            Row::Work(Work::Llm(_, Form::Stream)) => Self::Ratio(0.6),
            Row::Work(Work::Paced | Work::Llm(_, Form::Paced)) => Self::Ratio(1.1),
            Row::Work(Work::First | Work::Llm(_, Form::First)) => Self::Added(40.0),
            Row::Hold(..) | Row::Work(Work::Hold | Work::Llm(_, Form::Held)) => Self::Own(30.0),
            Row::Work(Work::OlderServer | Work::OlderClient) if target == Target::Gateway => {
                Self::Ratio(2.0)
            }
            Row::Work(Work::OlderServer | Work::OlderClient) => return None,
            Row::Idle if target == Target::Layers => return None,
            Row::Idle => Self::Own(20.0),
        })
    }

    /// Whether each pass met it.
    pub(crate) fn met(self, table: &Table, row: Row, target: Target) -> Vec<bool> {
        let (values, most) = match self {
            Self::Ratio(most) | Self::Added(most) => (table.beside_bare(row, target), most),
            Self::Own(most) => (table.values(row, target), most),
        };
        values.into_iter().map(|value| value <= most).collect()
    }

    pub(crate) fn text(self) -> String {
        match self {
            Self::Ratio(most) => format!("{most} ×"),
            Self::Added(most) => format!("+{most} µs"),
            Self::Own(most) => format!("{most}"),
        }
    }
}
