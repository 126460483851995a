use agentgateway_core::json::{JsonType, Raw, string, type_of};

use super::{Losses, Writer, number};
use crate::wire::grpc::GrpcError;

/// An enumeration, with its names.
pub(in crate::wire::grpc) trait EnumNames:
    Copy + TryFrom<i32> + Into<i32>
{
    fn name(self) -> &'static str;

    fn of_name(name: &str) -> Option<Self>;
}

/// Writes the name; a number that has none is written as it is.
pub(in crate::wire::grpc) fn write_enum<E: EnumNames>(number: i32, out: &mut Writer) {
    match E::try_from(number) {
        Ok(known) => out.plain_string(|text| text.push_str(known.name())),
        Err(_) => out.raw(&number.to_string()),
    }
}

/// Takes a name or a number. A name that is not known is left out, and told.
pub(in crate::wire::grpc) fn accept_enum<E: EnumNames>(
    field: &mut i32,
    raw: Raw<'_>,
    losses: &mut Losses,
) -> Result<(), GrpcError> {
    match type_of(raw) {
        JsonType::Null => {}
        JsonType::Number => *field = number::int32(raw.get())?,
        JsonType::String => match string(raw).and_then(|name| E::of_name(&name)) {
            Some(known) => *field = known.into(),
            None => losses.add(Losses::NAME),
        },
        _ => return Err(GrpcError::value("the name or number of an enumeration")),
    }
    Ok(())
}
