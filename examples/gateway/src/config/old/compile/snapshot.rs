//! The whole compilation.

use super::{listeners, routes};
use crate::config::old::model::Kind;
use crate::config::old::{Problem, Report, Snapshot, Store};

/// Compiles a store. Pure, and the same for the same objects in any order of files and documents.
///
/// The snapshot is to be used only when the report is empty; otherwise what could not be compiled
/// is missing from it. Objects that could not be decoded are missing without a word here, since
/// their decoding has said why.
#[must_use]
pub fn compile(store: &Store) -> (Snapshot, Report) {
    let mut problems = Vec::new();
    if store.all(Kind::Gateway).next().is_none() {
        problems.push(Problem::whole(
            "there is no Gateway, so there is nothing to listen on",
        ));
    }
    let mut listeners = listeners::listeners(store, &mut problems);
    routes::attach_all(store, &mut listeners, &mut problems);
    let listeners = listeners.into_iter().map(routes::Open::close).collect();
    (Snapshot { listeners }, Report::new(problems))
}
