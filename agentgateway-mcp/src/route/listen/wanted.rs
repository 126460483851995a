use agentgateway_core::json::{self, JsonError, JsonType, Raw};
use bytes::Bytes;

use super::super::{edits::Edits, known::Capabilities};
use crate::wire::McpMethod;

const TOOLS: &str = "toolsListChanged";
const PROMPTS: &str = "promptsListChanged";
const RESOURCES: &str = "resourcesListChanged";
const UPDATES: &str = "resourceSubscriptions";
/// Of the extension for tasks.
const TASKS: &str = "taskIds";

/// Of what a client wants to be told, or what a server will tell of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) tools: bool,
    pub(super) prompts: bool,
    pub(super) resources: bool,
    /// Changes of these resources.
    pub(super) uris: Vec<String>,
    /// What becomes of these tasks.
    pub(super) tasks: Vec<String>,
    /// Something that only an extension knows.
    pub(super) other: bool,
}

impl Wanted {
    /// Reads a filter of subscriptions.
    ///
    /// # Errors
    /// It is no object, or says something twice.
    pub(super) fn read(filter: Raw<'_>) -> Result<Self, JsonError> {
        let [tools, prompts, resources, updates, tasks] =
            json::members_of(filter, [TOOLS, PROMPTS, RESOURCES, UPDATES, TASKS])?;
        let mut other = false;
        json::entries(filter, |name, _| {
            other |= ![TOOLS, PROMPTS, RESOURCES, UPDATES, TASKS].contains(&name);
        })?;
        let says = |raw: Option<Raw<'_>>| raw.and_then(json::boolean).unwrap_or_default();
        Ok(Self {
            tools: says(tools),
            prompts: says(prompts),
            resources: says(resources),
            uris: strings(updates)?,
            tasks: strings(tasks)?,
            other,
        })
    }

    /// What of it a server can tell of.
    pub(super) fn of_server(&self, can: Capabilities) -> Self {
        Self {
            tools: self.tools && can.tools_changed,
            prompts: self.prompts && can.prompts_changed,
            resources: self.resources && can.resources_changed,
            uris: if can.subscribe {
                self.uris.clone()
            } else {
                Vec::new()
            },
            tasks: self.tasks.clone(),
            other: self.other,
        }
    }

    pub(super) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another server will tell of.
    pub(super) fn join(&mut self, other: Self) {
        self.tools |= other.tools;
        self.prompts |= other.prompts;
        self.resources |= other.resources;
        self.uris.extend(other.uris);
        self.tasks.extend(other.tasks);
    }

    /// The filter in the place of another one, whose other members stay.
    ///
    /// # Errors
    /// The other one is no object, or says something twice.
    pub(super) fn put_into(&self, filter: &Bytes) -> Result<Bytes, JsonError> {
        let flag = |is: bool| is.then(|| Bytes::from_static(b"true"));
        let list = |all: &[String]| {
            let all: Vec<_> = all.iter().map(|text| json::quote(text)).collect();
            (!all.is_empty()).then(|| format!("[{}]", all.join(",")).into())
        };
        json::with_members(
            filter,
            &[
                (TOOLS, flag(self.tools)),
                (PROMPTS, flag(self.prompts)),
                (RESOURCES, flag(self.resources)),
                (UPDATES, list(&self.uris)),
                (TASKS, list(&self.tasks)),
            ],
        )
    }

    /// Whether the client asked for notifications of this method. All others are the matter of extensions.
    pub(super) fn has(&self, method: &McpMethod) -> bool {
        match method.as_str() {
            "notifications/tools/list_changed" => self.tools,
            "notifications/prompts/list_changed" => self.prompts,
            "notifications/resources/list_changed" => self.resources,
            "notifications/resources/updated" => !self.uris.is_empty(),
            "notifications/subscriptions/acknowledged" => false,
            _ => true,
        }
    }

    /// The notifications that tell of all lists that it names.
    pub(super) fn lists(&self) -> impl Iterator<Item = McpMethod> {
        [
            (self.tools, McpMethod::NOTIFICATIONS_TOOLS_LIST_CHANGED),
            (self.prompts, McpMethod::NOTIFICATIONS_PROMPTS_LIST_CHANGED),
            (
                self.resources,
                McpMethod::NOTIFICATIONS_RESOURCES_LIST_CHANGED,
            ),
        ]
        .into_iter()
        .filter_map(|(wanted, method)| wanted.then_some(method))
    }
}

fn strings(array: Option<Raw<'_>>) -> Result<Vec<String>, JsonError> {
    let mut all = Vec::new();
    if let Some(array) = array.filter(|raw| json::type_of(*raw) == JsonType::Array) {
        json::elements(array, |text| {
            all.extend(json::string(text).map(String::from))
        })?;
    }
    Ok(all)
}

/// Tells a client of URIs as it knows them.
pub(super) fn told(
    edits: &mut Edits<'_>,
    method: &McpMethod,
    params: Raw<'_>,
) -> Result<(), JsonError> {
    let [uri, task] = json::members_of(params, ["uri", "taskId"])?;
    if *method == McpMethod::NOTIFICATIONS_RESOURCES_UPDATED {
        edits.uri(uri);
    }
    if method.as_str().starts_with("notifications/tasks") {
        edits.task(task);
    }
    Ok(())
}
