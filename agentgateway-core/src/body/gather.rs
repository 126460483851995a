use bytes::{Bytes, BytesMut};

/// Bytes that arrive in pieces and are wanted as one slice.
///
/// One piece is kept as it came. From the second on they are copied together: each piece may keep a
/// whole read buffer alive, and a peer that sends byte by byte must not fill the memory so.
#[derive(Debug, Default)]
pub(crate) struct Gather(Pieces);

#[derive(Debug, Default)]
enum Pieces {
    #[default]
    None,
    One(Bytes),
    Many(BytesMut),
}

impl Gather {
    pub(crate) fn len(&self) -> usize {
        match &self.0 {
            Pieces::None => 0,
            Pieces::One(bytes) => bytes.len(),
            Pieces::Many(bytes) => bytes.len(),
        }
    }

    /// Adds a piece; room is made for `expected` bytes behind it when the gathering begins.
    pub(crate) fn push(&mut self, piece: Bytes, expected: usize) {
        match &mut self.0 {
            _ if piece.is_empty() => {}
            Pieces::None => self.0 = Pieces::One(piece),
            Pieces::One(first) => {
                let room = (first.len() + piece.len()).saturating_add(expected);
                let mut many = BytesMut::with_capacity(room);
                many.extend_from_slice(first);
                many.extend_from_slice(&piece);
                self.0 = Pieces::Many(many);
            }
            Pieces::Many(many) => many.extend_from_slice(&piece),
        }
    }

    /// What was gathered; nothing is left.
    pub(crate) fn take(&mut self) -> Bytes {
        match std::mem::take(&mut self.0) {
            Pieces::None => Bytes::new(),
            Pieces::One(bytes) => bytes,
            Pieces::Many(bytes) => bytes.freeze(),
        }
    }
}
