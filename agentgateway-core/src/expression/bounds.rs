//! What an evaluation can cost at most, worked out from the tree alone.

use super::{claim::MAX_ITEMS, json::MAX_VALUES};

/// The most steps of one evaluation.
const MAX_STEPS: u64 = 20_000;

/// The largest value that an evaluation may build, in bytes.
const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// What a variable of the request can weigh, in bytes: heads are bounded below it.
const VARIABLE_BYTES: u64 = 64 * 1024;

/// What reading a text in JSON costs, in steps: a body of a MiB takes some milliseconds.
const JSON_STEPS: u64 = 2_000;

/// Upper bounds of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    /// Steps of its evaluation.
    pub(super) steps: u64,
    /// The size of its value in bytes.
    pub(super) bytes: u64,
    /// The items of its value, if it is a list or a map.
    pub(super) items: u64,
}

impl Bound {
    /// A literal of so many bytes.
    pub(super) const fn literal(bytes: u64) -> Self {
        Self {
            steps: 1,
            bytes,
            items: 0,
        }
    }

    /// A variable of the request.
    pub(super) const fn variable() -> Self {
        Self::literal(VARIABLE_BYTES)
    }

    /// A list, a map or a call of these.
    pub(super) fn sum(parts: &[Self]) -> Self {
        let mut sum = Self {
            steps: 1,
            bytes: 16,
            items: 0,
        };
        for part in parts {
            sum.steps = sum.steps.saturating_add(part.steps);
            sum.bytes = sum.bytes.saturating_add(part.bytes);
            sum.items = sum.items.saturating_add(part.items);
        }
        sum
    }

    /// This node holds so many items itself.
    pub(super) const fn holding(mut self, items: u64) -> Self {
        self.items = items;
        self
    }

    /// What a text of this bound says in JSON. Reading it is worth many steps.
    pub(super) const fn of_json(self) -> Self {
        Self {
            steps: self.steps.saturating_add(JSON_STEPS),
            bytes: self.bytes.saturating_add(64 * MAX_VALUES as u64),
            items: MAX_ITEMS as u64,
        }
    }

    /// A loop over `range`: `step` is what each round costs and adds.
    pub(super) fn rounds(range: Self, step: Self, rest: Self) -> Self {
        let rounds = range.items.max(1);
        Self {
            steps: range
                .steps
                .saturating_add(rounds.saturating_mul(step.steps))
                .saturating_add(rest.steps),
            bytes: rounds.saturating_mul(step.bytes).saturating_add(rest.bytes),
            items: rounds,
        }
    }

    /// What is too much about it.
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.steps > MAX_STEPS {
            Some("the expression could take too many steps")
        } else if self.bytes > MAX_BYTES {
            Some("the expression could build too large a value")
        } else {
            None
        }
    }
}
