use std::time::Duration;

use crate::config::compile::Fault;
use crate::config::compile::duration::{duration, no_duration};

/// A time that an entry at this path gives in this field; zero is none.
pub(super) fn time(
    path: &str,
    text: Option<&str>,
    field: &str,
    faults: &mut Vec<Fault>,
) -> Option<Duration> {
    let text = text?;
    let found = duration(text);
    let message = match found {
        Some(Duration::ZERO) => "must be longer than 0s".to_owned(),
        Some(_) => return found,
        None => no_duration(text),
    };
    faults.push(Fault::new(format!("{path}.{field}"), "Invalid", message));
    None
}
