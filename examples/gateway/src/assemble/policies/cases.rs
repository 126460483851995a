use std::sync::Arc;

use agentgateway_core::policy::{Policy, When};
use http::request;

use super::Group;
use crate::config::snapshot::Cases;
use crate::expression::{Expression, Facts};

/// The policies of all cases; of each request those of the first case that holds decide.
///
/// `make` is given each case with the suffix of its name.
///
/// # Errors
/// Those of `make`.
pub(super) fn cases<T>(
    spec: &Cases<T>,
    mut make: impl FnMut(&T, &str) -> Result<Vec<Arc<dyn Policy>>, String>,
) -> Result<Group, String> {
    let Cases(cases) = spec;
    if let [(None, only)] = cases.as_slice() {
        return Ok(Group(make(only, "")?.into()));
    }
    let conditions: Arc<[Option<Expression>]> = cases.iter().map(|(it, _)| it.clone()).collect();
    let mut all: Vec<Arc<dyn Policy>> = Vec::new();
    for (at, (_, spec)) in cases.iter().enumerate() {
        for policy in make(spec, &format!(".conditional[{at}]"))? {
            let conditions = Arc::clone(&conditions);
            let holds = move |head: &request::Parts| first(&conditions, head) == Some(at);
            all.push(Arc::new(When::new(holds, policy)));
        }
    }
    Ok(Group(all.into()))
}

/// Which case holds for a request.
pub(super) fn first(conditions: &[Option<Expression>], head: &request::Parts) -> Option<usize> {
    let facts = Facts::request(head);
    conditions.iter().position(|condition| {
        let holds = condition.as_ref().map(|it| it.evaluate_bool(&facts));
        holds.is_none_or(|holds| holds.unwrap_or(false))
    })
}
