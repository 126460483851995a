use std::collections::BTreeMap;

use agentgateway_core::json::{Raw, elements, is_null};

use super::{Losses, Writer, each_member};
use crate::wire::grpc::GrpcError;

/// A value that JSON can say by itself: a message, a scalar, an element of a list.
pub(in crate::wire::grpc) trait ProtoJson: Sized {
    /// `null` is a value of it, and does not mean that there is none.
    const TAKES_NULL: bool = false;

    fn write(&self, out: &mut Writer) -> Result<(), GrpcError>;

    fn read(raw: Raw<'_>, losses: &mut Losses) -> Result<Self, GrpcError>;
}

/// A field of a message: what may be left out.
pub(in crate::wire::grpc) trait Field {
    /// It is left out of JSON.
    fn is_default(&self) -> bool;

    fn write_value(&self, out: &mut Writer) -> Result<(), GrpcError>;

    /// Takes what JSON says; `null` says nothing.
    fn accept(&mut self, raw: Raw<'_>, losses: &mut Losses) -> Result<(), GrpcError>;
}

/// The value, unless it is a `null` that stands for none.
pub(in crate::wire::grpc) fn element<T: ProtoJson>(
    raw: Raw<'_>,
    losses: &mut Losses,
) -> Result<Option<T>, GrpcError> {
    if !T::TAKES_NULL && is_null(raw) {
        return Ok(None);
    }
    T::read(raw, losses).map(Some)
}

// === impl Field ===

/// A field with presence: it is written also where it holds the default of its type.
impl<T: ProtoJson> Field for Option<T> {
    fn is_default(&self) -> bool {
        self.is_none()
    }

    fn write_value(&self, out: &mut Writer) -> Result<(), GrpcError> {
        match self {
            Some(value) => value.write(out),
            None => {
                out.raw("null");
                Ok(())
            }
        }
    }

    fn accept(&mut self, raw: Raw<'_>, losses: &mut Losses) -> Result<(), GrpcError> {
        *self = element(raw, losses)?;
        Ok(())
    }
}

impl<T: ProtoJson> Field for Vec<T> {
    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn write_value(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.open('[');
        for value in self {
            out.comma();
            value.write(out)?;
        }
        out.close(']');
        Ok(())
    }

    fn accept(&mut self, raw: Raw<'_>, losses: &mut Losses) -> Result<(), GrpcError> {
        if is_null(raw) {
            return Ok(());
        }
        let mut outcome = Ok(());
        elements(raw, |raw| {
            if outcome.is_ok() {
                outcome = T::read(raw, losses).map(|value| self.push(value));
            }
        })?;
        outcome
    }
}

impl<T: ProtoJson> Field for BTreeMap<String, T> {
    fn is_default(&self) -> bool {
        self.is_empty()
    }

    fn write_value(&self, out: &mut Writer) -> Result<(), GrpcError> {
        out.open('{');
        for (key, value) in self {
            out.key(key);
            value.write(out)?;
        }
        out.close('}');
        Ok(())
    }

    fn accept(&mut self, raw: Raw<'_>, losses: &mut Losses) -> Result<(), GrpcError> {
        if is_null(raw) {
            return Ok(());
        }
        each_member(raw, |key, raw| {
            match self.insert(key.to_owned(), T::read(raw, losses)?) {
                None => Ok(()),
                Some(_) => Err(GrpcError::duplicate()),
            }
        })
    }
}
