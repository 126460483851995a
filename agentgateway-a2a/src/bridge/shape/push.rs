//! Push configurations: flat in v1.0, within the task's ids in v0.3.

use agentgateway_core::json::{self, Raw, quote};

use super::{
    Shape,
    convert::Conversion,
    error::{Fault, ShapeError},
    leaf,
    messages::{PUSH, PUSH_IDS},
    resource,
    table::{Found, spelled},
    write::Object,
};
use crate::bridge::Loss;

const CONFIG: &str = "TaskPushNotificationConfig";
const CREATE: &str = "CreateTaskPushNotificationConfigRequest";
const IDS: &str = "GetTaskPushNotificationConfigRequest";
const LIST: &str = "ListTaskPushNotificationConfigsResponse";

/// What stands around a configuration in v0.3.
#[derive(Default)]
struct Envelope<'a> {
    /// `taskId`, as JSON.
    task: Option<Raw<'a>>,
    /// `name`, `tasks/{id}/pushNotificationConfigs/{id}`.
    name: Option<Raw<'a>>,
    parent: Option<Raw<'a>>,
    config_id: Option<Raw<'a>>,
    config: Option<Raw<'a>>,
    inner: Option<Raw<'a>>,
    more: Vec<(String, Raw<'a>)>,
}

/// Writes the parameters that set a configuration.
pub(super) fn create(
    conversion: &mut Conversion<'_>,
    params: Raw<'_>,
    out: &mut String,
) -> Result<(), ShapeError> {
    match (conversion.from, conversion.to) {
        (Shape::V0_3Proto, _) => {
            let mut envelope = Envelope::read(conversion, CREATE, params)?;
            let config = required(conversion, CREATE, "config", envelope.config)?;
            let inner = Envelope::read(conversion, CONFIG, config)?;
            envelope.inner = inner.inner;
            envelope.name = inner.name.filter(|_| envelope.parent.is_none());
            envelope.more.extend(inner.more);
            flat(conversion, &envelope, out)
        }
        (_, Shape::V0_3Proto) => {
            let (task, id) = ids(conversion, params)?;
            let mut object = Object::open(out);
            object.text("parent", &resource::of_task(&task));
            if let Some(id) = &id {
                object.text("configId", id);
            }
            let config = object.name("config");
            nested_by_name(conversion, params, &task, id.as_deref(), config)?;
            object.close();
            Ok(())
        }
        _ => config(conversion, params, out),
    }
}

/// Writes a configuration that is an answer.
pub(super) fn config(
    conversion: &mut Conversion<'_>,
    config: Raw<'_>,
    out: &mut String,
) -> Result<(), ShapeError> {
    match conversion.to {
        Shape::V1_0 => {
            let envelope = Envelope::read(conversion, CONFIG, config)?;
            flat(conversion, &envelope, out)
        }
        Shape::V0_3JsonRpc => {
            let [task, _] = flat_ids(conversion, config)?;
            let task = required(conversion, CONFIG, "taskId", task)?;
            let mut object = Object::open(out);
            object.raw("taskId", task);
            conversion.object(&PUSH, config, object.name("pushNotificationConfig"))?;
            object.close();
            Ok(())
        }
        Shape::V0_3Proto => {
            let (task, id) = ids(conversion, config)?;
            nested_by_name(conversion, config, &task, id.as_deref(), out)
        }
    }
}

/// Writes a list of configurations.
pub(super) fn list(
    conversion: &mut Conversion<'_>,
    list: Raw<'_>,
    out: &mut String,
) -> Result<(), ShapeError> {
    if conversion.from == Shape::V0_3JsonRpc {
        let mut object = Object::open(out);
        conversion.array((LIST, ""), list, object.name("configs"), config)?;
        object.close();
        return Ok(());
    }
    let is_rpc = conversion.to == Shape::V0_3JsonRpc;
    let mut configs = None;
    let mut more: Vec<(String, Raw<'_>)> = Vec::new();
    conversion.each_member(LIST, list, |this, name, value| {
        match &*spelled(this.from, name) {
            "configs" if configs.is_some() => {
                return Err(this.fault(Fault::Twice {
                    place: LIST,
                    name: "configs",
                }));
            }
            "configs" => configs = Some(value).filter(|value| !json::is_null(*value)),
            "nextPageToken" if is_rpc => {
                if !leaf::is_default(value) {
                    this.loss.add(Loss::Paging);
                }
            }
            _ if is_rpc => this.loss.add(Loss::BesidePayload),
            _ => more.push((name.to_owned(), value)),
        }
        Ok(())
    })?;
    if is_rpc {
        return match configs {
            Some(configs) => conversion.array((LIST, "configs"), configs, out, config),
            None => {
                out.push_str("[]");
                Ok(())
            }
        };
    }
    let mut object = Object::open(out);
    if let Some(configs) = configs {
        conversion.array((LIST, "configs"), configs, object.name("configs"), config)?;
    }
    for (name, value) in more {
        object.raw(&name, value);
    }
    object.close();
    Ok(())
}

/// Writes the parameters that name one configuration, from or for the v0.3 protobuf.
pub(super) fn one(
    conversion: &mut Conversion<'_>,
    params: Raw<'_>,
    out: &mut String,
) -> Result<(), ShapeError> {
    let mut object = Object::open(out);
    if conversion.to == Shape::V0_3Proto {
        let [task, id] = flat_ids(conversion, params)?;
        let task = required(conversion, IDS, "taskId", task)?;
        let id = required(conversion, IDS, "id", id)?;
        let task = resource::id(conversion, IDS, "taskId", task)?;
        let id = resource::id(conversion, IDS, "id", id)?;
        object.text("name", &resource::of_config(&task, &id));
        conversion.each_member(IDS, params, |this, name, value| {
            match (PUSH_IDS.find(this.from, name), name) {
                (Found::Unknown, "name") => this.loss.add(Loss::Clash),
                (Found::Unknown, name) => object.raw(name, value),
                (Found::Field(_, field), _) if !leaf::is_default(value) => {
                    field.loss.into_iter().for_each(|loss| this.loss.add(loss));
                }
                (Found::Field(..) | Found::Kind, _) => {}
            }
            Ok(())
        })?;
    } else {
        let envelope = Envelope::read(conversion, IDS, params)?;
        let name = required(conversion, IDS, "name", envelope.name)?;
        let name = resource::read(conversion, IDS, "name", name)?;
        object.text("taskId", &name.task);
        if let Some(id) = &name.config {
            object.text("id", id);
        }
        for (name, value) in envelope.more {
            match PUSH_IDS.takes(Shape::V1_0, &name) {
                true => conversion.loss.add(Loss::Clash),
                false => object.raw(&name, value),
            }
        }
    }
    object.close();
    Ok(())
}

/// Writes the envelope of the v0.3 protobuf.
fn nested_by_name(
    conversion: &mut Conversion<'_>,
    flat: Raw<'_>,
    task: &str,
    id: Option<&str>,
    out: &mut String,
) -> Result<(), ShapeError> {
    let mut object = Object::open(out);
    if let Some(id) = id {
        object.text("name", &resource::of_config(task, id));
    }
    conversion.object(&PUSH, flat, object.name("pushNotificationConfig"))?;
    object.close();
    Ok(())
}

/// Writes the configuration of v1.0 that an envelope of v0.3 holds.
fn flat(
    conversion: &mut Conversion<'_>,
    envelope: &Envelope<'_>,
    out: &mut String,
) -> Result<(), ShapeError> {
    let inner = required(conversion, CONFIG, "pushNotificationConfig", envelope.inner)?;
    let mut before = Vec::new();
    let mut config_id = envelope
        .config_id
        .filter(|id| !leaf::is_default(*id))
        .map(|id| id.get().to_owned());
    if let Some(task) = envelope.task {
        before.push(("taskId", task.get().to_owned()));
    } else if let Some((name, told)) = envelope
        .parent
        .map(|parent| (parent, "parent"))
        .or_else(|| envelope.name.map(|name| (name, "name")))
    {
        let name = resource::read(conversion, CONFIG, told, name)?;
        before.push(("taskId", quote(&name.task)));
        config_id = config_id.or_else(|| name.config.as_deref().map(quote));
    }
    let has_id = json::members_of(inner, ["id"])
        .is_ok_and(|[id]| id.is_some_and(|id| !leaf::is_default(id)));
    if let Some(id) = config_id.filter(|_| !has_id) {
        before.push(("id", id));
    }
    let mut behind = Vec::new();
    for (name, value) in &envelope.more {
        match PUSH.takes(Shape::V1_0, name) {
            true => conversion.loss.add(Loss::Clash),
            false => behind.push((name.as_str(), value.get().to_owned())),
        }
    }
    conversion.object_with(&PUSH, inner, out, &before, &behind)
}

/// `taskId` and `id` of a flat configuration.
fn flat_ids<'a>(
    conversion: &mut Conversion<'_>,
    flat: Raw<'a>,
) -> Result<[Option<Raw<'a>>; 2], ShapeError> {
    let (mut task, mut id) = (None, None);
    conversion.each_member(CONFIG, flat, |this, name, value| {
        if let Found::Field(_, field) = PUSH.find(this.from, name) {
            let value = Some(value).filter(|value| !leaf::is_default(*value));
            match field.name(Shape::V1_0) {
                "taskId" => task = value,
                "id" => id = value,
                _ => {}
            }
        }
        Ok(())
    })?;
    Ok([task, id])
}

/// As [`flat_ids`], as parts of names. The task's must be there.
fn ids(
    conversion: &mut Conversion<'_>,
    flat: Raw<'_>,
) -> Result<(String, Option<String>), ShapeError> {
    let [task, id] = flat_ids(conversion, flat)?;
    let task = required(conversion, CONFIG, "taskId", task)?;
    let task = resource::id(conversion, CONFIG, "taskId", task)?;
    let id = id
        .map(|id| resource::id(conversion, CONFIG, "id", id))
        .transpose()?;
    Ok((task, id))
}

fn required<'a>(
    conversion: &Conversion<'_>,
    place: &'static str,
    name: &'static str,
    value: Option<Raw<'a>>,
) -> Result<Raw<'a>, ShapeError> {
    value.ok_or_else(|| {
        conversion.fault(Fault::Member {
            place,
            name,
            expected: "there",
        })
    })
}

// === impl Envelope ===

impl<'a> Envelope<'a> {
    fn read(
        conversion: &mut Conversion<'_>,
        place: &'static str,
        raw: Raw<'a>,
    ) -> Result<Self, ShapeError> {
        let mut envelope = Self::default();
        let is_rpc = conversion.from == Shape::V0_3JsonRpc;
        conversion.each_member(place, raw, |this, name, value| {
            let (slot, told) = match (&*spelled(this.from, name), is_rpc) {
                ("pushNotificationConfig", _) => (&mut envelope.inner, "pushNotificationConfig"),
                ("taskId", true) => (&mut envelope.task, "taskId"),
                ("name", false) => (&mut envelope.name, "name"),
                ("parent", false) => (&mut envelope.parent, "parent"),
                ("configId", false) => (&mut envelope.config_id, "configId"),
                ("config", false) => (&mut envelope.config, "config"),
                _ => {
                    envelope.more.push((name.to_owned(), value));
                    return Ok(());
                }
            };
            if json::is_null(value) {
                return Ok(());
            }
            match slot.replace(value) {
                None => Ok(()),
                Some(_) => Err(this.fault(Fault::Twice { place, name: told })),
            }
        })?;
        Ok(envelope)
    }
}
