//! What was measured.

use crate::{llm::Form, target::Target, work::Work};

/// What is measured of each target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Work(Work),
    /// Memory with so many streams open.
    Hold(Work, u64),
    /// Memory before the first request.
    Idle,
}

impl Row {
    /// The rows in their order.
    pub(crate) fn all(held: impl Iterator<Item = (Work, u64)>) -> Vec<Self> {
        let works = [
            Work::Json,
            Work::Mcp,
            Work::Routed,
            Work::OlderServer,
            Work::OlderClient,
            Work::A2a,
            Work::A2aStream,
            Work::A2aBridged,
            Work::A2aBridgedStream,
            Work::Burst,
            Work::Paced,
            Work::First,
        ];
        let works = works.into_iter().chain(Work::translated());
        works
            .map(Self::Work)
            .chain(held.map(|(work, streams)| Self::Hold(work, streams)))
            .chain([Self::Idle])
            .collect()
    }

    /// What it is, in which unit.
    pub(crate) fn title(self) -> String {
        match self {
            Self::Work(work) => work.title(),
            Self::Hold(work, streams) => format!("{}, of {streams}", work.title()),
            Self::Idle => "idle, MiB".to_owned(),
        }
    }

    /// How many digits behind the point say something.
    pub(crate) const fn digits(self) -> usize {
        match self {
            Self::Work(Work::Burst | Work::Paced | Work::Llm(_, Form::Stream | Form::Paced)) => 2,
            Self::Work(work) if matches!(work.form(), Form::First) => 0,
            _ => 1,
        }
    }
}

/// A value for each pass.
#[derive(Debug, Default)]
pub(crate) struct Table(Vec<(Row, Target, f64)>);

impl Table {
    pub(crate) fn add(&mut self, row: Row, target: Target, value: f64) {
        self.0.push((row, target, value));
    }

    pub(crate) fn values(&self, row: Row, target: Target) -> Vec<f64> {
        let own = self.0.iter();
        own.filter(|(of, by, _)| (*of, *by) == (row, target))
            .map(|(_, _, value)| *value)
            .collect()
    }

    /// The rows that have a value.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let held = self.0.iter().filter_map(|(row, _, _)| match row {
            Row::Hold(work, streams) => Some((*work, *streams)),
            _ => None,
        });
        let mut held: Vec<_> = held.collect();
        held.sort_by_key(|(work, streams)| (work.name(), *streams));
        held.dedup();
        let mut rows = Row::all(held.into_iter());
        rows.retain(|row| self.0.iter().any(|(of, ..)| of == row));
        rows
    }

    /// What a target adds to the bare proxy in each pass: a ratio, or µs to the first byte.
    pub(crate) fn beside_bare(&self, row: Row, target: Target) -> Vec<f64> {
        let bare = self.values(row, Target::Bare);
        let own = self.values(row, target);
        let pairs = own.into_iter().zip(bare);
        pairs
            .map(|(own, bare)| match row {
                Row::Work(work) if work.form() == Form::First => own - bare,
                _ => own / bare,
            })
            .collect()
    }
}

/// How far the values lie apart, as a part of the least.
pub(crate) fn spread(values: &[f64]) -> f64 {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (most - least) / least
}
