use agentgateway_core::json::{Raw, entries};

use crate::wire::grpc::GrpcError;

/// Visits the members of an object until one is refused.
pub(in crate::wire::grpc) fn each_member<'a, F>(
    object: Raw<'a>,
    mut visit: F,
) -> Result<(), GrpcError>
where
    F: FnMut(&str, Raw<'a>) -> Result<(), GrpcError>,
{
    let mut outcome = Ok(());
    entries(object, |name, value| {
        if outcome.is_ok() {
            outcome = visit(name, value);
        }
    })?;
    outcome
}

/// Whether a member is the field of these names, or of the first one in snake case.
pub(in crate::wire::grpc) fn is_named(name: &str, names: &[&str]) -> bool {
    names.contains(&name)
        || (name.contains('_')
            && names
                .first()
                .is_some_and(|camel| is_snake_case(name, camel)))
}

/// Marks a field as seen, once.
pub(in crate::wire::grpc) fn once(seen: &mut bool) -> Result<(), GrpcError> {
    if std::mem::replace(seen, true) {
        return Err(GrpcError::duplicate());
    }
    Ok(())
}

fn is_snake_case(name: &str, camel: &str) -> bool {
    let mut name = name.chars();
    camel.chars().all(|expected| {
        if expected.is_ascii_uppercase() {
            name.next() == Some('_') && name.next() == Some(expected.to_ascii_lowercase())
        } else {
            name.next() == Some(expected)
        }
    }) && name.next().is_none()
}
