//! `google.protobuf` and `google.rpc`: the well-known types.

use std::collections::BTreeMap;

/// The result of an operation.
///
/// # Source
/// google/rpc/status.proto
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct Status {
    #[prost(int32, tag = "1")]
    pub code: i32,
    #[prost(string, tag = "2")]
    pub message: String,
}

/// # Source
/// google/protobuf/timestamp.proto
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::envoy) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// # Source
/// google/protobuf/duration.proto
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::envoy) struct Duration {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
}

/// An object of JSON.
///
/// # Source
/// google/protobuf/struct.proto
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct Struct {
    #[prost(btree_map = "string, message", tag = "1")]
    pub fields: BTreeMap<String, Value>,
}

/// A value of JSON.
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct Value {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6")]
    pub kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
pub(in crate::envoy) enum Kind {
    /// The enumeration `NullValue`, whose one value is 0.
    #[prost(int32, tag = "1")]
    Null(i32),
    #[prost(double, tag = "2")]
    Number(f64),
    #[prost(string, tag = "3")]
    Text(String),
    #[prost(bool, tag = "4")]
    Truth(bool),
    #[prost(message, tag = "5")]
    Object(Struct),
    #[prost(message, tag = "6")]
    List(ListValue),
}

/// A list of JSON.
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::envoy) struct ListValue {
    #[prost(message, repeated, tag = "1")]
    pub values: Vec<Value>,
}

impl From<std::time::SystemTime> for Timestamp {
    /// A time before 1970 is 1970.
    fn from(time: std::time::SystemTime) -> Self {
        let since = time
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            nanos: i32::try_from(since.subsec_nanos()).unwrap_or_default(),
        }
    }
}

impl Duration {
    /// None where it is negative.
    pub(in crate::envoy) fn to_std(self) -> Option<std::time::Duration> {
        let seconds = u64::try_from(self.seconds).ok()?;
        let nanos = u32::try_from(self.nanos).ok()?;
        std::time::Duration::from_secs(seconds)
            .checked_add(std::time::Duration::from_nanos(nanos.into()))
    }
}
