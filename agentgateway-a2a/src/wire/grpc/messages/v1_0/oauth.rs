//! The flows of OAuth 2.0.

use std::collections::BTreeMap;

use super::{ClientCredentialsOAuthFlow, ImplicitOAuthFlow, PasswordOAuthFlow};
use crate::wire::grpc::proto_json::proto_json;

/// The way to a token.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OAuthFlows {
    /// One of [`oauth_flows::Flow`].
    #[prost(oneof = "oauth_flows::Flow", tags = "1, 2, 3, 4, 5")]
    pub flow: Option<oauth_flows::Flow>,
}

/// What a [`OAuthFlows`] is.
pub mod oauth_flows {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Flow {
        /// By an authorization code.
        #[prost(message, tag = "1")]
        AuthorizationCode(super::AuthorizationCodeOAuthFlow),
        /// By the credentials of the client.
        #[prost(message, tag = "2")]
        ClientCredentials(super::ClientCredentialsOAuthFlow),
        /// Implicit; deprecated.
        #[prost(message, tag = "3")]
        Implicit(super::ImplicitOAuthFlow),
        /// By the password of the user; deprecated.
        #[prost(message, tag = "4")]
        Password(super::PasswordOAuthFlow),
        /// By a code that the user enters elsewhere.
        #[prost(message, tag = "5")]
        DeviceCode(super::DeviceCodeOAuthFlow),
    }
}

proto_json!(OAuthFlows {
    [flow: oauth_flows::Flow {
        AuthorizationCode: "authorizationCode",
        ClientCredentials: "clientCredentials",
        Implicit: "implicit",
        Password: "password",
        DeviceCode: "deviceCode",
    }]
});

/// By an authorization code.
#[derive(Clone, PartialEq, prost::Message)]
pub struct AuthorizationCodeOAuthFlow {
    /// The URL at which the user agrees.
    #[prost(string, tag = "1")]
    pub authorization_url: String,
    /// The URL that gives tokens.
    #[prost(string, tag = "2")]
    pub token_url: String,
    /// The URL that renews tokens.
    #[prost(string, tag = "3")]
    pub refresh_url: String,
    /// The scopes by their names, with a description of each.
    #[prost(btree_map = "string, string", tag = "4")]
    pub scopes: BTreeMap<String, String>,
    /// PKCE (RFC 7636) is required.
    #[prost(bool, tag = "5")]
    pub pkce_required: bool,
}

proto_json!(AuthorizationCodeOAuthFlow {
    authorization_url: "authorizationUrl";
    token_url: "tokenUrl";
    refresh_url: "refreshUrl";
    scopes: "scopes";
    pkce_required: "pkceRequired";
});

/// By a code that the user enters elsewhere (RFC 8628).
#[derive(Clone, PartialEq, prost::Message)]
pub struct DeviceCodeOAuthFlow {
    /// The URL that gives codes to devices.
    #[prost(string, tag = "1")]
    pub device_authorization_url: String,
    /// The URL that gives tokens.
    #[prost(string, tag = "2")]
    pub token_url: String,
    /// The URL that renews tokens.
    #[prost(string, tag = "3")]
    pub refresh_url: String,
    /// The scopes by their names, with a description of each.
    #[prost(btree_map = "string, string", tag = "4")]
    pub scopes: BTreeMap<String, String>,
}

proto_json!(DeviceCodeOAuthFlow {
    device_authorization_url: "deviceAuthorizationUrl";
    token_url: "tokenUrl";
    refresh_url: "refreshUrl";
    scopes: "scopes";
});
