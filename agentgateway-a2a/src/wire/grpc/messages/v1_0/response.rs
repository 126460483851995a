//! What is answered.

use super::{
    Message, Task, TaskArtifactUpdateEvent, TaskPushNotificationConfig, TaskStatusUpdateEvent,
};
use crate::wire::grpc::proto_json::proto_json;

/// Answers `ListTasks`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListTasksResponse {
    /// The tasks.
    #[prost(message, repeated, tag = "1")]
    pub tasks: Vec<Task>,
    /// What to ask for the next page with; empty at the end.
    #[prost(string, tag = "2")]
    pub next_page_token: String,
    /// How many the page can hold.
    #[prost(int32, tag = "3")]
    pub page_size: i32,
    /// How many there are on all pages.
    #[prost(int32, tag = "4")]
    pub total_size: i32,
}

proto_json!(ListTasksResponse {
    tasks: "tasks" = true;
    next_page_token: "nextPageToken" = true;
    page_size: "pageSize" = true;
    total_size: "totalSize" = true;
});

/// Answers `SendMessage`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SendMessageResponse {
    /// One of [`send_message_response::Payload`].
    #[prost(oneof = "send_message_response::Payload", tags = "1, 2")]
    pub payload: Option<send_message_response::Payload>,
}

/// What a [`SendMessageResponse`] is.
pub mod send_message_response {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Payload {
        /// A task.
        #[prost(message, tag = "1")]
        Task(super::Task),
        /// A message.
        #[prost(message, tag = "2")]
        Message(super::Message),
    }
}

proto_json!(SendMessageResponse {
    [payload: send_message_response::Payload {
        Task: "task",
        Message: "message",
    }]
});

/// One item of a stream.
#[derive(Clone, PartialEq, prost::Message)]
pub struct StreamResponse {
    /// One of [`stream_response::Payload`].
    #[prost(oneof = "stream_response::Payload", tags = "1, 2, 3, 4")]
    pub payload: Option<stream_response::Payload>,
}

/// What a [`StreamResponse`] is.
pub mod stream_response {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Payload {
        /// A task.
        #[prost(message, tag = "1")]
        Task(super::Task),
        /// A message.
        #[prost(message, tag = "2")]
        Message(super::Message),
        /// A task has another status.
        #[prost(message, tag = "3")]
        StatusUpdate(super::TaskStatusUpdateEvent),
        /// A task brought something about.
        #[prost(message, tag = "4")]
        ArtifactUpdate(super::TaskArtifactUpdateEvent),
    }
}

proto_json!(StreamResponse {
    [payload: stream_response::Payload {
        Task: "task",
        Message: "message",
        StatusUpdate: "statusUpdate",
        ArtifactUpdate: "artifactUpdate",
    }]
});

/// Answers `ListTaskPushNotificationConfigs`.
#[derive(Clone, PartialEq, prost::Message)]
pub struct ListTaskPushNotificationConfigsResponse {
    /// The configurations.
    #[prost(message, repeated, tag = "1")]
    pub configs: Vec<TaskPushNotificationConfig>,
    /// What to ask for the next page with; empty at the end.
    #[prost(string, tag = "2")]
    pub next_page_token: String,
}

proto_json!(ListTaskPushNotificationConfigsResponse {
    configs: "configs";
    next_page_token: "nextPageToken";
});
