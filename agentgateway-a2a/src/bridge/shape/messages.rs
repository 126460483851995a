//! The messages of the protocol, as tables.
//!
//! # Source
//! A2A v1.0, protobuf `lf.a2a.v1`; A2A v0.3, JSON schema and protobuf `a2a.v1`.

use super::table::{Field, Rule, Table};
use crate::bridge::Loss;

pub(super) static TASK: Table = Table {
    name: "Task",
    kind: Some("task"),
    fields: &[
        Field::same("id", Rule::Copy),
        Field::same("contextId", Rule::Copy).required("\"\""),
        Field::same("status", Rule::Object(&STATUS)).required(r#"{"state":"unknown"}"#),
        Field::same("artifacts", Rule::Array(&ARTIFACT)),
        Field::same("history", Rule::Array(&MESSAGE)),
        Field::same("metadata", Rule::Copy),
    ],
};

pub(super) static STATUS: Table = Table {
    name: "TaskStatus",
    kind: None,
    fields: &[
        Field::same("state", Rule::State).required("\"unknown\""),
        Field::same("message", Rule::Object(&MESSAGE)).alias("update"),
        Field::same("timestamp", Rule::Timestamp),
    ],
};

pub(super) static MESSAGE: Table = Table {
    name: "Message",
    kind: Some("message"),
    fields: &[
        Field::same("messageId", Rule::Copy),
        Field::same("contextId", Rule::Copy),
        Field::same("taskId", Rule::Copy),
        Field::same("role", Rule::Role),
        Field::named(["parts", "parts", "content"], Rule::Parts).required("[]"),
        Field::same("metadata", Rule::Copy),
        Field::same("extensions", Rule::Copy),
        Field::named(["referenceTaskIds", "referenceTaskIds", ""], Rule::Copy)
            .loss(Loss::ReferenceTaskIds),
    ],
};

pub(super) static ARTIFACT: Table = Table {
    name: "Artifact",
    kind: None,
    fields: &[
        Field::same("artifactId", Rule::Copy),
        Field::same("name", Rule::Copy),
        Field::same("description", Rule::Copy),
        Field::same("parts", Rule::Parts).required("[]"),
        Field::same("metadata", Rule::Copy),
        Field::same("extensions", Rule::Copy),
    ],
};

pub(super) static STATUS_UPDATE: Table = Table {
    name: "TaskStatusUpdateEvent",
    kind: Some("status-update"),
    fields: &[
        Field::same("taskId", Rule::Copy).required("\"\""),
        Field::same("contextId", Rule::Copy).required("\"\""),
        Field::same("status", Rule::Object(&STATUS)).required(r#"{"state":"unknown"}"#),
        Field::same("metadata", Rule::Copy),
        // v1.0 ends the stream instead.
        Field::named(["", "final", "final"], Rule::Copy),
    ],
};

pub(super) static ARTIFACT_UPDATE: Table = Table {
    name: "TaskArtifactUpdateEvent",
    kind: Some("artifact-update"),
    fields: &[
        Field::same("taskId", Rule::Copy).required("\"\""),
        Field::same("contextId", Rule::Copy).required("\"\""),
        Field::same("artifact", Rule::Object(&ARTIFACT)),
        Field::same("append", Rule::Copy),
        Field::same("lastChunk", Rule::Copy),
        Field::same("metadata", Rule::Copy),
    ],
};

pub(super) static SEND_MESSAGE: Table = Table {
    name: "SendMessageRequest",
    kind: None,
    fields: &[
        TENANT,
        Field::same("message", Rule::Object(&MESSAGE)).alias("request"),
        Field::same("configuration", Rule::Object(&CONFIGURATION)),
        Field::same("metadata", Rule::Copy),
    ],
};

pub(super) static CONFIGURATION: Table = Table {
    name: "SendMessageConfiguration",
    kind: None,
    fields: &[
        Field::same("acceptedOutputModes", Rule::Copy).required("[]"),
        Field::named(
            [
                "taskPushNotificationConfig",
                "pushNotificationConfig",
                "pushNotification",
            ],
            Rule::Object(&INLINE_PUSH),
        ),
        Field::same("historyLength", Rule::HistoryLength),
        Field::named(
            ["returnImmediately", "blocking", "blocking"],
            Rule::Blocking,
        ),
    ],
};

/// A push configuration within the configuration of a message.
static INLINE_PUSH: Table = Table {
    name: "TaskPushNotificationConfig",
    kind: None,
    fields: &[
        Field::same("id", Rule::Copy),
        Field::same("url", Rule::Copy),
        Field::same("token", Rule::Copy),
        Field::same("authentication", Rule::Object(&AUTHENTICATION)),
        Field::named(["taskId", "", ""], Rule::Copy).loss(Loss::PushTaskId),
        TENANT,
    ],
};

/// A push configuration by itself: the ids stand around it in v0.3.
pub(super) static PUSH: Table = Table {
    name: "TaskPushNotificationConfig",
    kind: None,
    fields: &[
        Field::same("id", Rule::Copy),
        Field::same("url", Rule::Copy),
        Field::same("token", Rule::Copy),
        Field::same("authentication", Rule::Object(&AUTHENTICATION)),
        Field::named(["taskId", "", ""], Rule::Copy),
        TENANT,
    ],
};

static AUTHENTICATION: Table = Table {
    name: "AuthenticationInfo",
    kind: None,
    fields: &[
        Field::named(["scheme", "schemes", "schemes"], Rule::Schemes).required("[]"),
        Field::same("credentials", Rule::Copy),
    ],
};

pub(super) static GET_TASK: Table = Table {
    name: "GetTaskRequest",
    kind: None,
    fields: &[
        TENANT,
        TASK_ID,
        Field::same("historyLength", Rule::HistoryLength),
        METADATA,
    ],
};

pub(super) static CANCEL_TASK: Table = Table {
    name: "CancelTaskRequest",
    kind: None,
    fields: &[
        TENANT,
        TASK_ID,
        Field::named(["metadata", "metadata", ""], Rule::Copy).loss(Loss::RequestMetadata),
    ],
};

pub(super) static SUBSCRIBE: Table = Table {
    name: "SubscribeToTaskRequest",
    kind: None,
    fields: &[TENANT, TASK_ID, METADATA],
};

/// To read or to delete one push configuration; not for the v0.3 protobuf, which has one name for both ids.
pub(super) static PUSH_IDS: Table = Table {
    name: "GetTaskPushNotificationConfigRequest",
    kind: None,
    fields: &[
        TENANT,
        Field::named(["taskId", "id", ""], Rule::Copy),
        Field::named(["id", "pushNotificationConfigId", ""], Rule::Copy),
        METADATA,
    ],
};

pub(super) static LIST_PUSH: Table = Table {
    name: "ListTaskPushNotificationConfigsRequest",
    kind: None,
    fields: &[
        TENANT,
        Field::named(["taskId", "id", "parent"], Rule::TaskName),
        Field::named(["pageSize", "", "pageSize"], Rule::Copy).loss(Loss::Paging),
        Field::named(["pageToken", "", "pageToken"], Rule::Copy).loss(Loss::Paging),
        METADATA,
    ],
};

pub(super) static GET_CARD: Table = Table {
    name: "GetExtendedAgentCardRequest",
    kind: None,
    fields: &[TENANT],
};

const TENANT: Field = Field::named(["tenant", "", ""], Rule::Copy).loss(Loss::Tenant);
const TASK_ID: Field = Field::named(["id", "id", "name"], Rule::TaskName);
/// Of v0.3 over JSON-RPC alone.
const METADATA: Field = Field::named(["", "metadata", ""], Rule::Copy).loss(Loss::RequestMetadata);
