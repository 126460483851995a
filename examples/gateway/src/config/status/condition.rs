//! Conditions with their times.

use serde::Serialize;

use super::Timestamp;
use crate::config::compile::{Claim, State};

/// A condition as Kubernetes writes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Condition {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Whether it holds.
    pub status: State,
    /// Why, in one word.
    pub reason: &'static str,
    /// Why, in a sentence.
    pub message: String,
    /// The generation of the object that was judged.
    pub observed_generation: i64,
    /// When the status became what it is.
    pub last_transition_time: Timestamp,
}

/// The longest message that the API takes, in bytes.
const MAX_MESSAGE: usize = 32_768;

/// Conditions of these claims, with the times of the last ones where the status is the same.
///
/// A condition that was judged by a later generation stays as it was.
pub(super) fn conditions<'a>(
    claims: impl IntoIterator<Item = &'a Claim>,
    generation: i64,
    last: &[Condition],
    now: &Timestamp,
) -> Vec<Condition> {
    let one = |claim: &Claim| {
        let last = last.iter().find(|last| last.kind == claim.kind);
        if let Some(later) = last.filter(|last| last.observed_generation > generation) {
            return later.clone();
        }
        let same = last.filter(|last| last.status == claim.status);
        let since = same.map_or(now, |last| &last.last_transition_time);
        Condition {
            kind: claim.kind,
            status: claim.status,
            reason: claim.reason,
            message: cut(&claim.message),
            observed_generation: generation,
            last_transition_time: since.clone(),
        }
    };
    claims.into_iter().map(one).collect()
}

fn cut(message: &str) -> String {
    let mut end = message.len().min(MAX_MESSAGE);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message.get(..end).unwrap_or_default().to_owned()
}
