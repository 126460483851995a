//! `google.protobuf`: the well-known types.

/// # Source
/// google/protobuf/duration.proto
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(in crate::envoy) struct Duration {
    #[prost(int64, tag = "1")]
    pub seconds: i64,
    #[prost(int32, tag = "2")]
    pub nanos: i32,
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
