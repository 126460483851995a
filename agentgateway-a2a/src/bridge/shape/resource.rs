//! Names of the v0.3 protobuf: `tasks/{id}` and `tasks/{id}/pushNotificationConfigs/{id}`.

use agentgateway_core::json::{self, Raw, quote};

use super::{
    Shape,
    convert::Conversion,
    error::{Fault, ShapeError},
};

const CONFIGS: &str = "pushNotificationConfigs";

/// The ids that a name holds.
pub(super) struct Name {
    pub(super) task: String,
    pub(super) config: Option<String>,
}

/// The id of a task as a name, or the other way round; as it is between shapes that have ids.
pub(super) fn converted(
    conversion: &Conversion<'_>,
    place: &'static str,
    name: &'static str,
    value: Raw<'_>,
) -> Result<String, ShapeError> {
    match (conversion.from, conversion.to) {
        (Shape::V0_3Proto, _) => Ok(quote(&read(conversion, place, name, value)?.task)),
        (_, Shape::V0_3Proto) => {
            let task = id(conversion, place, name, value)?;
            Ok(quote(&of_task(&task)))
        }
        _ => Ok(value.get().to_owned()),
    }
}

pub(super) fn of_task(task: &str) -> String {
    format!("tasks/{task}")
}

pub(super) fn of_config(task: &str, config: &str) -> String {
    format!("tasks/{task}/{CONFIGS}/{config}")
}

/// Reads a name.
///
/// `task/` is what the path of the published protobuf has in one place.
pub(super) fn read(
    conversion: &Conversion<'_>,
    place: &'static str,
    name: &'static str,
    value: Raw<'_>,
) -> Result<Name, ShapeError> {
    let text = json::string(value);
    let read = text.as_deref().and_then(|text| {
        let rest = text
            .strip_prefix("tasks/")
            .or_else(|| text.strip_prefix("task/"))?;
        let mut ids = rest.split('/');
        let task = ids.next().filter(|id| !id.is_empty())?.to_owned();
        let config = match (ids.next(), ids.next(), ids.next()) {
            (None, ..) | (Some(CONFIGS), None, _) => None,
            (Some(CONFIGS), Some(config), None) if !config.is_empty() => Some(config.to_owned()),
            _ => return None,
        };
        Some(Name { task, config })
    });
    read.ok_or_else(|| {
        conversion.fault(Fault::Member {
            place,
            name,
            expected: "a name such as tasks/{id}",
        })
    })
}

/// An id that can be a part of a name.
pub(super) fn id(
    conversion: &Conversion<'_>,
    place: &'static str,
    name: &'static str,
    value: Raw<'_>,
) -> Result<String, ShapeError> {
    json::string(value)
        .filter(|id| !id.is_empty() && !id.contains('/'))
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| {
            conversion.fault(Fault::Member {
                place,
                name,
                expected: "an id without a slash",
            })
        })
}
