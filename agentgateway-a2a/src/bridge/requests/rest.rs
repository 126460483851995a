//! HTTP+JSON: what path, query and body say together.
//!
//! # Source
//! A2A v1.0, section 11 and the HTTP rules of its proto; A2A v0.3, section 3.5.3 and its proto.

use agentgateway_core::json::{self, Raw, quote, with_members};
use bytes::Bytes;
use http::{Method, Uri, request};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Sent, bad};
use crate::bridge::Fault;
use crate::{
    A2aCall,
    wire::{A2aOperation, A2aVersion},
};

/// What is written as it is in a segment of a path, or a value of a query.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The media type of bodies in v1.0; agents take `application/json` in either version.
const JSON: &str = "application/json";

/// Parameters that stand in a query, and how their values are written in JSON.
const QUERY: [(&str, Kind); 9] = [
    ("historyLength", Kind::Number),
    ("contextId", Kind::Text),
    ("status", Kind::Text),
    ("pageSize", Kind::Number),
    ("pageToken", Kind::Text),
    ("statusTimestampAfter", Kind::Text),
    ("includeArtifacts", Kind::Truth),
    ("configId", Kind::Text),
    ("tenant", Kind::Text),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Truth,
}

/// The parameters, as the JSON form of the request's message.
pub(super) fn params(
    version: A2aVersion,
    call: &A2aCall,
    head: &request::Parts,
    body: &Bytes,
) -> Result<Bytes, Fault> {
    let object = if body.trim_ascii().is_empty() {
        Bytes::from_static(b"{}")
    } else {
        body.clone()
    };
    let mut set: Vec<(&str, Option<Bytes>)> = Vec::new();
    let (task, config) = (call.task_id(), call.push_config_id());
    if version == A2aVersion::V0_3 {
        if let Some((name, value)) = resource(call.operation(), task, config) {
            set.push((name, Some(quoted(&value))));
        }
        if *call.operation() == A2aOperation::CreateTaskPushNotificationConfig {
            return created_v0_3(&object, &head.uri, &set);
        }
    } else {
        let by_task = names_task_id(call.operation());
        if let Some(task) = task {
            set.push((if by_task { "taskId" } else { "id" }, Some(quoted(task))));
        }
        let from_path = config.filter(|_| by_task && head.method != Method::POST);
        if let Some(config) = from_path {
            set.push(("id", Some(quoted(config))));
        }
        if let Some(tenant) = call.tenant() {
            set.push(("tenant", Some(quoted(tenant))));
        }
    }
    if head.method == Method::GET {
        // What a policy has judged is what is asked for.
        if let Some(context) = call.context_id() {
            set.push(("contextId", Some(quoted(context))));
        }
        query(&head.uri, &mut set)?;
    }
    let sends = call.operation();
    if matches!(
        sends,
        A2aOperation::SendMessage | A2aOperation::SendStreamingMessage
    ) {
        // The message says which task it is for; the path does not.
        set.retain(|(name, _)| *name == "tenant");
    }
    with_members(&object, &set).map_err(bad)
}

/// v0.3 takes the configuration as the body; its SDKs send the whole message.
fn created_v0_3(object: &Bytes, uri: &Uri, set: &[(&str, Option<Bytes>)]) -> Result<Bytes, Fault> {
    let [config, flat] =
        json::members(object, ["config", "pushNotificationConfig"]).map_err(bad)?;
    if config.is_some() || flat.is_none() {
        return with_members(object, set).map_err(bad);
    }
    let mut set = set.to_vec();
    set.push(("config", Some(object.clone())));
    let id = crate::wire::query_value(uri, "configId")
        .or_else(|| crate::wire::query_value(uri, "config_id"));
    if let Some(id) = id {
        set.push(("configId", Some(quoted(&id))));
    }
    with_members(&Bytes::from_static(b"{}"), &set).map_err(bad)
}

/// The name of the resource in v0.3, and the member that has it.
fn resource(
    operation: &A2aOperation,
    task: Option<&str>,
    config: Option<&str>,
) -> Option<(&'static str, String)> {
    let task = task?;
    Some(match operation {
        A2aOperation::CreateTaskPushNotificationConfig
        | A2aOperation::ListTaskPushNotificationConfigs => ("parent", format!("tasks/{task}")),
        A2aOperation::GetTaskPushNotificationConfig
        | A2aOperation::DeleteTaskPushNotificationConfig => (
            "name",
            format!("tasks/{task}/pushNotificationConfigs/{}", config?),
        ),
        _ => ("name", format!("tasks/{task}")),
    })
}

const fn names_task_id(operation: &A2aOperation) -> bool {
    matches!(
        operation,
        A2aOperation::CreateTaskPushNotificationConfig
            | A2aOperation::GetTaskPushNotificationConfig
            | A2aOperation::ListTaskPushNotificationConfigs
            | A2aOperation::DeleteTaskPushNotificationConfig
    )
}

fn query(uri: &Uri, set: &mut Vec<(&'static str, Option<Bytes>)>) -> Result<(), Fault> {
    for pair in uri.query().unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Some((name, kind)) = QUERY.iter().find(|(known, _)| spelt(known, name)) else {
            continue;
        };
        if set.iter().any(|(known, _)| known == name) {
            continue;
        }
        // `+` is a space in a query; a time zone's plus is written %2B by every SDK.
        let value = value.replace('+', " ");
        let value = percent_decode_str(&value)
            .decode_utf8()
            .map_err(|_| bad(format!("the query's \"{name}\" is not UTF-8")))?;
        let json = match kind {
            Kind::Text => quoted(&value),
            Kind::Number if value.parse::<i64>().is_ok() => Bytes::from(value.into_owned()),
            Kind::Truth if matches!(&*value, "true" | "false") => Bytes::from(value.into_owned()),
            Kind::Number => return Err(bad(format!("the query's \"{name}\" must be a number"))),
            Kind::Truth => {
                return Err(bad(format!("the query's \"{name}\" must be true or false")));
            }
        };
        set.push((name, Some(json)));
    }
    Ok(())
}

/// Whether a name is this one, in camel case or in snake case.
fn spelt(camel: &str, name: &str) -> bool {
    let mut letters = name.chars();
    let same = camel.chars().all(|letter| {
        let next = letters.next();
        if letter.is_ascii_uppercase() && next == Some('_') {
            return letters.next() == Some(letter.to_ascii_lowercase());
        }
        next == Some(letter)
    });
    same && letters.next().is_none()
}

/// The request for an operation, of its parameters in the JSON form of its message.
pub(super) fn sent(
    version: A2aVersion,
    operation: &A2aOperation,
    params: &Bytes,
) -> Result<Sent, Fault> {
    if version == A2aVersion::V0_3 {
        return sent_v0_3(operation, params);
    }
    use A2aOperation as Op;
    let [tenant, id, task] = members(params, ["tenant", "id", "taskId"])?;
    let prefix = match &tenant {
        Some(tenant) if !tenant.is_empty() => format!("/{}", segment("tenant", Some(tenant))?),
        _ => String::new(),
    };
    let configs = || {
        let task = segment("taskId", task.as_deref())?;
        Ok::<_, Fault>(format!("{prefix}/tasks/{task}/pushNotificationConfigs"))
    };
    let about = |verb: &str| {
        let id = segment("id", id.as_deref())?;
        Ok::<_, Fault>(format!("{prefix}/tasks/{id}{verb}"))
    };
    let config = || segment("id", id.as_deref());
    Ok(match operation {
        Op::SendMessage => posted(
            format!("{prefix}/message:send"),
            without(params, &["tenant"])?,
        ),
        Op::SendStreamingMessage => posted(
            format!("{prefix}/message:stream"),
            without(params, &["tenant"])?,
        ),
        Op::CancelTask => posted(about(":cancel")?, without(params, &["tenant", "id"])?),
        Op::SubscribeToTask => got(about(":subscribe")?),
        Op::GetTask => got(about("")? + &as_query(params)?),
        Op::ListTasks => got(format!("{prefix}/tasks{}", as_query(params)?)),
        Op::CreateTaskPushNotificationConfig => {
            posted(configs()?, without(params, &["tenant", "taskId"])?)
        }
        Op::ListTaskPushNotificationConfigs => got(configs()? + &as_query(params)?),
        Op::GetTaskPushNotificationConfig => got(format!("{}/{}", configs()?, config()?)),
        Op::DeleteTaskPushNotificationConfig => Sent {
            method: Method::DELETE,
            ..got(format!("{}/{}", configs()?, config()?))
        },
        Op::GetExtendedAgentCard => got(format!("{prefix}/extendedAgentCard")),
        Op::AgentCard | Op::Unknown(_) => return Err(bad("this method has no route")),
    })
}

fn sent_v0_3(operation: &A2aOperation, params: &Bytes) -> Result<Sent, Fault> {
    use A2aOperation as Op;
    let [name, parent] = members(params, ["name", "parent"])?;
    let at = |resource: &Option<String>, rest: &str| {
        let path: Vec<_> = resource
            .as_deref()
            .unwrap_or_default()
            .split('/')
            .map(escaped)
            .collect();
        format!("/v1/{}{rest}", path.join("/"))
    };
    Ok(match operation {
        Op::SendMessage => posted("/v1/message:send".to_owned(), params.clone()),
        Op::SendStreamingMessage => posted("/v1/message:stream".to_owned(), params.clone()),
        Op::CancelTask => posted(at(&name, ":cancel"), params.clone()),
        Op::SubscribeToTask => got(at(&name, ":subscribe")),
        Op::GetTask => got(at(&name, "") + &as_query(params)?),
        Op::CreateTaskPushNotificationConfig => {
            posted(at(&parent, "/pushNotificationConfigs"), params.clone())
        }
        Op::ListTaskPushNotificationConfigs => got(at(&parent, "/pushNotificationConfigs")),
        Op::GetTaskPushNotificationConfig => got(at(&name, "")),
        Op::DeleteTaskPushNotificationConfig => Sent {
            method: Method::DELETE,
            ..got(at(&name, ""))
        },
        Op::GetExtendedAgentCard => got("/v1/card".to_owned()),
        Op::ListTasks | Op::AgentCard | Op::Unknown(_) => {
            return Err(bad("this method has no route"));
        }
    })
}

/// A segment of a path that no agent takes for another: agents decode paths before they look at them.
fn segment(name: &str, value: Option<&str>) -> Result<String, Fault> {
    let value = value.unwrap_or_default();
    let is_verb = [":cancel", ":subscribe"]
        .iter()
        .any(|verb| value.ends_with(verb));
    if matches!(value, "" | "." | "..") || value.contains(['/', '\\']) || is_verb {
        let message = format!(
            "\"{name}\" must be an id that can stand in a path: not empty, without slashes, and no verb"
        );
        return Err(bad(message));
    }
    Ok(escaped(value))
}

/// What a query can say of these parameters; what stands in the path does not.
fn as_query(params: &Bytes) -> Result<String, Fault> {
    let mut query = String::new();
    let push = |name: &str, value: Raw<'_>| {
        let known = QUERY.iter().any(|(known, _)| *known == name);
        if !known || name == "tenant" || json::is_null(value) {
            return;
        }
        let value = json::string(value).unwrap_or(value.get().into());
        query.push(if query.is_empty() { '?' } else { '&' });
        query.push_str(name);
        query.push('=');
        query.push_str(&escaped(&value));
    };
    let raw = Raw::parse(params).map_err(bad)?;
    json::entries(raw, push).map_err(bad)?;
    Ok(query)
}

fn members<const N: usize>(params: &[u8], names: [&str; N]) -> Result<[Option<String>; N], Fault> {
    let found = json::members(params, names).map_err(bad)?;
    Ok(found.map(|value| Some(json::string(value?)?.into_owned())))
}

fn without(params: &Bytes, names: &[&str]) -> Result<Bytes, Fault> {
    let changes: Vec<_> = names.iter().map(|name| (*name, None)).collect();
    with_members(params, &changes).map_err(bad)
}

fn posted(path: String, body: Bytes) -> Sent {
    Sent {
        method: Method::POST,
        path,
        body,
        content_type: Some(JSON),
    }
}

const fn got(path: String) -> Sent {
    Sent {
        method: Method::GET,
        path,
        body: Bytes::new(),
        content_type: None,
    }
}

fn quoted(text: &str) -> Bytes {
    quote(text).into()
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}
