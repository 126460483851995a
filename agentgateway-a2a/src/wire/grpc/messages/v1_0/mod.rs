//! The messages of A2A 1.0: `lf.a2a.v1`.
//!
//! # Source
//! A2A v1.0, `a2a.proto`.

mod card;
mod message;
mod oauth;
mod push;
mod request;
mod response;
mod security;
mod task;

pub use self::{
    card::{AgentCapabilities, AgentCard, AgentInterface, AgentSkill},
    message::{Message, Part, part},
    oauth::{AuthorizationCodeOAuthFlow, DeviceCodeOAuthFlow, OAuthFlows, oauth_flows},
    push::{AuthenticationInfo, TaskPushNotificationConfig},
    request::{
        CancelTaskRequest, DeleteTaskPushNotificationConfigRequest, GetExtendedAgentCardRequest,
        GetTaskPushNotificationConfigRequest, GetTaskRequest,
        ListTaskPushNotificationConfigsRequest, ListTasksRequest, SendMessageConfiguration,
        SendMessageRequest, SubscribeToTaskRequest,
    },
    response::{
        ListTaskPushNotificationConfigsResponse, ListTasksResponse, SendMessageResponse,
        StreamResponse, send_message_response, stream_response,
    },
    security::{OAuth2SecurityScheme, SecurityRequirement, SecurityScheme, security_scheme},
    task::{Artifact, Task, TaskArtifactUpdateEvent, TaskState, TaskStatus, TaskStatusUpdateEvent},
};
pub use super::shared::{
    AgentCardSignature, AgentExtension, AgentProvider, ApiKeySecurityScheme,
    ClientCredentialsOAuthFlow, HttpAuthSecurityScheme, ImplicitOAuthFlow, MutualTlsSecurityScheme,
    OpenIdConnectSecurityScheme, PasswordOAuthFlow, Role, StringList,
};
