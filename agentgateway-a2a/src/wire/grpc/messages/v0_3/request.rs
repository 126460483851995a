//! What is asked.

use prost_types::Struct;

use super::{Message, PushNotificationConfig, TaskPushNotificationConfig};
use crate::wire::grpc::proto_json::proto_json;

/// How a message is to be answered.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SendMessageConfiguration {
    /// The media types that the client takes.
    #[prost(string, repeated, tag = "1")]
    pub accepted_output_modes: Vec<String>,
    /// Where changes are pushed to.
    #[prost(message, optional, tag = "2")]
    pub push_notification: Option<PushNotificationConfig>,
    /// The most messages of the history to bring; 0 sets no limit.
    #[prost(int32, tag = "3")]
    pub history_length: i32,
    /// The answer waits until the task ends or is interrupted.
    #[prost(bool, tag = "4")]
    pub blocking: bool,
}

proto_json!(SendMessageConfiguration {
    accepted_output_modes: "acceptedOutputModes";
    push_notification: "pushNotification";
    history_length: "historyLength";
    blocking: "blocking";
});

/// Asks for `SendMessage` and `SendStreamingMessage`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SendMessageRequest {
    /// The message; `message` in JSON.
    #[prost(message, optional, tag = "1")]
    pub request: Option<Message>,
    /// How the message is to be answered.
    #[prost(message, optional, tag = "2")]
    pub configuration: Option<SendMessageConfiguration>,
    /// Whatever else the sender says of it.
    #[prost(message, optional, tag = "3")]
    pub metadata: Option<Struct>,
}

proto_json!(SendMessageRequest {
    request: "message" | "request";
    configuration: "configuration";
    metadata: "metadata";
});

/// Asks for `GetTask`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetTaskRequest {
    /// The task, as `tasks/{id}`.
    #[prost(string, tag = "1")]
    pub name: String,
    /// The most messages of the history to bring; 0 sets no limit.
    #[prost(int32, tag = "2")]
    pub history_length: i32,
}

proto_json!(GetTaskRequest {
    name: "name";
    history_length: "historyLength";
});

/// Asks for `CancelTask`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CancelTaskRequest {
    /// The task, as `tasks/{id}`.
    #[prost(string, tag = "1")]
    pub name: String,
}

proto_json!(CancelTaskRequest {
    name: "name";
});

/// Asks for `GetTaskPushNotificationConfig`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetTaskPushNotificationConfigRequest {
    /// The configuration, as `tasks/{id}/pushNotificationConfigs/{id}`.
    #[prost(string, tag = "1")]
    pub name: String,
}

proto_json!(GetTaskPushNotificationConfigRequest {
    name: "name";
});

/// Asks for `DeleteTaskPushNotificationConfig`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct DeleteTaskPushNotificationConfigRequest {
    /// The configuration, as `tasks/{id}/pushNotificationConfigs/{id}`.
    #[prost(string, tag = "1")]
    pub name: String,
}

proto_json!(DeleteTaskPushNotificationConfigRequest {
    name: "name";
});

/// Asks for `CreateTaskPushNotificationConfig`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct CreateTaskPushNotificationConfigRequest {
    /// The task, as `tasks/{id}`.
    #[prost(string, tag = "1")]
    pub parent: String,
    /// The id of the new configuration.
    #[prost(string, tag = "2")]
    pub config_id: String,
    /// The configuration.
    #[prost(message, optional, tag = "3")]
    pub config: Option<TaskPushNotificationConfig>,
}

proto_json!(CreateTaskPushNotificationConfigRequest {
    parent: "parent";
    config_id: "configId";
    config: "config";
});

/// Asks for `TaskSubscription`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct TaskSubscriptionRequest {
    /// The task, as `tasks/{id}`.
    #[prost(string, tag = "1")]
    pub name: String,
}

proto_json!(TaskSubscriptionRequest {
    name: "name";
});

/// Asks for `ListTaskPushNotificationConfig`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListTaskPushNotificationConfigRequest {
    /// The task, as `tasks/{id}`.
    #[prost(string, tag = "1")]
    pub parent: String,
    /// How many at most; unset or 0 leaves it to the agent.
    #[prost(int32, tag = "2")]
    pub page_size: i32,
    /// The page, by the token that the one before gave.
    #[prost(string, tag = "3")]
    pub page_token: String,
}

proto_json!(ListTaskPushNotificationConfigRequest {
    parent: "parent";
    page_size: "pageSize";
    page_token: "pageToken";
});

/// Asks for `GetAgentCard`. It holds nothing.
#[derive(Clone, PartialEq, prost::Message)]
pub struct GetAgentCardRequest {}
proto_json!(GetAgentCardRequest {});
