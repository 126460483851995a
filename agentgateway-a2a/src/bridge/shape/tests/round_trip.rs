//! From v1.0 to another shape and back: the same text, key order and all, where nothing can be lost.

use proptest::{prelude::*, sample::select};

use super::{A2aOperation as Op, *};

type Text = BoxedStrategy<String>;

/// A member that may be missing: its text, with the name.
fn may(name: &'static str, value: impl Strategy<Value = String> + 'static) -> Text {
    prop_oneof![
        Just(String::new()),
        value.prop_map(move |value| format!("\"{name}\":{value}"))
    ]
    .boxed()
}

fn must(name: &'static str, value: impl Strategy<Value = String> + 'static) -> Text {
    value
        .prop_map(move |value| format!("\"{name}\":{value}"))
        .boxed()
}

fn object(members: Vec<Text>) -> Text {
    members
        .prop_map(|members| {
            let members: Vec<_> = members
                .into_iter()
                .filter(|member| !member.is_empty())
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .boxed()
}

fn array(element: Text, least: usize) -> Text {
    prop::collection::vec(element, least..least + 3)
        .prop_map(|elements| format!("[{}]", elements.join(",")))
        .boxed()
}

fn string() -> Text {
    prop_oneof!["[a-zA-Z0-9 .-]{1,8}", "\\PC{1,4}"]
        .prop_map(|text| agentgateway_core::json::quote(&text))
        .boxed()
}

/// Any JSON, in odd spellings, spaces and all.
fn any_json() -> Text {
    let leaf = prop_oneof![
        string(),
        select(vec![
            "0",
            "-0.0",
            "1.50",
            "1e400",
            "12345678901234567890123",
            "true",
            "null",
            r#""\u0061\/""#
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let members =
            prop::collection::vec(("[a-z_]{1,4}", inner.clone()), 0..3).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(name, value)| format!("\"{name}\" :{value}"))
                    .collect();
                format!("{{ {}}}", members.join(", "))
            });
        let elements = prop::collection::vec(inner, 0..3)
            .prop_map(|elements| format!("[{} ]", elements.join(" ,")));
        prop_oneof![members, elements]
    })
    .boxed()
}

/// Any object. Between its own members are no spaces: where it is a part's metadata, a mark may be put
/// among them and taken out again.
fn any_object() -> Text {
    prop::collection::vec(("[a-z]{1,4}", any_json()), 1..3)
        .prop_map(|members| {
            let members: Vec<_> = members
                .into_iter()
                .map(|(name, value)| format!("\"{name}\":{value}"))
                .collect();
            format!("{{{}}}", members.join(","))
        })
        .boxed()
}

fn unknown() -> Text {
    prop_oneof![
        Just(String::new()),
        any_json().prop_map(|value| format!("\"x_new\":{value}"))
    ]
    .boxed()
}

fn time() -> Text {
    select(vec![
        "\"2025-10-28T10:30:00Z\"",
        "\"2025-10-28T10:30:00.123Z\"",
        "\"2025-10-28T10:30:00+02:00\"",
    ])
    .prop_map(str::to_owned)
    .boxed()
}

fn base64() -> Text {
    select(vec!["\"\"", "\"aGk=\"", "\"+/8=\"", "\"AAAA\""])
        .prop_map(str::to_owned)
        .boxed()
}

fn part() -> Text {
    prop_oneof![
        object(vec![
            must("text", string()),
            may("metadata", any_object()),
            unknown()
        ]),
        object(vec![
            must("raw", base64()),
            may("mediaType", string()),
            may("filename", string()),
            may("metadata", any_object()),
            unknown(),
        ]),
        object(vec![
            may("filename", string()),
            must("url", string()),
            may("mediaType", string()),
            unknown(),
            may("metadata", any_object()),
        ]),
        object(vec![
            must("data", any_json()),
            may("metadata", any_object()),
            unknown()
        ]),
        object(vec![
            may("metadata", any_object()),
            must("data", any_object())
        ]),
    ]
    .boxed()
}

fn message(shape: Shape) -> Text {
    let referenced = match shape {
        Shape::V0_3Proto => Just(String::new()).boxed(),
        _ => may("referenceTaskIds", array(string(), 1)),
    };
    object(vec![
        must("messageId", string()),
        may("contextId", string()),
        may("taskId", string()),
        must(
            "role",
            select(vec!["\"ROLE_USER\"", "\"ROLE_AGENT\""]).prop_map(str::to_owned),
        ),
        must("parts", array(part(), 0)),
        may("metadata", any_object()),
        may("extensions", array(string(), 0)),
        referenced,
        unknown(),
    ])
}

fn status(shape: Shape) -> Text {
    let states = [
        "UNSPECIFIED",
        "SUBMITTED",
        "WORKING",
        "COMPLETED",
        "FAILED",
        "CANCELED",
        "INPUT_REQUIRED",
        "REJECTED",
        "AUTH_REQUIRED",
    ];
    object(vec![
        must(
            "state",
            select(states.to_vec()).prop_map(|state| format!("\"TASK_STATE_{state}\"")),
        ),
        may("message", message(shape)),
        may("timestamp", time()),
        unknown(),
    ])
}

fn artifact() -> Text {
    object(vec![
        must("artifactId", string()),
        may("name", string()),
        may("description", string()),
        must("parts", array(part(), 0)),
        may("metadata", any_object()),
        may("extensions", array(string(), 0)),
        unknown(),
    ])
}

pub(super) fn task(shape: Shape) -> Text {
    object(vec![
        must("id", string()),
        must("contextId", string()),
        must("status", status(shape)),
        may("artifacts", array(artifact(), 0)),
        may("history", array(message(shape), 0)),
        may("metadata", any_object()),
        unknown(),
    ])
}

fn push() -> Vec<Text> {
    let authentication = object(vec![
        must("scheme", string()),
        may("credentials", string()),
        unknown(),
    ]);
    vec![
        must("url", string()),
        may("token", string()),
        may("authentication", authentication),
        unknown(),
    ]
}

pub(super) fn send(shape: Shape) -> Text {
    let mut inline = push();
    inline.insert(0, may("id", string()));
    let immediately = match shape {
        Shape::V0_3Proto => must("returnImmediately", Just("true".to_owned())),
        _ => may(
            "returnImmediately",
            select(vec!["true".to_owned(), "false".to_owned()]),
        ),
    };
    let configuration = object(vec![
        must("acceptedOutputModes", array(string(), 1)),
        may("taskPushNotificationConfig", object(inline)),
        may(
            "historyLength",
            (1..200_u32).prop_map(|length| length.to_string()),
        ),
        immediately,
        unknown(),
    ]);
    object(vec![
        must("message", message(shape)),
        may("configuration", configuration),
        may("metadata", any_object()),
        unknown(),
    ])
}

/// A configuration with ids that can be parts of names.
pub(super) fn push_config() -> Text {
    let mut members = push();
    let id = || "[a-z0-9-]{1,6}".prop_map(|id| format!("\"{id}\""));
    members.insert(0, must("id", id()));
    members.insert(0, must("taskId", id()));
    object(members)
}

pub(super) fn update(shape: Shape) -> Text {
    prop_oneof![
        object(vec![
            must("taskId", string()),
            must("contextId", string()),
            must("status", status(shape)),
            may("metadata", any_object()),
            unknown(),
        ])
        .prop_map(|update| format!(r#"{{"statusUpdate":{update}}}"#)),
        object(vec![
            must("taskId", string()),
            must("contextId", string()),
            must("artifact", artifact()),
            may(
                "append",
                select(vec!["true".to_owned(), "false".to_owned()])
            ),
            may(
                "lastChunk",
                select(vec!["true".to_owned(), "false".to_owned()])
            ),
            may("metadata", any_object()),
            unknown(),
        ])
        .prop_map(|update| format!(r#"{{"artifactUpdate":{update}}}"#)),
    ]
    .boxed()
}

fn there_and_back(
    (there, back): (Convert, Convert),
    operation: &Op,
    shape: Shape,
    text: &str,
) -> Result<(), TestCaseError> {
    let mut loss = LossReport::new();
    let other = there(operation, shape, text.as_bytes(), &mut loss).unwrap();
    let again = back(operation, shape, &other, &mut loss).unwrap();
    prop_assert!(loss.is_empty(), "{loss}: {text}");
    prop_assert_eq!(text_of(&again), text, "by way of {}", text_of(&other));
    Ok(())
}

const PARAMS: (Convert, Convert) = (params_from_v1, params_to_v1);
const RESULTS: (Convert, Convert) = (result_from_v1, result_to_v1);

fn with_shape(of: fn(Shape) -> Text) -> BoxedStrategy<(Shape, String)> {
    prop_oneof![
        of(RPC).prop_map(|text| (RPC, text)),
        of(PROTO).prop_map(|text| (PROTO, text))
    ]
    .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn what_is_sent_comes_back((shape, params) in with_shape(send)) {
        there_and_back(PARAMS, &Op::SendMessage, shape, &params)?;
        there_and_back(PARAMS, &Op::SendStreamingMessage, shape, &params)?;
    }

    #[test]
    fn tasks_come_back((shape, task) in with_shape(task)) {
        there_and_back(RESULTS, &Op::GetTask, shape, &task)?;
        there_and_back(RESULTS, &Op::SendMessage, shape, &format!(r#"{{"task":{task}}}"#))?;
        let pushed = format!(r#"{{"task":{task}}}"#);
        let mut loss = LossReport::new();
        let other = push_payload_from_v1(shape, pushed.as_bytes(), &mut loss).unwrap();
        let again = push_payload_to_v1(shape, &other, &mut loss).unwrap();
        prop_assert_eq!(text_of(&again), pushed);
    }

    #[test]
    fn messages_come_back((shape, message) in with_shape(message)) {
        there_and_back(RESULTS, &Op::SendMessage, shape, &format!(r#"{{"message":{message}}}"#))?;
    }

    #[test]
    fn push_configurations_come_back(shape in select(vec![RPC, PROTO]), config in push_config()) {
        there_and_back(PARAMS, &Op::CreateTaskPushNotificationConfig, shape, &config)?;
        there_and_back(RESULTS, &Op::GetTaskPushNotificationConfig, shape, &config)?;
        let list = format!(r#"{{"configs":[{config}]}}"#);
        there_and_back(RESULTS, &Op::ListTaskPushNotificationConfigs, shape, &list)?;
    }

    #[test]
    fn streams_come_back(
        (shape, task) in with_shape(task),
        rpc in prop::collection::vec(update(RPC), 0..4),
        proto in prop::collection::vec(update(PROTO), 0..4),
        flushed in any::<bool>(),
    ) {
        let mut sent = vec![format!(r#"{{"task":{task}}}"#)];
        sent.extend(if shape == RPC { rpc } else { proto });
        let (mut from, mut to) = (EventsFromV1::new(shape), EventsToV1::new(shape));
        let mut other = Vec::new();
        for event in &sent {
            other.extend(from.event(event.as_bytes()).unwrap());
            if flushed {
                other.extend(from.flush());
            }
        }
        prop_assert!(from.loss().is_empty());
        other.extend(from.finish());
        let mut again = Vec::new();
        for event in &other {
            again.extend(to.event(event).unwrap().iter().map(text_of));
        }
        prop_assert!(to.loss().is_empty());
        prop_assert_eq!(again, sent);
    }
}
