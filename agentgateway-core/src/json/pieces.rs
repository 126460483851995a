use std::{slice, vec};

use bytes::{Bytes, BytesMut};

/// An edited text: slices of the original, with what was put between them.
///
/// Send the pieces one after the other, or join them with [`into_bytes`](Self::into_bytes).
#[derive(Clone, Debug)]
pub struct Pieces {
    pieces: Vec<Bytes>,
    untouched: bool,
}

impl Pieces {
    pub(super) fn untouched(body: Bytes) -> Self {
        let mut pieces = Self::edited(1);
        pieces.push(body);
        pieces.untouched = true;
        pieces
    }

    pub(super) fn edited(capacity: usize) -> Self {
        Self {
            pieces: Vec::with_capacity(capacity),
            untouched: false,
        }
    }

    pub(super) fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.pieces.push(piece);
        }
    }

    /// How many bytes the pieces have together.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pieces.iter().map(Bytes::len).sum()
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Whether this is the original, without any edit.
    #[must_use]
    pub const fn is_untouched(&self) -> bool {
        self.untouched
    }

    /// The pieces in order; none of them is empty.
    pub fn iter(&self) -> slice::Iter<'_, Bytes> {
        self.pieces.iter()
    }

    /// Joins the pieces: one copy, or none when there is but one piece.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        if self.pieces.len() <= 1 {
            return self.into_iter().next().unwrap_or_default();
        }
        let mut joined = BytesMut::with_capacity(self.len());
        for piece in &self.pieces {
            joined.extend_from_slice(piece);
        }
        joined.freeze()
    }
}

impl IntoIterator for Pieces {
    type Item = Bytes;
    type IntoIter = vec::IntoIter<Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.pieces.into_iter()
    }
}

impl<'a> IntoIterator for &'a Pieces {
    type Item = &'a Bytes;
    type IntoIter = slice::Iter<'a, Bytes>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
