//! Lists of tasks, with those that their reader may see.
//!
//! # Source
//! A2A v1.0, `ListTasksResponse`.

use agentgateway_core::{
    Error, ErrorKind,
    json::{self, Raw, Splice},
};
use bytes::Bytes;

use super::tap::TaskFilter;
use crate::wire::A2aBinding;

/// The answer without the tasks that are not to be seen. The total is then that of this page: how many
/// tasks others have is theirs to know.
///
/// An error of the agent's stays as it is.
pub(super) fn filtered(
    body: &Bytes,
    binding: A2aBinding,
    filter: &TaskFilter,
) -> Result<Bytes, Error> {
    let list = match binding {
        A2aBinding::JsonRpc => {
            let [result, error] = json::members(body, ["result", "error"]).map_err(unreadable)?;
            match (result, error.filter(|error| !json::is_null(*error))) {
                (Some(result), None) => result,
                (None, Some(_)) => return Ok(body.clone()),
                _ => return Err(ambiguous()),
            }
        }
        _ => Raw::parse(body).map_err(unreadable)?,
    };
    let names = ["tasks", "totalSize", "total_size", "error"];
    let [tasks, total, total_snake, error] = json::members_of(list, names).map_err(unreadable)?;
    let names = ["nextPageToken", "next_page_token"];
    for page in json::members_of(list, names).map_err(unreadable)? {
        if let Some(page) = page.and_then(json::string).filter(|page| !page.is_empty()) {
            filter.gives(&page);
        }
    }
    let Some(tasks) = tasks.filter(|tasks| !json::is_null(*tasks)) else {
        let hides = total.is_some() || total_snake.is_some();
        return match error {
            Some(_) if !hides => Ok(body.clone()),
            _ => replaced(body, None, [total, total_snake]),
        };
    };
    let mut kept: Vec<&str> = Vec::new();
    json::elements(tasks, |task| {
        // One that could be read in two ways is seen by nobody.
        let id = json::members_of(task, ["id"]).ok().and_then(|[id]| id);
        if id.and_then(json::string).is_some_and(|id| filter.sees(&id)) {
            kept.push(task.get());
        }
    })
    .map_err(unreadable)?;
    replaced(body, Some((tasks, kept)), [total, total_snake])
}

fn replaced(
    body: &Bytes,
    tasks: Option<(Raw<'_>, Vec<&str>)>,
    totals: [Option<Raw<'_>>; 2],
) -> Result<Bytes, Error> {
    let count = tasks.as_ref().map_or(0, |(_, kept)| kept.len());
    let mut splice = Splice::new(body.clone());
    if let Some((tasks, kept)) = tasks {
        splice = splice.replace_value(tasks, format!("[{}]", kept.join(",")));
    }
    for total in totals.into_iter().flatten() {
        splice = splice.replace_value(total, count.to_string());
    }
    splice.joined().map_err(unreadable)
}

fn unreadable(source: impl Into<agentgateway_core::BoxError>) -> Error {
    let message = "the agent's list of tasks cannot be read";
    Error::new(ErrorKind::BadAnswer, message).with_source(source)
}

fn ambiguous() -> Error {
    let message = "the agent's list of tasks must have a result, or an error";
    Error::new(ErrorKind::BadAnswer, message)
}
