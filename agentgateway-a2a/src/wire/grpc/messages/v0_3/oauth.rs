//! The flows of OAuth 2.0.

use std::collections::BTreeMap;

use super::{ClientCredentialsOAuthFlow, ImplicitOAuthFlow, PasswordOAuthFlow};
use crate::wire::grpc::proto_json::proto_json;

/// The way to a token.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OAuthFlows {
    /// One of [`oauth_flows::Flow`].
    #[prost(oneof = "oauth_flows::Flow", tags = "1, 2, 3, 4")]
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
    }
}

proto_json!(OAuthFlows {
    [flow: oauth_flows::Flow {
        AuthorizationCode: "authorizationCode",
        ClientCredentials: "clientCredentials",
        Implicit: "implicit",
        Password: "password",
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
}

proto_json!(AuthorizationCodeOAuthFlow {
    authorization_url: "authorizationUrl";
    token_url: "tokenUrl";
    refresh_url: "refreshUrl";
    scopes: "scopes";
});
