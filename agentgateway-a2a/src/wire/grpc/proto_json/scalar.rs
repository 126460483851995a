use agentgateway_core::json::{Raw, boolean, is_null, string};
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD},
};
use bytes::Bytes;

use super::{Field, Losses, ProtoJson, Writer, each_member, number};
use crate::wire::grpc::GrpcError;

/// Reads what is padded and what is not, and does not mind bits that are left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

// === impl ProtoJson ===

impl ProtoJson for String {
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.string(self);
        Ok(())
    }

    fn read(raw: Raw<'_>, _: &mut Losses) -> Result<Self, GrpcError> {
        match string(raw) {
            Some(text) => Ok(text.into_owned()),
            None => Err(GrpcError::value("a string")),
        }
    }
}

impl ProtoJson for bool {
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.raw(if *self { "true" } else { "false" });
        Ok(())
    }

    fn read(raw: Raw<'_>, _: &mut Losses) -> Result<Self, GrpcError> {
        boolean(raw).ok_or_else(|| GrpcError::value("true or false"))
    }
}

impl ProtoJson for i32 {
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.raw(&self.to_string());
        Ok(())
    }

    fn read(raw: Raw<'_>, _: &mut Losses) -> Result<Self, GrpcError> {
        match string(raw) {
            Some(text) => number::int32(&text),
            None => number::int32(raw.get()),
        }
    }
}

/// Base64: written with the standard alphabet and padding, read in every form.
impl ProtoJson for Bytes {
    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.plain_string(|text| STANDARD.encode_string(self, text));
        Ok(())
    }

    fn read(raw: Raw<'_>, _: &mut Losses) -> Result<Self, GrpcError> {
        let text = string(raw).ok_or_else(|| GrpcError::value("a string in base64"))?;
        let decoded = if text.contains(['-', '_']) {
            LENIENT.decode(text.replace('-', "+").replace('_', "/"))
        } else {
            LENIENT.decode(text.as_bytes())
        };
        decoded
            .map(Self::from)
            .map_err(|_| GrpcError::value("a string in base64"))
    }
}

/// `google.protobuf.Empty`. An agent may also answer `null` for it.
impl ProtoJson for () {
    const TAKES_NULL: bool = true;

    fn write(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.raw("{}");
        Ok(())
    }

    fn read(raw: Raw<'_>, losses: &mut Losses) -> Result<Self, GrpcError> {
        if is_null(raw) {
            return Ok(());
        }
        each_member(raw, |_, _| {
            losses.unknown_member();
            Ok(())
        })
    }
}

// === impl Field ===

/// Fields without presence: the default of their type is left out.
macro_rules! scalar_fields {
    ($($scalar:ty),+) => {$(
        impl Field for $scalar {
            fn is_default(&self) -> bool {
                *self == Self::default()
            }

            fn write_value(&self, out: &mut Writer) -> Result<(), GrpcError> {
                self.write(out)
            }

            fn accept(&mut self, raw: Raw<'_>, losses: &mut Losses) -> Result<(), GrpcError> {
                if !is_null(raw) {
                    *self = Self::read(raw, losses)?;
                }
                Ok(())
            }
        }
    )+};
}

scalar_fields!(String, bool, i32);
