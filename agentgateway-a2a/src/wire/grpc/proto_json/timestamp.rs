use agentgateway_core::json::{Raw, string};
use prost_types::Timestamp;

use super::{Losses, ProtoJson, Writer};
use crate::wire::grpc::GrpcError;

/// The seconds from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59Z.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const NANOS: std::ops::Range<i32> = 0..1_000_000_000;
const EXPECTED: &str = "a time of RFC 3339 in the years 1 to 9999";

fn in_range(time: &Timestamp) -> bool {
    SECONDS.contains(&time.seconds) && NANOS.contains(&time.nanos)
}

/// RFC 3339, in UTC, with no, three, six or nine digits of the second.
impl ProtoJson for Timestamp {
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        if !in_range(self) {
            return Err(GrpcError::value(EXPECTED));
        }
        out.raw(&format!("\"{self}\""));
        Ok(())
    }

    fn read(raw: Raw<'_>, _: &mut Losses) -> Result<Self, GrpcError> {
        string(raw)
            .and_then(|text| text.parse().ok())
            .filter(in_range)
            .ok_or_else(|| GrpcError::value(EXPECTED))
    }
}
