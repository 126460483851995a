//! What a search looks at, counted for the tests that bound it.

use std::cell::Cell;

thread_local! {
    static STEPS: Cell<usize> = const { Cell::new(0) };
}

/// A match, a node or a name is looked at.
pub(super) fn one() {
    STEPS.set(STEPS.get() + 1);
}

/// How many steps it takes.
pub(super) fn of<T>(search: impl FnOnce() -> T) -> (usize, T) {
    STEPS.set(0);
    let found = search();
    (STEPS.get(), found)
}
