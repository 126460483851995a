//! `envoy.config.core.v3` and `envoy.type.v3`: what both services speak in.

use std::collections::BTreeMap;

use super::google::Struct;

/// # Source
/// envoy/config/core/v3/address.proto: the one of its three kinds that is used.
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct Address {
    #[prost(message, optional, tag = "1")]
    pub socket_address: Option<SocketAddress>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct SocketAddress {
    #[prost(string, tag = "2")]
    pub address: String,
    #[prost(uint32, optional, tag = "3")]
    pub port_value: Option<u32>,
}

/// # Source
/// envoy/config/core/v3/base.proto
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct Metadata {
    #[prost(btree_map = "string, message", tag = "1")]
    pub filter_metadata: BTreeMap<String, Struct>,
}

/// # Source
/// envoy/config/core/v3/base.proto: either `value` or `raw_value`.
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct HeaderValue {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
    #[prost(bytes = "bytes", tag = "3")]
    pub raw_value: bytes::Bytes,
}

/// # Source
/// envoy/config/core/v3/base.proto; `keep_empty_value` has no meaning but in Envoy's router.
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct HeaderValueOption {
    #[prost(message, optional, tag = "1")]
    pub header: Option<HeaderValue>,
    /// Deprecated, and what most services write. The wrapper `BoolValue`.
    #[prost(message, optional, tag = "2")]
    pub append: Option<bool>,
    #[prost(enumeration = "AppendAction", tag = "3")]
    pub append_action: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
pub(in crate::envoy) enum AppendAction {
    AppendIfExistsOrAdd = 0,
    AddIfAbsent = 1,
    OverwriteIfExistsOrAdd = 2,
    OverwriteIfExists = 3,
}

/// # Source
/// envoy/config/core/v3/base.proto
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct QueryParameter {
    #[prost(string, tag = "1")]
    pub key: String,
    #[prost(string, tag = "2")]
    pub value: String,
}

/// # Source
/// envoy/type/v3/http_status.proto: an enumeration with the numbers of HTTP.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::envoy) struct HttpStatus {
    #[prost(int32, tag = "1")]
    pub code: i32,
}

impl HeaderValue {
    /// What it says, in whichever of the two fields.
    pub(in crate::envoy) fn bytes(&self) -> &[u8] {
        if self.raw_value.is_empty() {
            self.value.as_bytes()
        } else {
            &self.raw_value
        }
    }
}
