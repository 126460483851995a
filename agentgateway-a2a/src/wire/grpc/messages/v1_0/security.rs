//! How callers are let in.

use std::collections::BTreeMap;

use super::{
    ApiKeySecurityScheme, HttpAuthSecurityScheme, MutualTlsSecurityScheme, OAuthFlows,
    OpenIdConnectSecurityScheme, StringList,
};
use crate::wire::grpc::proto_json::proto_json;

/// Schemes that are needed together.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SecurityRequirement {
    /// The schemes by their names, with the scopes that are needed.
    #[prost(btree_map = "string, message", tag = "1")]
    pub schemes: BTreeMap<String, StringList>,
}

proto_json!(SecurityRequirement {
    schemes: "schemes";
});

/// One way to be let in.
#[derive(Clone, PartialEq, prost::Message)]
pub struct SecurityScheme {
    /// One of [`security_scheme::Scheme`].
    #[prost(oneof = "security_scheme::Scheme", tags = "1, 2, 3, 4, 5")]
    pub scheme: Option<security_scheme::Scheme>,
}

/// What a [`SecurityScheme`] is.
pub mod security_scheme {
    /// One of these.
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub enum Scheme {
        /// By a key.
        #[prost(message, tag = "1")]
        ApiKeySecurityScheme(super::ApiKeySecurityScheme),
        /// By a scheme of HTTP.
        #[prost(message, tag = "2")]
        HttpAuthSecurityScheme(super::HttpAuthSecurityScheme),
        /// By OAuth 2.0.
        #[prost(message, tag = "3")]
        Oauth2SecurityScheme(super::OAuth2SecurityScheme),
        /// By OpenID Connect.
        #[prost(message, tag = "4")]
        OpenIdConnectSecurityScheme(super::OpenIdConnectSecurityScheme),
        /// By a certificate.
        #[prost(message, tag = "5")]
        MtlsSecurityScheme(super::MutualTlsSecurityScheme),
    }
}

proto_json!(SecurityScheme {
    [scheme: security_scheme::Scheme {
        ApiKeySecurityScheme: "apiKeySecurityScheme",
        HttpAuthSecurityScheme: "httpAuthSecurityScheme",
        Oauth2SecurityScheme: "oauth2SecurityScheme",
        OpenIdConnectSecurityScheme: "openIdConnectSecurityScheme",
        MtlsSecurityScheme: "mtlsSecurityScheme",
    }]
});

/// OAuth 2.0.
#[derive(Clone, PartialEq, prost::Message)]
pub struct OAuth2SecurityScheme {
    /// A description for people.
    #[prost(string, tag = "1")]
    pub description: String,
    /// The ways to a token.
    #[prost(message, optional, tag = "2")]
    pub flows: Option<OAuthFlows>,
    /// The metadata of the authorization server (RFC 8414).
    #[prost(string, tag = "3")]
    pub oauth2_metadata_url: String,
}

proto_json!(OAuth2SecurityScheme {
    description: "description";
    flows: "flows";
    oauth2_metadata_url: "oauth2MetadataUrl";
});
