//! `envoy.config.core.v3`: what the services speak in.

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
