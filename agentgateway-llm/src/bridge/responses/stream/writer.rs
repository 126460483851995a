use bytes::{BufMut, BytesMut};

use super::super::{
    super::stream::write_event,
    json::{Members, object},
};

/// Writes events, each with its number.
#[derive(Debug, Default)]
pub(super) struct Numbered(u64);

// === impl Numbered ===

impl Numbered {
    pub(super) fn write(
        &mut self,
        out: &mut BytesMut,
        name: &str,
        data: impl FnOnce(&mut Members<'_>),
    ) {
        let number = self.0;
        self.0 = self.0.saturating_add(1);
        write_event(out, Some(name), |out| {
            object(out, |event| {
                event.string("type", name);
                event.number("sequence_number", number);
                data(event);
            });
        });
    }
}

/// Elements of an array that grows: JSON without its brackets.
#[derive(Debug, Default)]
pub(super) struct Growing {
    inner: BytesMut,
    count: u64,
}

// === impl Growing ===

impl Growing {
    pub(super) fn push(&mut self, json: &[u8]) {
        if self.count > 0 {
            self.inner.put_u8(b',');
        }
        self.inner.put_slice(json);
        self.count = self.count.saturating_add(1);
    }

    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn array(&self) -> BytesMut {
        let mut array = BytesMut::with_capacity(self.inner.len() + 2);
        array.put_u8(b'[');
        array.put_slice(&self.inner);
        array.put_u8(b']');
        array
    }
}
