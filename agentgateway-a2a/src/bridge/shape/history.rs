use agentgateway_core::json::{self, JsonError, Raw, Splice, range_in};
use bytes::Bytes;

use super::{ShapeError, error::Side};
use crate::A2aOperation;

/// Whether these parameters of v1.0 ask for a task without its history (`historyLength` 0).
///
/// v0.3 takes 0 for all of it, so a v0.3 agent must be asked for what it gives, and the history left out
/// behind it: [`without_history`]. `false` for what is not the parameters of a call.
///
/// # Source
/// A2A v1.0, section 3.2.4 (history length); the v0.3 protobuf, `SendMessageConfiguration`.
#[must_use]
pub fn wants_no_history(operation: &A2aOperation, params: &[u8]) -> bool {
    let holder = match operation {
        A2aOperation::GetTask => Raw::parse(params).ok(),
        A2aOperation::SendMessage | A2aOperation::SendStreamingMessage => {
            json::members(params, ["configuration"])
                .ok()
                .and_then(|[configuration]| configuration)
        }
        _ => None,
    };
    let length = holder
        .and_then(|holder| json::members_of(holder, ["historyLength", "history_length"]).ok())
        .and_then(|[camel, snake]| camel.or(snake));
    length.is_some_and(|length| matches!(length.get(), "0" | "\"0\""))
}

/// Leaves the history out of a result of v1.0, or of an event: a task, or an object with a `task`.
///
/// All other bytes stay as they are.
///
/// # Errors
/// [`ShapeError`], of the agent's side, when it is no object.
pub fn without_history(result: &Bytes) -> Result<Bytes, ShapeError> {
    strip(result).map_err(|error| {
        let place = "result";
        ShapeError::json(Side::Answer, place, error)
    })
}

fn strip(result: &Bytes) -> Result<Bytes, JsonError> {
    const NONE: [(&str, Option<Bytes>); 1] = [("history", None)];

    let [task, history] = json::members(result, ["task", "history"])?;
    if history.is_some() {
        return json::with_members(result, &NONE);
    }
    let Some(range) = task
        .filter(|task| !json::is_null(*task))
        .and_then(|task| range_in(result, task))
    else {
        return Ok(result.clone());
    };
    let task = json::with_members(&result.slice(range.clone()), &NONE)?;
    let spliced = Splice::new(result.clone()).replace(range, task).finish();
    // INVARIANT: the one range is that of a member, so it lies in the text.
    Ok(spliced.map_or_else(|_| result.clone(), json::Pieces::into_bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_is_none_to_v1_0_alone() {
        use A2aOperation as Op;

        for (operation, params, expected) in [
            (Op::GetTask, r#"{"id":"t","historyLength":0}"#, true),
            (Op::GetTask, r#"{"id":"t","history_length":"0"}"#, true),
            (Op::GetTask, r#"{"id":"t","historyLength":1}"#, false),
            (Op::GetTask, r#"{"id":"t"}"#, false),
            (
                Op::SendMessage,
                r#"{"configuration":{"historyLength":0}}"#,
                true,
            ),
            (Op::SendMessage, r#"{"configuration":null}"#, false),
            (Op::SendMessage, r#"{"historyLength":0}"#, false),
            (Op::CancelTask, r#"{"historyLength":0}"#, false),
            (Op::GetTask, "[", false),
        ] {
            assert_eq!(
                wants_no_history(&operation, params.as_bytes()),
                expected,
                "{params}"
            );
        }
    }

    #[test]
    fn leaves_out_the_history_and_nothing_else() {
        for (result, expected) in [
            (
                r#"{"id":"t", "history":[{}],"x":1.0}"#,
                r#"{"id":"t","x":1.0}"#,
            ),
            (
                r#"{"task":{"history":[],"id":"t"}, "y":2}"#,
                r#"{"task":{"id":"t"}, "y":2}"#,
            ),
            (
                r#"{"message":{"history":1}}"#,
                r#"{"message":{"history":1}}"#,
            ),
            (r#"{"task":null}"#, r#"{"task":null}"#),
        ] {
            let result = Bytes::from_static(result.as_bytes());
            assert_eq!(without_history(&result).unwrap(), expected);
        }
        assert!(without_history(&Bytes::from_static(b"[]")).is_err());
        assert!(without_history(&Bytes::from_static(br#"{"task":1}"#)).is_err());
    }
}
