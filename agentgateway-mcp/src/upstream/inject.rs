use agentgateway_core::{
    json::{self, JsonType, Pieces, Raw, Splice, quote},
    telemetry::TraceContext,
};
use bytes::Bytes;

use crate::wire::{META, TRACEPARENT, TRACESTATE};

/// Writes a trace context into `params._meta` of a message that the layer has parsed.
///
/// `None` when there is no place for it: the params or `_meta` are no objects. No other member is
/// touched; a `tracestate` that belongs to a span which is no longer the parent becomes empty.
pub(super) fn trace_context(body: &Bytes, context: &TraceContext) -> Option<Pieces> {
    let [params] = json::members(body, ["params"]).ok()?;
    let splice = Splice::new(body.clone());
    let Some(params) = params else {
        let message = whole_object(body)?;
        let value = format!("{{\"{META}\":{}}}", object(context));
        return splice.add_member(message, "params", value).finish().ok();
    };
    let place = json::range_in(body, is_object(params)?)?;
    let [meta] = json::members_of(params, [META]).ok()?;
    let Some(meta) = meta else {
        return splice
            .add_member(place, META, object(context))
            .finish()
            .ok();
    };
    let place = json::range_in(body, is_object(meta)?)?;
    let [parent, state] = json::members_of(meta, [TRACEPARENT, TRACESTATE]).ok()?;
    let own_parent = quote(&context.traceparent());
    let splice = match parent {
        Some(parent) => splice.replace_value(parent, own_parent),
        None => splice.add_member(place.clone(), TRACEPARENT, own_parent),
    };
    match (state, context.state()) {
        (Some(state), own) => splice.replace_value(state, quote(own.unwrap_or_default())),
        (None, Some(own)) => splice.add_member(place, TRACESTATE, quote(own)),
        (None, None) => splice,
    }
    .finish()
    .ok()
}

fn object(context: &TraceContext) -> String {
    let parent = quote(&context.traceparent());
    match context.state() {
        Some(state) => format!(
            "{{\"{TRACEPARENT}\":{parent},\"{TRACESTATE}\":{}}}",
            quote(state)
        ),
        None => format!("{{\"{TRACEPARENT}\":{parent}}}"),
    }
}

fn is_object(raw: Raw<'_>) -> Option<Raw<'_>> {
    (json::type_of(raw) == JsonType::Object).then_some(raw)
}

/// Where the message stands between the white space around it.
fn whole_object(body: &Bytes) -> Option<std::ops::Range<usize>> {
    let start = body.iter().position(|byte| *byte == b'{')?;
    let end = body.iter().rposition(|byte| *byte == b'}')?;
    Some(start..end + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PARENT: &str = "00-0000000000000000000000000000000a-000000000000000b-01";

    fn context(state: Option<&str>) -> TraceContext {
        TraceContext::new(10, 11, true).unwrap().with_state(state)
    }

    fn injected(body: &str, state: Option<&str>) -> Option<String> {
        let pieces = trace_context(&Bytes::copy_from_slice(body.as_bytes()), &context(state))?;
        Some(String::from_utf8(pieces.into_bytes().to_vec()).unwrap())
    }

    #[test]
    fn finds_its_place() {
        for (body, state, expected) in [
            (
                r#" {"id":1} "#,
                None,
                r#" {"params":{"_meta":{"traceparent":"P"}},"id":1} "#,
            ),
            (
                r#"{"params":{ }}"#,
                None,
                r#"{"params":{"_meta":{"traceparent":"P"} }}"#,
            ),
            (
                r#"{"params":{"name":"a","n":1.0e0}}"#,
                Some("a=b"),
                r#"{"params":{"_meta":{"traceparent":"P","tracestate":"a=b"},"name":"a","n":1.0e0}}"#,
            ),
            (
                r#"{"params":{"_meta":{"progressToken":7}}}"#,
                None,
                r#"{"params":{"_meta":{"traceparent":"P","progressToken":7}}}"#,
            ),
            (
                r#"{"params":{"_meta":{"tracestate":"x=y", "traceparent":"old" ,"z":[]}}}"#,
                None,
                r#"{"params":{"_meta":{"tracestate":"", "traceparent":"P" ,"z":[]}}}"#,
            ),
            (
                r#"{"params":{"_meta":{"traceparent":"old"}}}"#,
                Some("a=b"),
                r#"{"params":{"_meta":{"tracestate":"a=b","traceparent":"P"}}}"#,
            ),
        ] {
            let expected = expected.replace("\"P\"", &format!("\"{PARENT}\""));
            assert_eq!(injected(body, state), Some(expected), "{body}");
        }
    }

    #[test]
    fn leaves_alone_what_has_no_place() {
        for body in [
            r#"{"params":[1]}"#,
            r#"{"params":{"_meta":5}}"#,
            r#"{"params":{"_meta":{},"_meta":{}}}"#,
            "[]",
            "",
        ] {
            assert_eq!(injected(body, None), None, "{body}");
        }
    }

    proptest! {
        /// Fault S19 (part): an edit of one member: all other bytes stay.
        #[test]
        fn every_other_member_keeps_its_bytes(
            key in "[a-z]{1,6}",
            value in any::<f64>().prop_filter("JSON has no such number", |n| n.is_finite()),
            text in any::<String>(),
        ) {
            let own = format!(r#""{key}" : [{value:e}, {}]"#, quote(&text));
            for body in [
                format!(r#"{{"id":1,"params":{{{own}}}}}"#),
                format!(r#"{{"params":{{"_meta":{{{own},"traceparent":"x"}}}}}}"#),
                format!(r#"{{{own}}}"#),
            ] {
                let after = injected(&body, Some("k=v")).unwrap();
                prop_assert!(after.contains(&own));
                let tree: serde_json::Value = serde_json::from_str(&after).unwrap();
                let meta = &tree["params"]["_meta"];
                prop_assert_eq!(meta["traceparent"].as_str(), Some(PARENT));
                prop_assert_eq!(meta["tracestate"].as_str(), Some("k=v"));
            }
        }
    }
}
