use agentgateway_core::json::{JsonType, Raw, boolean, elements, string, type_of};
use prost_types::{Struct, Value, value::Kind};

use super::{Losses, ProtoJson, Writer, each_member, number};
use crate::wire::grpc::GrpcError;

/// How deep a value may be nested.
///
/// Readers of protobuf stop at a hundred messages within each other. A level of JSON is up to three
/// of them, and the deepest place for a value is inside of five more.
const MAX_LEVELS: usize = 30;

// === impl Struct ===

impl ProtoJson for Struct {
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.open('{');
        for (key, value) in &self.fields {
            out.key(key);
            value.write(out)?;
        }
        out.close('}');
        Ok(())
    }

    fn read(raw: Raw<'_>, losses: &mut Losses) -> Result<Self, GrpcError> {
        object(raw, losses, MAX_LEVELS)
    }
}

// === impl Value ===

impl ProtoJson for Value {
    const TAKES_NULL: bool = true;

    /// The recursion ends where that of the reader of protobuf did.
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        match &self.kind {
            None | Some(Kind::NullValue(_)) => out.raw("null"),
            Some(Kind::BoolValue(truth)) => truth.write(out)?,
            Some(Kind::NumberValue(number)) if number.is_finite() => {
                out.raw(&number::spelled(*number));
            }
            Some(Kind::NumberValue(_)) => return Err(GrpcError::value("a finite number")),
            Some(Kind::StringValue(text)) => out.string(text),
            Some(Kind::StructValue(object)) => object.write(out)?,
            Some(Kind::ListValue(list)) => {
                out.open('[');
                for value in &list.values {
                    out.comma();
                    value.write(out)?;
                }
                out.close(']');
            }
        }
        Ok(())
    }

    fn read(raw: Raw<'_>, losses: &mut Losses) -> Result<Self, GrpcError> {
        value(raw, losses, MAX_LEVELS)
    }
}

fn value(raw: Raw<'_>, losses: &mut Losses, levels: usize) -> Result<Value, GrpcError> {
    let kind = match type_of(raw) {
        JsonType::Null => Kind::NullValue(0),
        JsonType::Boolean => Kind::BoolValue(boolean(raw).unwrap_or_default()),
        JsonType::Number => Kind::NumberValue(number::double(raw.get(), losses)?),
        JsonType::String => {
            let text = string(raw).ok_or_else(|| GrpcError::value("whole characters"))?;
            Kind::StringValue(text.into_owned())
        }
        JsonType::Object => Kind::StructValue(object(raw, losses, levels)?),
        JsonType::Array => Kind::ListValue(list(raw, losses, levels)?),
    };
    Ok(Value { kind: Some(kind) })
}

fn object(raw: Raw<'_>, losses: &mut Losses, levels: usize) -> Result<Struct, GrpcError> {
    let levels = levels.checked_sub(1).ok_or_else(GrpcError::too_deep)?;
    let mut object = Struct::default();
    each_member(raw, |key, raw| {
        let value = value(raw, losses, levels)?;
        match object.fields.insert(key.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(GrpcError::duplicate()),
        }
    })?;
    Ok(object)
}

fn list(
    raw: Raw<'_>,
    losses: &mut Losses,
    levels: usize,
) -> Result<prost_types::ListValue, GrpcError> {
    let levels = levels.checked_sub(1).ok_or_else(GrpcError::too_deep)?;
    let mut values = Vec::new();
    let mut outcome = Ok(());
    elements(raw, |raw| {
        if outcome.is_ok() {
            outcome = value(raw, losses, levels).map(|value| values.push(value));
        }
    })?;
    outcome?;
    Ok(prost_types::ListValue { values })
}
