//! `docs/faults.md` says what the tests prove: it is made of their doc comments.
//!
//! A test that proves a row of the catalogue says so in a line of its own,
//! `Fault H07: what is expected.`, `Fault H02 (guard: hyper): …` where a dependency is the guard, or
//! `Fault H13 (part): …` where it proves less than the row asks. Scripts under `tests/` say it in a
//! comment. What no test proves yet stands in [`not_yet`] with its reason.

mod compare;
mod not_yet;
mod page;
mod scan;
