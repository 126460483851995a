//! Objects of JSON as `google.protobuf.Struct`, and back.

use serde_json::{Map, Number, Value as Json};

use super::google::{Kind, ListValue, Struct, Value};

/// Below it every whole number is a double, and no other.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

pub(in crate::envoy) fn from_object(object: &Map<String, Json>) -> Struct {
    let members = object.iter();
    Struct {
        fields: members
            .map(|(name, value)| (name.clone(), from_value(value)))
            .collect(),
    }
}

fn from_value(value: &Json) -> Value {
    let kind = match value {
        Json::Null => Kind::Null(0),
        Json::Bool(truth) => Kind::Truth(*truth),
        Json::Number(number) => Kind::Number(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::Text(text.clone()),
        Json::Array(values) => Kind::List(ListValue {
            values: values.iter().map(from_value).collect(),
        }),
        Json::Object(object) => Kind::Object(from_object(object)),
    };
    Value { kind: Some(kind) }
}

/// How deep it may be is bounded where the message is read.
pub(in crate::envoy) fn to_object(object: Struct) -> Map<String, Json> {
    let members = object.fields.into_iter();
    members
        .map(|(name, value)| (name, to_value(value)))
        .collect()
}

fn to_value(value: Value) -> Json {
    match value.kind {
        None | Some(Kind::Null(_)) => Json::Null,
        Some(Kind::Number(number)) => to_number(number).map_or(Json::Null, Json::Number),
        Some(Kind::Text(text)) => Json::String(text),
        Some(Kind::Truth(truth)) => Json::Bool(truth),
        Some(Kind::Object(object)) => Json::Object(to_object(object)),
        Some(Kind::List(list)) => list.values.into_iter().map(to_value).collect(),
    }
}

/// A whole number is one in JSON too: it has come as a double because there is no other kind.
#[expect(
    clippy::cast_possible_truncation,
    reason = "it is whole, and within what both types hold"
)]
fn to_number(number: f64) -> Option<Number> {
    if number.fract() == 0.0 && number.abs() < MAX_EXACT {
        return Some(Number::from(number as i64));
    }
    Number::from_f64(number)
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_comes_back_as_it_was() {
        let object = json!({
            "sub": "alice", "admin": true, "exp": 1_790_000_000, "share": 0.25, "none": null,
            "groups": ["a", {"b": []}], "below": -3,
        });
        let object = object.as_object().unwrap();
        assert_eq!(to_object(from_object(object)), *object);
    }

    #[test]
    fn a_number_that_json_has_not_is_null() {
        let fields = [f64::NAN, f64::INFINITY, 1e300].map(|number| {
            let kind = Some(Kind::Number(number));
            (number.to_string(), Value { kind })
        });
        let object = to_object(Struct {
            fields: fields.into(),
        });
        assert_eq!(
            Json::from(object),
            json!({"NaN": null, "inf": null, f64::to_string(&1e300): 1e300})
        );
    }

    #[test]
    fn a_struct_that_is_too_deep_is_not_read() {
        let nested = |depth: usize| {
            let object = (0..depth).fold(json!({}), |inner, _| json!({"a": inner}));
            from_object(object.as_object().unwrap()).encode_to_vec()
        };
        assert!(Struct::decode(&nested(20)[..]).is_ok());
        assert!(Struct::decode(&nested(200)[..]).is_err());
    }
}
