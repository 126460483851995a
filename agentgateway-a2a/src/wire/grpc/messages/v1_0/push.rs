//! Where changes are pushed to.

use crate::wire::grpc::proto_json::{hidden_debug, proto_json};

/// Where changes of a task are pushed to. `Debug` shows none of it.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct TaskPushNotificationConfig {
    /// The tenant of the interface, empty for none.
    #[prost(string, tag = "1")]
    pub tenant: String,
    /// The id.
    #[prost(string, tag = "2")]
    pub id: String,
    /// The task.
    #[prost(string, tag = "3")]
    pub task_id: String,
    /// The URL.
    #[prost(string, tag = "4")]
    pub url: String,
    /// What the receiver knows the task by: a secret.
    #[prost(string, tag = "5")]
    pub token: String,
    /// The proof that goes with what is pushed.
    #[prost(message, optional, tag = "6")]
    pub authentication: Option<AuthenticationInfo>,
}

hidden_debug!(TaskPushNotificationConfig);

proto_json!(TaskPushNotificationConfig {
    tenant: "tenant";
    id: "id";
    task_id: "taskId";
    url: "url";
    token: "token";
    authentication: "authentication";
});

/// How the agent proves itself to the receiver of what it pushes. `Debug` shows none of it.
#[derive(Clone, PartialEq, prost::Message)]
#[prost(skip_debug)]
pub struct AuthenticationInfo {
    /// The scheme of HTTP, such as `Bearer`.
    #[prost(string, tag = "1")]
    pub scheme: String,
    /// The credential: a secret.
    #[prost(string, tag = "2")]
    pub credentials: String,
}

hidden_debug!(AuthenticationInfo);

proto_json!(AuthenticationInfo {
    scheme: "scheme";
    credentials: "credentials";
});
