use agentgateway_core::{
    json::{self, JsonType, Raw},
    jsonrpc::{RpcId, error_code},
};

/// One message of a server's, as far as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The answer to the request.
    Own {
        error: Option<i64>,
        tool_error: bool,
    },
    /// A result or an error with another id.
    Strange { error: Option<i64> },
    Notification {
        progress: bool,
        /// The server has other tools now.
        tools_changed: bool,
    },
    /// A request of the server's.
    Request,
}

/// What the whole answer to a request says. Who has read it inside puts this into the answer's extensions, and it
/// is not read again.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Read {
    pub(crate) error: Option<i64>,
    pub(crate) tool_error: bool,
}

/// Finds the messages in a JSON text: one, or those of a batch. What is no message is none.
pub(crate) fn read(text: &[u8], own: Option<&RpcId>, mut found: impl FnMut(Answer)) {
    match json::members(text, KEYS) {
        Ok(members) => found_in(members, own, &mut found),
        Err(error) if error.found() == Some(JsonType::Array) => {
            let Ok(batch) = Raw::parse(text) else {
                return;
            };
            let _ = json::elements(batch, |message| {
                if let Ok(members) = json::members_of(message, KEYS) {
                    found_in(members, own, &mut found);
                }
            });
        }
        Err(_) => {}
    }
}

const KEYS: [&str; 4] = ["id", "method", "result", "error"];

fn found_in(
    [id, method, result, error]: [Option<Raw<'_>>; 4],
    own: Option<&RpcId>,
    found: &mut impl FnMut(Answer),
) {
    let error = error.filter(|raw| !json::is_null(*raw));
    if let Some(method) = method {
        found(match id {
            Some(_) => Answer::Request,
            None => {
                let method = json::string(method);
                Answer::Notification {
                    progress: method.as_deref() == Some("notifications/progress"),
                    tools_changed: method.as_deref() == Some("notifications/tools/list_changed"),
                }
            }
        });
    } else if result.is_some() || error.is_some() {
        let code = error.map(|raw| error_code(raw).unwrap_or_default());
        let is_own = matches!((own, id), (Some(own), Some(id)) if is_same(own, id));
        found(if is_own {
            Answer::Own {
                error: code,
                tool_error: result.is_some_and(is_tool_error),
            }
        } else {
            Answer::Strange { error: code }
        });
    }
}

fn is_tool_error(result: Raw<'_>) -> bool {
    json::members_of(result, ["isError"])
        .ok()
        .and_then(|[is_error]| json::boolean(is_error?))
        .unwrap_or_default()
}

/// Whether a server means this id. It must repeat it, but some spell it anew.
pub(crate) fn is_same(own: &RpcId, id: Raw<'_>) -> bool {
    if own.as_raw() == id.get().as_bytes() {
        return true;
    }
    let Ok(own) = Raw::parse(own.as_raw()) else {
        return false;
    };
    match (json::type_of(own), json::type_of(id)) {
        (JsonType::String, JsonType::String) => {
            matches!((json::string(own), json::string(id)), (Some(own), Some(id)) if own == id)
        }
        (JsonType::Number, JsonType::Number) => match (whole(own), whole(id)) {
            (Some(own), Some(id)) => own == id,
            _ => float(own).is_some_and(|own| float(id) == Some(own)),
        },
        _ => false,
    }
}

fn whole(number: Raw<'_>) -> Option<i128> {
    number.get().parse().ok()
}

fn float(number: Raw<'_>) -> Option<f64> {
    number.get().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str, own: &str) -> Vec<Answer> {
        let own = RpcId::parse(own.to_owned()).unwrap();
        let mut found = Vec::new();
        read(text.as_bytes(), Some(&own), |answer| found.push(answer));
        found
    }

    fn own(error: Option<i64>, tool_error: bool) -> Answer {
        Answer::Own { error, tool_error }
    }

    fn notification(progress: bool, tools_changed: bool) -> Answer {
        Answer::Notification {
            progress,
            tools_changed,
        }
    }

    #[test]
    fn tells_messages_apart() {
        for (text, expected) in [
            (r#"{"id":1,"result":{}}"#, vec![own(None, false)]),
            (
                r#"{"id":1,"result":{"isError":true}}"#,
                vec![own(None, true)],
            ),
            (
                r#"{"id":1,"result":{"isError":"x"}}"#,
                vec![own(None, false)],
            ),
            (
                r#"{"id":1,"result":null,"error":{"code":-5}}"#,
                vec![own(Some(-5), false)],
            ),
            (
                r#"{"id":1,"result":[],"error":null}"#,
                vec![own(None, false)],
            ),
            (
                r#"{"id":"1","result":{}}"#,
                vec![Answer::Strange { error: None }],
            ),
            (
                r#"{"id":null,"error":{"code":7}}"#,
                vec![Answer::Strange { error: Some(7) }],
            ),
            (r#"{"id":1,"method":"ping"}"#, vec![Answer::Request]),
            (
                r#"{"method":"notifications/progress"}"#,
                vec![notification(true, false)],
            ),
            (
                r#"{"method":"notifications/tools/list_changed"}"#,
                vec![notification(false, true)],
            ),
            (
                r#"[{"method":"x"},3,{"id":1,"result":{}}]"#,
                vec![notification(false, false), own(None, false)],
            ),
            (r#"{"id":1}"#, vec![]),
            ("[", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(all(text, "1"), expected, "{text}");
        }
    }

    #[test]
    fn an_id_may_be_spelled_anew() {
        for (sent, answered, same) in [
            ("1", "1.0", true),
            ("1e1", "10", true),
            ("\"a\"", "\"\\u0061\"", true),
            ("1", "\"1\"", false),
            ("9007199254740993", "9007199254740992", false),
            ("\"a\"", "\"A\"", false),
        ] {
            let text = format!(r#"{{"id":{answered},"result":{{}}}}"#);
            let expected = if same {
                own(None, false)
            } else {
                Answer::Strange { error: None }
            };
            assert_eq!(all(&text, sent), [expected], "{sent} {answered}");
        }
    }
}
