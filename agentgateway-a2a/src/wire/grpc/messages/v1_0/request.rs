//! What is asked.

use prost_types::{Struct, Timestamp};

use super::{Message, TaskPushNotificationConfig, TaskState};
use crate::wire::grpc::proto_json::proto_json;

/// How a message is to be answered.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SendMessageConfiguration {
    /// The media types that the client takes.
    #[prost(string, repeated, tag = "1")]
    pub accepted_output_modes: Vec<String>,
    /// Where changes are pushed to.
    #[prost(message, optional, tag = "2")]
    pub task_push_notification_config: Option<TaskPushNotificationConfig>,
    /// The most messages of the history to bring; unset leaves it to the agent.
    #[prost(int32, optional, tag = "3")]
    pub history_length: Option<i32>,
    /// The answer does not wait for the task.
    #[prost(bool, tag = "4")]
    pub return_immediately: bool,
}

proto_json!(SendMessageConfiguration {
    accepted_output_modes: "acceptedOutputModes";
    task_push_notification_config: "taskPushNotificationConfig";
    history_length: "historyLength";
    return_immediately: "returnImmediately";
});

/// Asks for `SendMessage` and `SendStreamingMessage`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SendMessageRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// A message.
    #[prost(message, optional, tag = "2")]
    pub message: Option<Message>,
    /// How the message is to be answered.
    #[prost(message, optional, tag = "3")]
    pub configuration: Option<SendMessageConfiguration>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "4")]
    pub metadata: Option<Struct>,
}

proto_json!(SendMessageRequest {
    tenant: "tenant";
    message: "message";
    configuration: "configuration";
    metadata: "metadata";
});

/// Asks for `GetTask`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetTaskRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The task.
    #[prost(string, tag = "2")]
    pub id: String,
    /// The most messages of the history to bring; unset leaves it to the agent.
    #[prost(int32, optional, tag = "3")]
    pub history_length: Option<i32>,
}

proto_json!(GetTaskRequest {
    tenant: "tenant";
    id: "id";
    history_length: "historyLength";
});

/// Asks for `ListTasks`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListTasksRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The conversation that it belongs to.
    #[prost(string, tag = "2")]
    pub context_id: String,
    /// Only tasks in this state: a number of [`TaskState`]; 0 is any.
    #[prost(enumeration = "TaskState", tag = "3")]
    pub status: i32,
    /// How many at most; unset or 0 leaves it to the agent.
    #[prost(int32, optional, tag = "4")]
    pub page_size: Option<i32>,
    /// The page, by the token that the one before gave.
    #[prost(string, tag = "5")]
    pub page_token: String,
    /// The most messages of the history to bring; unset leaves it to the agent.
    #[prost(int32, optional, tag = "6")]
    pub history_length: Option<i32>,
    /// Only tasks whose status changed then or later.
    #[prost(message, optional, tag = "7")]
    pub status_timestamp_after: Option<Timestamp>,
    /// The tasks come with their artifacts; unset is no.
    #[prost(bool, optional, tag = "8")]
    pub include_artifacts: Option<bool>,
}

proto_json!(ListTasksRequest {
    tenant: "tenant";
    context_id: "contextId";
    status: "status" as TaskState;
    page_size: "pageSize";
    page_token: "pageToken";
    history_length: "historyLength";
    status_timestamp_after: "statusTimestampAfter";
    include_artifacts: "includeArtifacts";
});

/// Asks for `CancelTask`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelTaskRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The task.
    #[prost(string, tag = "2")]
    pub id: String,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "3")]
    pub metadata: Option<Struct>,
}

proto_json!(CancelTaskRequest {
    tenant: "tenant";
    id: "id";
    metadata: "metadata";
});

/// Asks for `GetTaskPushNotificationConfig`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetTaskPushNotificationConfigRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The task.
    #[prost(string, tag = "2")]
    pub task_id: String,
    /// The id.
    #[prost(string, tag = "3")]
    pub id: String,
}

proto_json!(GetTaskPushNotificationConfigRequest {
    tenant: "tenant";
    task_id: "taskId";
    id: "id";
});

/// Asks for `DeleteTaskPushNotificationConfig`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DeleteTaskPushNotificationConfigRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The task.
    #[prost(string, tag = "2")]
    pub task_id: String,
    /// The id.
    #[prost(string, tag = "3")]
    pub id: String,
}

proto_json!(DeleteTaskPushNotificationConfigRequest {
    tenant: "tenant";
    task_id: "taskId";
    id: "id";
});

/// Asks for `SubscribeToTask`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SubscribeToTaskRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The task.
    #[prost(string, tag = "2")]
    pub id: String,
}

proto_json!(SubscribeToTaskRequest {
    tenant: "tenant";
    id: "id";
});

/// Asks for `ListTaskPushNotificationConfigs`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListTaskPushNotificationConfigsRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "4")]
    pub tenant: String,
    /// The task.
    #[prost(string, tag = "1")]
    pub task_id: String,
    /// How many at most; unset or 0 leaves it to the agent.
    #[prost(int32, tag = "2")]
    pub page_size: i32,
    /// The page, by the token that the one before gave.
    #[prost(string, tag = "3")]
    pub page_token: String,
}

proto_json!(ListTaskPushNotificationConfigsRequest {
    tenant: "tenant";
    task_id: "taskId";
    page_size: "pageSize";
    page_token: "pageToken";
});

/// Asks for `GetExtendedAgentCard`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetExtendedAgentCardRequest {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
}

proto_json!(GetExtendedAgentCardRequest {
    tenant: "tenant";
});
